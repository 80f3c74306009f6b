/**
 * Cells of the topologies of an XDMF file.
 *
 * @module
 */

import type { MeshCells } from "../mesh_cells.ts";
import { closeFaces, POLYHEDRON } from "../polyhedra.ts";
import { makeCells, toIndices } from "../vtk/vtk_cells.ts";
import type { XmlElement } from "../vtk/xml.ts";
import { dimensionsOf, readDataItem, type XdmfContext } from "./data_item.ts";

/** Types of cells: VTK's type, points if their number is fixed, and the number in mixed lists. */
const TYPES: Readonly<Record<string, readonly [vtk: number, points: number, mixed: number]>> = {
  TRIANGLE: [5, 3, 4],
  QUADRILATERAL: [9, 4, 5],
  TETRAHEDRON: [10, 4, 6],
  PYRAMID: [14, 5, 7],
  WEDGE: [13, 6, 8],
  HEXAHEDRON: [12, 8, 9],
  EDGE_3: [21, 3, 34],
  QUADRILATERAL_9: [28, 9, 35],
  TRIANGLE_6: [22, 6, 36],
  QUADRILATERAL_8: [23, 8, 37],
  TETRAHEDRON_10: [24, 10, 38],
  PYRAMID_13: [27, 13, 39],
  WEDGE_15: [26, 15, 40],
  WEDGE_18: [32, 18, 41],
  HEXAHEDRON_20: [25, 20, 48],
  HEXAHEDRON_24: [33, 24, 49],
  HEXAHEDRON_27: [29, 27, 50],
};

/** Short forms of names. */
const SYNONYMS: Readonly<Record<string, string>> = {
  TRI: "TRIANGLE",
  QUAD: "QUADRILATERAL",
  TET: "TETRAHEDRON",
  HEX: "HEXAHEDRON",
};

/** Types whose number of points is stated in `NodesPerElement`, or in mixed lists. */
const FREE_TYPES: Readonly<Record<string, number>> = { POLYVERTEX: 1, POLYLINE: 2, POLYGON: 3 };
const MIXED_POLYHEDRON = 16;

const BY_MIXED = new Map(Object.values(TYPES).map((type) => [type[2], type]));

/** The name of the type of a topology, in upper case and in its long form. */
export function topologyType({ attributes }: XmlElement): string {
  const name = (attributes.get("TopologyType") ?? attributes.get("Type") ?? "").toUpperCase();
  return name.replace(/^[A-Z]+(?=$|_)/, (word) => SYNONYMS[word] ?? word);
}

/**
 * Reads the cells of an unstructured topology.
 *
 * @throws {SyntaxError} If they do not match the points, or are of an unknown type
 * @throws {DataError} If a file of numbers is damaged
 */
export function readXdmfCells(
  context: XdmfContext,
  topology: XmlElement,
  pointCount: number,
): MeshCells {
  const name = topologyType(topology);
  const [item] = context.tree.children(topology, "DataItem");
  if (item === undefined) {
    if (name === "POLYVERTEX") return listsOf([], pointCount);
    throw new SyntaxError(`a topology of type ${name} must have a data item`);
  }
  const indices = toIndices(readDataItem(context, item).values, "topology");
  const base = Number(topology.attributes.get("BaseOffset") ?? 0);
  if (!Number.isSafeInteger(base)) {
    throw new SyntaxError(
      `BaseOffset of a topology must be an integer, received "` +
        `${topology.attributes.get("BaseOffset")}"`,
    );
  }
  const cells = name === "MIXED"
    ? listsOf(mixedLists(indices, base), pointCount)
    : uniformCells(name, topology, indices, base, pointCount);
  const stated = ["NumberOfElements", "NumberOfCells"].find((key) => topology.attributes.has(key));
  if (stated === undefined) return cells;
  const count = dimensionsOf(topology, stated).reduce((product, n) => product * n, 1);
  if (count === cells.types.length) return cells;
  throw new SyntaxError(
    `a topology must have ${count} cells as stated, it has ${cells.types.length}`,
  );
}

