/**
 * The flow around an aerofoil at the points of its mesh.
 *
 * @module
 */

import type { SolvedField } from "../../../../io/openfoam/solved_field.ts";
import { type Elements, interpolateToPoints } from "../point_interpolation.ts";
import type { PointField } from "../point_field.ts";
import type { PolyMesh } from "../poly_mesh.ts";
import type { AirfoilMesh } from "./airfoil_case.ts";
import { wallPolygon } from "./coarse_start.ts";
import { distanceToPolygon } from "./wall_distance.ts";

/** The point fields of AirfRANS, by its names. */
export type AirfoilPointFields = Readonly<
  Record<"U" | "p" | "nut" | "implicit_distance", PointField>
>;

/**
 * Interpolates the fields of the cells to the points of the plane, with the boundary values on the
 * wall.
 *
 * The distance has the sign of AirfRANS: negative in the fluid.
 */
export function airfoilPointFields(
  { plane, layer }: AirfoilMesh,
  fields: Readonly<Record<"U" | "p" | "nut", SolvedField>>,
): AirfoilPointFields {
  const { points, quads, wall } = plane;
  const atPoints = ({ components, internal, patches }: SolvedField, onWall?: Float64Array) => {
    const edges = (patch: string, values?: Float64Array) =>
      planeEdges(layer, points.length / 2, patch, { components, internal, values });
    const values = interpolateToPoints(points, 2, components, [
      { corners: quads, cornerCount: 4, values: internal },
      edges("freestream"),
      edges("aerofoil", onWall ?? patches.get("aerofoil")),
    ]);
    return { values, components };
  };
  const U = atPoints(fields.U, new Float64Array(3 * wall.length));
  for (let i = 2; i < U.values.length; i += 3) U.values[i] = 0;
  const distances = distanceToPolygon(points, wallPolygon(plane));
  for (const point of wall) distances[point] = 0;
  return {
    U,
    p: atPoints(fields.p),
    nut: atPoints(fields.nut),
    implicit_distance: { values: distances.map((distance) => 0 - distance), components: 1 },
  };
}

/** The edges of a patch in the plane, with given values or those of their cells. */
function planeEdges(
  { faces, owner, patches }: PolyMesh,
  pointCount: number,
  name: string,
  { components, internal, values }: {
    readonly components: number;
    readonly internal: Float64Array;
    readonly values: Float64Array | undefined;
  },
): Elements {
  const { start, count } = patches.find((patch) => patch.name === name)!;
  const corners = faces.subarray(4 * start, 4 * (start + count))
    .filter((point) => point < pointCount);
  const ofOwners = Float64Array.from(
    { length: count * components },
    (_, i) => internal[owner[start + Math.floor(i / components)] * components + i % components],
  );
  return { corners, cornerCount: 2, values: values ?? ofOwners };
}
