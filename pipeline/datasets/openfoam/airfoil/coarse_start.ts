/**
 * Initial fields on a fine mesh, from a solution on a coarse mesh around the same aerofoil.
 *
 * @module
 */

import { NearestNodes } from "../../../graph/nearest_nodes.ts";
import type { SolvedField } from "../../../../io/openfoam/solved_field.ts";
import { elementCentres } from "../point_interpolation.ts";
import type { CMesh } from "./c_mesh.ts";
import type { StartFields } from "./airfoil_case.ts";
import { AIRFOIL_VISCOSITY } from "./airfoil_parameters.ts";
import { distanceToPolygon } from "./wall_distance.ts";

/** The interpolated fields, from which the turbulent viscosity follows. */
export type CoarseFields = Readonly<Record<"U" | "p" | "k" | "omega", SolvedField>>;

/** Number of cells around a point that are averaged. */
const NEIGHBOUR_COUNT = 3;

/**
 * Interpolates from the nearest cells by inverse distances. Below the coarse cells at the wall,
 * velocity follows a power law, omega the viscous sublayer, and k is damped.
 */
export function startFromCoarse(coarse: CMesh, fields: CoarseFields, fine: CMesh): StartFields {
  const coarseCentres = elementCentres(coarse.points, 2, coarse.quads, 4);
  const centres = elementCentres(fine.points, 2, fine.quads, 4);
  const coarseHeights = distanceToPolygon(coarseCentres, wallPolygon(coarse));
  const heights = distanceToPolygon(centres, wallPolygon(fine));
  const nearest = new NearestNodes(coarseCentres, 2);
  const cellCount = heights.length;
  const scalar = () => new Float64Array(cellCount);
  const start = {
    U: new Float64Array(3 * cellCount),
    p: scalar(),
    k: scalar(),
    omega: scalar(),
    nut: scalar(),
  };
  for (let cell = 0; cell < cellCount; cell++) {
    const centre = centres.subarray(2 * cell, 2 * cell + 2);
    const { nodes, distances } = nearest.nearestFew(centre, NEIGHBOUR_COUNT);
    const inverse = distances.map((distance) => 1 / Math.max(distance, 1e-9));
    const total = inverse.reduce((sum, weight) => sum + weight, 0);
    const mean = (values: Float64Array, components = 1, component = 0) =>
      nodes.reduce(
        (sum, node, i) => sum + inverse[i] / total * values[node * components + component],
        0,
      );
    const height = heights[cell];
    const depth = Math.min(height / mean(coarseHeights), 1);
    for (let d = 0; d < 3; d++) {
      start.U[3 * cell + d] = mean(fields.U.internal, 3, d) * depth ** 0.2;
    }
    start.p[cell] = mean(fields.p.internal);
    start.k[cell] = Math.max(mean(fields.k.internal) * Math.sqrt(depth), 1e-8);
    const sublayer = depth < 1 ? Math.min(6 * AIRFOIL_VISCOSITY / (0.075 * height ** 2), 1e9) : 0;
    start.omega[cell] = Math.max(mean(fields.omega.internal), sublayer);
    start.nut[cell] = start.k[cell] / start.omega[cell];
  }
  return start;
}

/** Coordinates of the wall in order `[m, 2]`. */
export function wallPolygon({ points, wall }: CMesh): Float64Array {
  return Float64Array.from({ length: 2 * wall.length }, (_, i) => points[2 * wall[i >> 1] + i % 2]);
}