/** Cells with one number of points. */
function uniformCells(
  name: string,
  topology: XmlElement,
  indices: Uint32Array,
  base: number,
  pointCount: number,
): MeshCells {
  const [type, size] = Object.hasOwn(TYPES, name)
    ? TYPES[name]
    : [vtkType(name, nodesPerElement(name, topology)), nodesPerElement(name, topology)];
  if (size === 0 || indices.length % size !== 0) {
    throw new SyntaxError(
      `a topology of type ${name} must have a multiple of ${size} numbers, it has ` +
        indices.length,
    );
  }
  const shifted = base === 0 ? indices : indices.map((index) => index - base);
  const ends = Uint32Array.from({ length: indices.length / size }, (_, cell) => size * (cell + 1));
  return makeCells(shifted, ends, () => type, pointCount);
}

function nodesPerElement(name: string, topology: XmlElement): number {
  if (Object.hasOwn(FREE_TYPES, name)) {
    if (name === "POLYVERTEX" && !topology.attributes.has("NodesPerElement")) return 1;
    return dimensionsOf(topology, "NodesPerElement")[0];
  }
  throw new SyntaxError(
    `the type of a topology must be Mixed, a grid, or one of ` +
      `${[...Object.keys(FREE_TYPES), ...Object.keys(TYPES)].join(", ").toLowerCase()}, ` +
      `received "${name.slice(0, 40)}"`,
  );
}

/** VTK's type of a free number of points. */
function vtkType(name: string, points: number): number {
  if (name === "POLYVERTEX") return points === 1 ? 1 : 2;
  if (name === "POLYLINE") return points === 2 ? 3 : 4;
  return points === 3 ? 5 : points === 4 ? 9 : 7;
}

/** A cell: its type and its entry of the connectivity. */
type Cell = readonly [type: number, entry: readonly number[]];

/** Cells of many types: each begins with its type, and those of free size with their size. */
function mixedLists(numbers: Uint32Array, base: number): readonly Cell[] {
  const cells: Cell[] = [];
  let at = 0;
  const take = (count: number): number[] => {
    if (at + count > numbers.length) {
      throw new SyntaxError(`a mixed topology is cut short in cell ${cells.length}`);
    }
    at += count;
    return Array.from(numbers.subarray(at - count, at));
  };
  const nodes = (count: number) => take(count).map((index) => index - base);
  while (at < numbers.length) {
    const [type] = take(1);
    const fixed = BY_MIXED.get(type);
    const free = Object.keys(FREE_TYPES).find((name) => FREE_TYPES[name] === type);
    if (fixed !== undefined) cells.push([fixed[0], nodes(fixed[1])]);
    else if (free !== undefined) {
      const [count] = take(1);
      cells.push([vtkType(free, count), nodes(count)]);
    } else if (type === MIXED_POLYHEDRON) {
      const [faceCount] = take(1);
      const faces: number[][] = [];
      for (let face = 0; face < faceCount; face++) faces.push(nodes(take(1)[0]));
      if (faces.length === 0 || faces.some(({ length }) => length < 3)) {
        throw new SyntaxError(`cell ${cells.length} must have faces of at least 3 points`);
      }
      cells.push([POLYHEDRON, closeFaces(faces)]);
    } else {
      throw new SyntaxError(
        `the types of mixed cells must be XDMF's, cell ${cells.length} has type ${type}`,
      );
    }
  }
  return cells;
}

function listsOf(cells: readonly Cell[], pointCount: number): MeshCells {
  const ends = new Uint32Array(cells.length);
  for (const [cell, [, { length }]] of cells.entries()) {
    ends[cell] = (ends[cell - 1] ?? 0) + length;
  }
  const connectivity = new Uint32Array(ends.at(-1) ?? 0);
  for (const [cell, [, entry]] of cells.entries()) connectivity.set(entry, ends[cell - 1] ?? 0);
  return makeCells(connectivity, ends, Uint8Array.from(cells, ([type]) => type), pointCount);
}
