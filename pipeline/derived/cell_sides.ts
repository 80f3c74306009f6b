/**
 * The sides of cells: the ends of lines, the edges of faces, the faces of solids.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { MeshCells } from "../../io/mesh_cells.ts";
import { facesOf, POLYHEDRON } from "../../io/polyhedra.ts";

/** Sides of the cells of the highest dimension of a mesh. */
export interface CellSides {
  /** Dimension of the cells: 1, 2 or 3; that of the sides is one less. */
  readonly dimension: number;
  /** Cell of each side [sides]. */
  readonly cells: Uint32Array;
  /** Start of each side in `nodes` [sides + 1]. */
  readonly offsets: Uint32Array;
  /** Nodes of all sides, each in order around it, then the node in its middle if it has one. */
  readonly nodes: Uint32Array;
  /** 1 for a face of a solid with a node in its middle, else 0 [sides]. */
  readonly hasMiddle: Uint8Array;
}

/** A solid by the places of its nodes. */
interface Solid {
  readonly corners: number;
  readonly faces: readonly (readonly number[])[];
  /** Corners of each edge, in the order of the nodes in the middles of edges. */
  readonly edges: readonly (readonly [number, number])[];
}

const TETRAHEDRON: Solid = {
  corners: 4,
  faces: [[0, 1, 3], [1, 2, 3], [2, 0, 3], [0, 2, 1]],
  edges: [[0, 1], [1, 2], [2, 0], [0, 3], [1, 3], [2, 3]],
};
const HEXAHEDRON: Solid = {
  corners: 8,
  faces: [[0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [0, 3, 2, 1], [4, 5, 6, 7]],
  edges: [
    ...[[0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [5, 6]] as const,
    ...[[6, 7], [7, 4], [0, 4], [1, 5], [2, 6], [3, 7]] as const,
  ],
};
const WEDGE: Solid = {
  corners: 6,
  faces: [[0, 1, 2], [3, 5, 4], [0, 3, 4, 1], [1, 4, 5, 2], [2, 5, 3, 0]],
  edges: [[0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3], [0, 3], [1, 4], [2, 5]],
};
const PYRAMID: Solid = {
  corners: 5,
  faces: [[0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]],
  edges: [[0, 1], [1, 2], [2, 3], [3, 0], [0, 4], [1, 4], [2, 4], [3, 4]],
};
/** A voxel lists its nodes row by row. */
const VOXEL: Solid = {
  corners: 8,
  faces: HEXAHEDRON.faces.map((face) => face.map((k) => [0, 1, 3, 2, 4, 5, 7, 6][k])),
  edges: [],
};

/** Solids by VTK type: whether edges have nodes in their middles, and those in middles of faces. */
const SOLIDS: Readonly<Record<number, readonly [Solid, boolean, readonly (number | undefined)[]]>> =
  {
    10: [TETRAHEDRON, false, []],
    11: [VOXEL, false, []],
    12: [HEXAHEDRON, false, []],
    13: [WEDGE, false, []],
    14: [PYRAMID, false, []],
    15: [prism(5), false, []],
    16: [prism(6), false, []],
    24: [TETRAHEDRON, true, []],
    25: [HEXAHEDRON, true, []],
    26: [WEDGE, true, []],
    27: [PYRAMID, true, []],
    29: [HEXAHEDRON, true, [20, 21, 22, 23, 24, 25]],
    32: [WEDGE, true, [undefined, undefined, 15, 16, 17]],
    33: [HEXAHEDRON, true, [20, 21, 22, 23]],
    37: [PYRAMID, true, [13, 14, 15, 16, 17]],
  };

const TRIANGLE_STRIP = 6;
const PIXEL = 8;
/** Faces with nodes at their corners only. */
const LINEAR_FACES: readonly number[] = [5, 7, 9];
/** Faces that list their corners, then the middles of their edges. @see QUADRATIC_POLYGON */
const QUADRATIC_FACES: Readonly<Record<number, number>> = { 22: 3, 34: 3, 23: 4, 28: 4 };
const QUADRATIC_POLYGON = 36;
/** Lines, each a chain of two or more nodes. */
const LINE = 3;
const POLYLINE = 4;
/** A line that lists its ends, then its middle. */
const QUADRATIC_LINE = 21;
/** Types of no cell, of a point and of several points. */
const POINTS: readonly number[] = [0, 1, 2];

/**
 * Lists the sides of all cells of the highest dimension in a mesh; cells of lower dimensions, such
 * as lines that mark a boundary, are left out. Edges and faces with nodes in their middles become
 * chains and polygons through these nodes.
 *
 * @throws {DataError} If a cell is of a type without known sides, or all cells are points.
 */
export function cellSides(cells: MeshCells): CellSides {
  const { types, offsets, connectivity } = cells;
  let dimension = 0;
  for (const type of types) dimension = Math.max(dimension, cellDimension(type));
  if (dimension === 0) throw new DataError("Cannot find the sides of cells: all cells are points");
  const sides = new SideList(dimension);
  for (let cell = 0; cell < types.length; cell++) {
    if (cellDimension(types[cell]) !== dimension) continue;
    sides.startCell(cell);
    const nodes = connectivity.subarray(offsets[cell], offsets[cell + 1]);
    if (dimension === 1) addEnds(types[cell], nodes, sides);
    else if (dimension === 2) addEdges(types[cell], nodes, sides);
    else addFaces(types[cell], nodes, sides);
  }
  return sides.result();
}

/** @throws {DataError} If cells of the type have no known sides. */
function cellDimension(type: number): number {
  if (type in SOLIDS || type === POLYHEDRON) return 3;
  const isFace = LINEAR_FACES.includes(type) || type in QUADRATIC_FACES ||
    type === QUADRATIC_POLYGON || type === TRIANGLE_STRIP || type === PIXEL;
  if (isFace) return 2;
  if (type === LINE || type === POLYLINE || type === QUADRATIC_LINE) return 1;
  if (POINTS.includes(type)) return 0;
  throw new DataError(
    `Cannot find the sides of cells: their VTK types must be linear or quadratic, received ` +
      `${type}; convert the mesh to such cells`,
  );
}

function addEnds(type: number, nodes: Uint32Array, sides: SideList): void {
  if (type === QUADRATIC_LINE) {
    sides.add([nodes[0]]);
    sides.add([nodes[1]]);
    return;
  }
  for (let k = 1; k < nodes.length; k++) {
    sides.add([nodes[k - 1]]);
    sides.add([nodes[k]]);
  }
}

function addEdges(type: number, nodes: Uint32Array, sides: SideList): void {
  if (type === TRIANGLE_STRIP) {
    for (let k = 2; k < nodes.length; k++) addOutline(nodes.subarray(k - 2, k + 1), sides);
    return;
  }
  if (type === PIXEL) return addOutline([nodes[0], nodes[1], nodes[3], nodes[2]], sides);
  const corners = type === QUADRATIC_POLYGON ? nodes.length / 2 : QUADRATIC_FACES[type];
  if (corners === undefined) return addOutline(nodes, sides);
  for (let k = 0; k < corners; k++) {
    sides.add([nodes[k], nodes[corners + k], nodes[(k + 1) % corners]]);
  }
}

function addOutline(nodes: ArrayLike<number>, sides: SideList): void {
  for (let k = 0; k < nodes.length; k++) sides.add([nodes[k], nodes[(k + 1) % nodes.length]]);
}

/** @throws {DataError} If the faces of a polyhedron are damaged. */
function addFaces(type: number, nodes: Uint32Array, sides: SideList): void {
  if (type === POLYHEDRON) {
    const faces = facesOf(nodes);
    if (faces === undefined) {
      throw new DataError(
        "Cannot find the sides of cells: faces of a polyhedron must be closed lists of nodes, " +
          `received ${nodes.join(" ")}`,
      );
    }
    for (const face of faces) sides.add(face);
    return;
  }
  const [{ corners, faces, edges }, isQuadratic, middles] = SOLIDS[type];
  for (const [k, face] of faces.entries()) {
    const outline = isQuadratic ? withMiddles(face, edges, corners) : face;
    const middle = middles[k];
    sides.add(outline.map((place) => nodes[place]), middle === undefined ? middle : nodes[middle]);
  }
}

/** The places around a face, with those in the middles of its edges. */
function withMiddles(face: readonly number[], edges: Solid["edges"], corners: number): number[] {
  return face.flatMap((corner, k) => {
    const next = face[(k + 1) % face.length];
    const edge = edges.findIndex((ends) => ends.includes(corner) && ends.includes(next));
    return [corner, corners + edge];
  });
}

/** The prism over a polygon. */
function prism(count: number): Solid {
  const around = Array.from({ length: count }, (_, k) => k);
  const walls = around.map((k) => {
    const next = (k + 1) % count;
    return [k, next, count + next, count + k];
  });
  return {
    corners: 2 * count,
    faces: [around, around.map((k) => count + k), ...walls],
    edges: [],
  };
}

/** Collects sides in growing arrays. */
class SideList {
  readonly #dimension: number;
  #count = 0;
  #length = 0;
  #cell = 0;
  #cells = new Uint32Array(1024);
  #offsets = new Uint32Array(1025);
  #hasMiddle = new Uint8Array(1024);
  #nodes = new Uint32Array(4096);

  constructor(dimension: number) {
    this.#dimension = dimension;
  }

  /** Sets the cell of the sides that follow. */
  startCell(cell: number): void {
    this.#cell = cell;
  }

  add(nodes: readonly number[], middle?: number): void {
    if (this.#count === this.#cells.length) {
      this.#cells = grown(this.#cells, 2 * this.#count);
      this.#offsets = grown(this.#offsets, 2 * this.#count + 1);
      const hasMiddle = new Uint8Array(2 * this.#count);
      hasMiddle.set(this.#hasMiddle);
      this.#hasMiddle = hasMiddle;
    }
    if (this.#length + nodes.length + 1 > this.#nodes.length) {
      this.#nodes = grown(this.#nodes, 2 * (this.#length + nodes.length + 1));
    }
    for (const node of nodes) this.#nodes[this.#length++] = node;
    if (middle !== undefined) this.#nodes[this.#length++] = middle;
    this.#cells[this.#count] = this.#cell;
    this.#hasMiddle[this.#count] = middle === undefined ? 0 : 1;
    this.#offsets[++this.#count] = this.#length;
  }

  result(): CellSides {
    return {
      dimension: this.#dimension,
      cells: this.#cells.subarray(0, this.#count),
      offsets: this.#offsets.subarray(0, this.#count + 1),
      nodes: this.#nodes.subarray(0, this.#length),
      hasMiddle: this.#hasMiddle.subarray(0, this.#count),
    };
  }
}

function grown(from: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(length);
  to.set(from);
  return to;
}
