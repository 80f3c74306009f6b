/** Meshes around bodies with a known wall, for the tests of forces. @module */

import type { CellList } from "../../../../pipeline/reporting/flow/mesh_faces.ts";

/** A mesh in two dimensions whose first nodes are its wall. */
export interface BodyMesh {
  readonly position: Float64Array;
  readonly cells: CellList;
  readonly wallCount: number;
}

/** How the faces are cut and named. */
export type Faces = "quads" | "triangles" | "pixels";

const QUAD = 9;
const TRIANGLE = 5;
const PIXEL = 8;

/**
 * Rings of nodes around a body: node `ring * count + k` is point k of `outline`, moved out from
 * `center` by `factor` per ring. Every other face runs clockwise, as meshes of other programs may.
 */
export function ringMesh(
  outline: readonly (readonly [number, number])[],
  factors: readonly number[],
  faces: Faces = "quads",
  center: readonly [number, number] = [0, 0],
): BodyMesh {
  const count = outline.length;
  const position = new Float64Array(2 * count * factors.length);
  for (const [ring, factor] of factors.entries()) {
    for (const [k, point] of outline.entries()) {
      for (const axis of [0, 1]) {
        position[2 * (ring * count + k) + axis] = center[axis] +
          (point[axis] - center[axis]) * factor;
      }
    }
  }
  const lists: number[][] = [];
  for (let ring = 0; ring + 1 < factors.length; ring++) {
    for (let k = 0; k < count; k++) {
      const next = (k + 1) % count;
      const [a, b, c, d] = [
        ring * count + k,
        ring * count + next,
        (ring + 1) * count + next,
        (ring + 1) * count + k,
      ];
      if (faces === "triangles") lists.push([a, b, c], [a, c, d]);
      else {lists.push(
          faces === "pixels" ? [a, b, d, c] : k % 2 === 0 ? [a, b, c, d] : [d, c, b, a],
        );}
    }
  }
  const type = { quads: QUAD, triangles: TRIANGLE, pixels: PIXEL }[faces];
  return { position, cells: cellList(lists, type), wallCount: count };
}

/** Cells of one type from the nodes of each. */
export function cellList(lists: readonly (readonly number[])[], type: number): CellList {
  const offsets = [0];
  for (const nodes of lists) offsets.push(offsets[offsets.length - 1] + nodes.length);
  return { connectivity: lists.flat(), offsets, types: lists.map(() => type) };
}

/** `count` points of the unit circle, counter-clockwise. */
export function circle(count: number): [number, number][] {
  return Array.from({ length: count }, (_, k) => {
    const angle = 2 * Math.PI * k / count;
    return [Math.cos(angle), Math.sin(angle)];
  });
}
