/**
 * Hexahedra in a channel with a backward-facing step, refined towards its walls and behind the
 * step.
 *
 * @module
 */

import { buildPolyMesh, type HexMesh, type PolyMesh } from "../poly_mesh.ts";
import { stretchedPoints } from "../spacing.ts";

/**
 * The channel in metres: the edge of the step is at x = 0, the floor behind it at y = 0, a side
 * wall at z = 0.
 */
export const CHANNEL = { height: 0.2, halfWidth: 0.2, upstream: 0.3, downstream: 1.6 } as const;

/** Cells and faces of a channel with a step. */
export interface StepMesh extends HexMesh {
  readonly faces: PolyMesh;
}

/** Sizes of the cells in metres at refinement 1. */
const CELL_SIZES = {
  atStep: 0.006,
  inlet: 0.04,
  outlet: 0.05,
  wall: 0.0032,
  middle: 0.022,
} as const;

const PATCHES = [
  { name: "inlet", type: "patch" },
  { name: "outlet", type: "patch" },
  { name: "walls", type: "wall" },
  { name: "midplane", type: "symmetryPlane" },
] as const;

/**
 * Meshes half of the channel, up to its plane of symmetry.
 *
 * @param stepHeight Height of the step in metres
 * @param refinement Cells per length, relative to about 29,000 cells in all
 */
export function meshStep(stepHeight: number, refinement = 1): StepMesh {
  const [x, y, z] = axes(stepHeight, refinement);
  const xCells = x.length - 1;
  const yCells = y.length - 1;
  const zCells = z.length - 1;
  const nodes = new Map<number, number>();
  const points: number[] = [];
  const hexahedra: number[] = [];
  const node = (i: number, j: number, k: number) => (i * y.length + j) * z.length + k;
  const corners: number[] = [];
  for (let i = 0; i < xCells; i++) {
    for (let j = 0; j < yCells; j++) {
      if (x[i + 1] <= 0 && y[j + 1] <= stepHeight) continue;
      for (let k = 0; k < zCells; k++) {
        for (const c of [0, 1]) {
          for (const [a, b] of [[0, 0], [1, 0], [1, 1], [0, 1]]) {
            corners.push(node(i + a, j + b, k + c));
          }
        }
      }
    }
  }
  for (const grid of [...new Set(corners)].sort((a, b) => a - b)) {
    nodes.set(grid, nodes.size);
    const column = Math.floor(grid / z.length);
    points.push(x[Math.floor(column / y.length)], y[column % y.length], z[grid % z.length]);
  }
  for (const grid of corners) hexahedra.push(nodes.get(grid)!);
  const mesh = { points: Float64Array.from(points), hexahedra: Uint32Array.from(hexahedra) };
  return { ...mesh, faces: buildPolyMesh(mesh, PATCHES, (face) => patchOf(mesh.points, face)) };
}

/** Grid lines in x, y and z, with one at the height and one at the edge of the step. */
function axes(stepHeight: number, refinement: number): [Float64Array, Float64Array, Float64Array] {
  const { height, halfWidth, upstream, downstream } = CHANNEL;
  const count = (cells: number) => Math.max(2, Math.round(cells * refinement));
  const line = (from: number, length: number, cells: number, first: number, last: number) =>
    stretchedPoints(cells, first / refinement / length, last / refinement / length)
      .map((share) => from + length * share);
  const { atStep, inlet, outlet, wall, middle } = CELL_SIZES;
  const before = line(0, upstream, count(16), atStep, inlet).map((distance) => -distance).reverse();
  const behind = line(0, downstream, count(60), atStep, outlet);
  const lowerCells = count(Math.max(9, 6 + 80 * stepHeight));
  const lower = line(0, stepHeight, lowerCells, wall, wall);
  const upperCells = count(26 - lowerCells / refinement);
  const upper = line(stepHeight, height - stepHeight, upperCells, wall, wall);
  const across = line(0, halfWidth, count(16), 1.6 * wall, middle);
  return [joined(before, behind), joined(lower, upper), across];
}

/** Two sequences of grid lines that share one. */
function joined(first: Float64Array, second: Float64Array): Float64Array {
  return Float64Array.of(...first.subarray(0, -1), ...second);
}

function patchOf(points: Float64Array, corners: Uint32Array): number {
  const all = (axis: number, value: number) =>
    corners.every((point) => Math.abs(points[3 * point + axis] - value) < 1e-9);
  if (all(0, -CHANNEL.upstream)) return 0;
  if (all(0, CHANNEL.downstream)) return 1;
  return all(2, CHANNEL.halfWidth) ? 3 : 2;
}
