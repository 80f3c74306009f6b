/**
 * Cells of VTK from the faces of OpenFOAM, which are given by the cells on their two sides.
 *
 * @module
 */

import { cellOffsets, type MeshCells } from "../mesh_cells.ts";
import { closeFaces, POLYHEDRON } from "../polyhedra.ts";

/** A mesh by its faces. */
export interface FoamMesh {
  /** Points [N, 3]. */
  readonly points: Float64Array;
  /** Nodes of all faces, counterclockwise seen from outside the owner. */
  readonly faceNodes: Uint32Array;
  /** Where each face starts in `faceNodes` [F + 1]. */
  readonly faceOffsets: Uint32Array;
  /** The cell on the inner side of each face [F]. */
  readonly owner: Uint32Array;
  /** The cell on the outer side of each inner face; these come first. */
  readonly neighbour: Uint32Array;
  readonly patches: readonly FoamPatch[];
}

/** A part of the boundary: faces `start` to `start + count - 1`. */
export interface FoamPatch {
  readonly name: string;
  readonly type: string;
  readonly start: number;
  readonly count: number;
}

const TETRAHEDRON = 10;
const HEXAHEDRON = 12;
const WEDGE = 13;
const PYRAMID = 14;
const POLYGONS: Readonly<Record<number, number>> = { 3: 5, 4: 9 };
const POLYGON = 7;

/** Smallest cosine between normals of faces of one plane. */
const MIN_COSINE = 1 - 1e-6;

/** Number of cells of a mesh. */
export function countCells({ owner, neighbour }: FoamMesh): number {
  let last = -1;
  for (const cell of owner) last = Math.max(last, cell);
  for (const cell of neighbour) last = Math.max(last, cell);
  return last + 1;
}

/** Cells in space: of known shapes if their faces form one, otherwise polyhedra. */
export function spaceCells(mesh: FoamMesh): MeshCells {
  const cellCount = countCells(mesh);
  const facesOf: number[][] = Array.from({ length: cellCount }, () => []);
  for (const [face, cell] of mesh.owner.entries()) facesOf[cell].push(face);
  for (const [face, cell] of mesh.neighbour.entries()) facesOf[cell].push(~face);
  const types = new Uint8Array(cellCount);
  const sizes = new Uint32Array(cellCount);
  const connectivity: number[] = [];
  for (const [cell, faces] of facesOf.entries()) {
    // Each face seen from outside the cell.
    const outward = faces.map((face) => {
      const nodes = nodesOfFace(mesh, face < 0 ? ~face : face);
      return face < 0 ? nodes.reverse() : nodes;
    });
    const { type, nodes } = shapeOf(outward) ??
      { type: POLYHEDRON, nodes: closeFaces(outward) };
    types[cell] = type;
    sizes[cell] = nodes.length;
    for (const node of nodes) connectivity.push(node);
  }
  return { connectivity: Uint32Array.from(connectivity), offsets: cellOffsets(sizes), types };
}

/** A cell of one layer of a plane: its face in the plane. */
export interface PlaneMesh {
  readonly cells: MeshCells;
  /** Number in space of each node of the plane. */
  readonly nodes: Uint32Array;
}

/**
 * The plane of a mesh of one layer between patches of type `empty`, whose lower side is taken.
 *
 * @returns Undefined if there are no such patches, or they do not bound each cell twice
 */
