/**
 * Meshes of two dimensions that a program wrote as one layer of cells in space, as OpenFOAM does:
 * every node has a twin on the other side.
 *
 * @module
 */

import type { MeshCells } from "../../../io/mesh_cells.ts";
import { facesOf, POLYHEDRON } from "../../../io/polyhedra.ts";
import type { MeshNodes } from "./mesh_nodes.ts";

/** The faces of cells by VTK type, each in the order of its outline. */
const FACES: Readonly<Record<number, readonly (readonly number[])[]>> = {
  10: [[0, 1, 3], [1, 2, 3], [2, 0, 3], [0, 2, 1]],
  11: [[0, 2, 6, 4], [1, 3, 7, 5], [0, 1, 5, 4], [2, 3, 7, 6], [0, 1, 3, 2], [4, 5, 7, 6]],
  12: [
    [0, 4, 7, 3],
    [1, 2, 6, 5],
    [0, 1, 5, 4],
    [3, 7, 6, 2],
    [0, 3, 2, 1],
    [4, 5, 6, 7],
  ],
  13: [[0, 1, 2], [3, 5, 4], [0, 3, 4, 1], [1, 4, 5, 2], [2, 5, 3, 0]],
  14: [[0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]],
};

/** VTK type of a face by its number of nodes. */
const FACE_TYPES: Readonly<Record<number, number>> = { 3: 5, 4: 9 };
const POLYGON = 7;

/** Twins whose other coordinates differ by more than this share of the thickness are none. */
const MISMATCH = 1e-3;

/** The twin of each node of the lower side, by number of its node. */
export interface Layer {
  readonly axis: number;
  /** Coordinates of the two sides. */
  readonly low: number;
  readonly high: number;
  /** Nodes of the lower side, and the twin of each. */
  readonly lower: Uint32Array;
  readonly upper: Uint32Array;
}

/** Whether all nodes are on two sides of a mesh along an axis, as many on each. */
export function hasTwoSides(nodes: MeshNodes, axis: number): boolean {
  return sidesOf(nodes, axis, Infinity) !== undefined;
}

/**
 * Finds the two sides of a mesh along an axis.
 *
 * @param tolerance Difference of equal coordinates
 * @returns Nothing if the nodes are not on two sides, each with its twin
 */
export function findLayer(
  nodes: MeshNodes,
  axis: number,
  tolerance: number,
): Layer | undefined {
  const { position, axes } = nodes;
  const sides = sidesOf(nodes, axis, tolerance);
  if (sides === undefined) return undefined;
  const { low, high, lower, upper } = sides;
  const others = [0, 1, 2].filter((k) => k !== axis && k < axes);
  const at = (node: number, k: number) => position[axes * node + k];
  const twins = pairsOf(lower, upper, others, at, tolerance);
  return twins && { axis, low, high, lower: Uint32Array.from(lower), upper: twins };
}

/** The nodes at the lowest and the highest coordinate along an axis, if there are no others. */
function sidesOf(
  { position, axes, nodeCount }: MeshNodes,
  axis: number,
  tolerance: number,
): { low: number; high: number; lower: number[]; upper: number[] } | undefined {
  if (nodeCount < 2 || nodeCount % 2 === 1) return undefined;
  let low = Infinity;
  let high = -Infinity;
  for (let k = axis; k < position.length; k += axes) {
    low = Math.min(low, position[k]);
    high = Math.max(high, position[k]);
  }
  const slack = Math.min(tolerance, MISMATCH * (high - low));
  const lower: number[] = [];
  const upper: number[] = [];
  for (let node = 0; node < nodeCount; node++) {
    const value = position[axes * node + axis];
    if (value - low <= slack) lower.push(node);
    else if (high - value <= slack) upper.push(node);
    else return undefined;
  }
  return lower.length === upper.length ? { low, high, lower, upper } : undefined;
}

/** The twin of each node of one side among those of the other. */
function pairsOf(
  lower: readonly number[],
  upper: readonly number[],
  axes: readonly number[],
  at: (node: number, axis: number) => number,
  tolerance: number,
): Uint32Array | undefined {
  const size = Math.max(tolerance, Number.MIN_VALUE);
  const keyOf = (node: number, shift: readonly number[]) =>
    axes.map((axis, k) => Math.round(at(node, axis) / size) + shift[k]).join(" ");
  const here = axes.map(() => 0);
  const buckets = Map.groupBy(upper, (node) => keyOf(node, here));
  const shifts = axes.reduce<number[][]>(
    (all, _) => all.flatMap((shift) => [0, -1, 1].map((step) => [...shift, step])),
    [[]],
  );
  const twins = new Uint32Array(lower.length);
  const taken = new Set<number>();
  for (const [k, node] of lower.entries()) {
    const twin = shifts.flatMap((shift) => buckets.get(keyOf(node, shift)) ?? []).find((other) =>
      !taken.has(other) &&
      axes.every((axis) => Math.abs(at(node, axis) - at(other, axis)) <= tolerance)
    );
    if (twin === undefined) return undefined;
    taken.add(twin);
    twins[k] = twin;
  }
  return twins;
}

/** The nodes of the lower side; values are the means of twins, cells the faces on this side. */
export function lowerSide(nodes: MeshNodes, { lower, upper }: Layer): MeshNodes {
  const { axes } = nodes;
  const numberOf = new Int32Array(nodes.nodeCount).fill(-1);
  const sideOf = new Int32Array(nodes.nodeCount).fill(-1);
  lower.forEach((node, k) => {
    sideOf[node] = k;
    numberOf[node] = k;
    numberOf[upper[k]] = k;
  });
  return {
    ...nodes,
    nodeCount: lower.length,
    position: Float64Array.from(
      { length: axes * lower.length },
      (_, k) => nodes.position[axes * lower[Math.floor(k / axes)] + k % axes],
    ),
    cells: nodes.cells && sideCells(nodes.cells, sideOf),
    nodeOf: nodes.nodeOf.map((node) => node < 0 ? -1 : numberOf[node]),
    nameOf: (node) => nodes.nameOf(lower[node]),
    values(array, place) {
      const { components } = array;
      const values = nodes.values(array, place);
      return Float64Array.from({ length: components * lower.length }, (_, k) => {
        const row = Math.floor(k / components);
        const c = k % components;
        const first = values[components * lower[row] + c];
        const second = values[components * upper[row] + c];
        // Exact for equal values, however large.
        return first === second ? first : first / 2 + second / 2;
      });
    },
  };
}

/** The faces of cells whose nodes are all on one side; nothing if none has one. */
function sideCells(
  { connectivity, offsets, types }: MeshCells,
  sideOf: Int32Array,
): MeshCells | undefined {
  const nodes: number[] = [];
  const ends = [0];
  const faceTypes: number[] = [];
  for (let cell = 0; cell < types.length; cell++) {
    const entry = connectivity.subarray(offsets[cell], offsets[cell + 1]);
    const faces = types[cell] === POLYHEDRON
      ? facesOf(entry)
      : FACES[types[cell]]?.map((face) => face.map((corner) => entry[corner]));
    for (const face of faces ?? []) {
      const corners = face.map((node) => sideOf[node]);
      if (corners.includes(-1)) continue;
      nodes.push(...corners);
      ends.push(nodes.length);
      faceTypes.push(FACE_TYPES[corners.length] ?? POLYGON);
    }
  }
  if (faceTypes.length === 0) return undefined;
  return {
    connectivity: Uint32Array.from(nodes),
    offsets: Uint32Array.from(ends),
    types: Uint8Array.from(faceTypes),
  };
}
