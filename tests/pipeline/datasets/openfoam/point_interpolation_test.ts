import assert from "node:assert/strict";
import {
  elementCentres,
  interpolateToPoints,
} from "../../../../pipeline/datasets/openfoam/point_interpolation.ts";

/** A 3 x 3 grid of points and its four squares. */
const points = Float64Array.from(
  { length: 18 },
  (_, i) => i % 2 === 0 ? Math.floor(i / 2) % 3 : Math.floor(i / 6),
);
const corners = Uint32Array.from([0, 1, 3, 4].flatMap((p) => [p, p + 1, p + 4, p + 3]));

Deno.test("elementCentres() gives the means of corners", () => {
  assert.deepEqual([...elementCentres(points, 2, corners, 4)], [
    0.5,
    0.5,
    1.5,
    0.5,
    0.5,
    1.5,
    1.5,
    1.5,
  ]);
});

Deno.test("interpolateToPoints() weighs by inverse distances", () => {
  const values = Float64Array.of(1, 2, 3, 6);
  const atPoints = interpolateToPoints(points, 2, 1, [{ corners, cornerCount: 4, values }]);
  // All centres are equally far from each point: plain means.
  assert.deepEqual([...atPoints].map((value) => Number(value.toFixed(12))), [
    1,
    1.5,
    2,
    2,
    3,
    4,
    3,
    4.5,
    6,
  ]);
  const line = Float64Array.of(0, 1, 4);
  const pairs = {
    corners: Uint32Array.of(0, 1, 1, 2),
    cornerCount: 2,
    values: Float64Array.of(10, 30),
  };
  // Centres lie 0.5 and 1.5 from the point between: weights 2 and 2 / 3.
  assert.ok(
    Math.abs(interpolateToPoints(line, 1, 1, [pairs])[1] - (2 * 10 + 30 * 2 / 3) / (2 + 2 / 3)) <
      1e-12,
  );
});

Deno.test("interpolateToPoints() overrides earlier layers by later ones, zeros too", () => {
  const values = Float64Array.of(1, 1, 2, 2, 3, 3, 4, 4);
  const edge = { corners: Uint32Array.of(0, 1, 1, 2), cornerCount: 2, values: new Float64Array(4) };
  const atPoints = interpolateToPoints(points, 2, 2, [{ corners, cornerCount: 4, values }, edge]);
  assert.deepEqual([...atPoints.subarray(0, 6)], [0, 0, 0, 0, 0, 0]);
  assert.ok(atPoints.subarray(6).every((value) => value > 0));
});