export function planeCells(mesh: FoamMesh): PlaneMesh | undefined {
  const faces = mesh.patches.filter(({ type }) => type === "empty").flatMap(({ start, count }) =>
    Array.from({ length: count }, (_, k) => start + k)
  );
  const cellCount = countCells(mesh);
  if (faces.length !== 2 * cellCount) return undefined;
  const axis = normalOf(mesh, faces[0]);
  // Towards the positive side of its largest component.
  const largest = axis.map(Math.abs).indexOf(Math.max(...axis.map(Math.abs)));
  const sign = Math.sign(axis[largest]);
  const faceOf = new Int32Array(cellCount).fill(-1);
  for (const face of faces) {
    const cosine = dot(normalOf(mesh, face), axis) * sign;
    if (Math.abs(cosine) < MIN_COSINE) return undefined;
    if (cosine < 0 && faceOf[mesh.owner[face]] < 0) faceOf[mesh.owner[face]] = face;
  }
  if (faceOf.includes(-1)) return undefined;
  const numbers = new Map<number, number>();
  const types = new Uint8Array(cellCount);
  const sizes = new Uint32Array(cellCount);
  const connectivity: number[] = [];
  for (const [cell, face] of faceOf.entries()) {
    // Counterclockwise seen from the positive side.
    const nodes = nodesOfFace(mesh, face).reverse();
    types[cell] = POLYGONS[nodes.length] ?? POLYGON;
    sizes[cell] = nodes.length;
    for (const node of nodes) {
      if (!numbers.has(node)) numbers.set(node, numbers.size);
      connectivity.push(numbers.get(node)!);
    }
  }
  return {
    cells: { connectivity: Uint32Array.from(connectivity), offsets: cellOffsets(sizes), types },
    nodes: Uint32Array.from(numbers.keys()),
  };
}

function nodesOfFace({ faceNodes, faceOffsets }: FoamMesh, face: number): number[] {
  return [...faceNodes.subarray(faceOffsets[face], faceOffsets[face + 1])];
}

/** The unit normal of a face, by the sum of cross products around it. */
function normalOf(mesh: FoamMesh, face: number): number[] {
  const { points } = mesh;
  const nodes = nodesOfFace(mesh, face);
  const normal = [0, 0, 0];
  const at = (node: number, axis: number) => points[3 * node + axis] - points[3 * nodes[0] + axis];
  for (let k = 1; k + 1 < nodes.length; k++) {
    for (let axis = 0; axis < 3; axis++) {
      const [i, j] = [(axis + 1) % 3, (axis + 2) % 3];
      normal[axis] += at(nodes[k], i) * at(nodes[k + 1], j) - at(nodes[k], j) * at(nodes[k + 1], i);
    }
  }
  const length = Math.hypot(...normal);
  return length === 0 ? normal : normal.map((value) => value / length);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** The shape of a cell by the number of its triangles and quadrilaterals. */
function shapeOf(faces: readonly (readonly number[])[]) {
  const triangles = faces.filter(({ length }) => length === 3);
  const squares = faces.filter(({ length }) => length === 4);
  if (triangles.length + squares.length !== faces.length) return undefined;
  const shape = `${triangles.length} ${squares.length}`;
  if (shape === "0 6") {
    // The base seen from inside, then the nodes above it.
    const base = squares[0].toReversed();
    return extruded(HEXAHEDRON, base, faces);
  }
  // The triangle of VTK's wedge is seen from outside.
  if (shape === "2 3") return extruded(WEDGE, triangles[0], faces);
  if (shape === "4 0") return topped(TETRAHEDRON, triangles[0].toReversed(), faces);
  if (shape === "4 1") return topped(PYRAMID, squares[0].toReversed(), faces);
  return undefined;
}

/** A base and the node above each of its nodes, if all edges upwards are there. */
function extruded(
  type: number,
  base: readonly number[],
  faces: readonly (readonly number[])[],
) {
  const above = new Map<number, number>();
  for (const face of faces) {
    for (const [k, node] of face.entries()) {
      const next = face[(k + 1) % face.length];
      for (const [from, to] of [[node, next], [next, node]]) {
        if (!base.includes(from) || base.includes(to)) continue;
        if ((above.get(from) ?? to) !== to) return undefined;
        above.set(from, to);
      }
    }
  }
  const top = base.map((node) => above.get(node));
  const nodes = [...base, ...top];
  const isWhole = nodes.every((node) => node !== undefined) &&
    new Set(nodes).size === 2 * base.length &&
    faces.flat().every((node) => nodes.includes(node));
  return isWhole ? { type, nodes: nodes as number[] } : undefined;
}

/** A base and the one node opposite to it. */
function topped(type: number, base: readonly number[], faces: readonly (readonly number[])[]) {
  const tops = [...new Set(faces.flat())].filter((node) => !base.includes(node));
  return tops.length === 1 && new Set(base).size === base.length
    ? { type, nodes: [...base, tops[0]] }
    : undefined;
}
