import assert from "node:assert/strict";
import {
  distanceToPolygon,
} from "../../../../../pipeline/datasets/openfoam/airfoil/wall_distance.ts";

Deno.test("distanceToPolygon() gives distances to edges, corners and the closing edge", () => {
  const square = Float64Array.of(0, 0, 2, 0, 2, 2, 0, 2);
  const points = Float64Array.of(1, -3, 5, 6, -0.5, 1, 1, 1.75, 2, 2);
  assert.deepEqual([...distanceToPolygon(points, square)], [3, 5, 0.5, 0.25, 0]);
});
