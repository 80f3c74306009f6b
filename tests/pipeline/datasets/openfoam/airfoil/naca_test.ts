import assert from "node:assert/strict";
import {
  halfThickness,
  type NacaSection,
  surfacePoint,
  surfacePoints,
} from "../../../../../pipeline/datasets/openfoam/airfoil/naca.ts";

const naca0012: NacaSection = { camber: 0, camberPosition: 0, thickness: 12 };
const naca4412: NacaSection = { camber: 4, camberPosition: 4, thickness: 12 };

Deno.test("halfThickness() is that of NACA 0012 as published", () => {
  // NACA report 460, in per cent of the chord; the closed trailing edge removes at most 0.13 at
  // its end.
  const published: [station: number, ordinate: number][] = [
    ...[[1.25, 1.894], [2.5, 2.615], [5, 3.555], [10, 4.683], [20, 5.738], [30, 6.002], [
      40,
      5.803,
    ]] as const,
    ...[[50, 5.294], [60, 4.563], [70, 3.664]] as const,
  ].map(([station, ordinate]) => [station, ordinate]);
  for (const [station, ordinate] of published) {
    const closing = 5 * 12 * 0.0021 * (station / 100) ** 4;
    const found = 100 * halfThickness(naca0012, station / 100) + closing;
    assert.ok(Math.abs(found - ordinate) < 6e-4, `${station}: ${found}, not ${ordinate}`);
  }
});

Deno.test("halfThickness() has a closed trailing edge and the leading radius 1.1019 t²", () => {
  assert.ok(Math.abs(halfThickness(naca0012, 1)) < 1e-15);
  const x = 1e-10;
  const radius = halfThickness(naca0012, x) ** 2 / (2 * x);
  assert.ok(Math.abs(radius / (1.1019 * 0.12 ** 2) - 1) < 1e-4, `${radius}`);
});

Deno.test(
  "surfacePoint() puts both sides around the camber line, whose peak is where the digits " +
    "place it",
  () => {
    for (const x of [0, 0.1, 0.4, 0.7, 1]) {
      const upper = surfacePoint(naca4412, "upper", x);
      const lower = surfacePoint(naca4412, "lower", x);
      const gap = Math.hypot(upper[0] - lower[0], upper[1] - lower[1]);
      assert.ok(Math.abs(gap - 2 * Math.abs(halfThickness(naca4412, x))) < 1e-15);
      const middle = [(upper[0] + lower[0]) / 2, (upper[1] + lower[1]) / 2];
      // Two parabolas that meet at their peak, 0.04 high at 0.4.
      const camber = x < 0.4
        ? 0.04 * (1 - (1 - x / 0.4) ** 2)
        : 0.04 * (1 - ((x - 0.4) / 0.6) ** 2);
      assert.ok(Math.hypot(middle[0] - x, middle[1] - camber) < 1e-15, `${x}: ${middle}`);
      const slope = x < 0.4 ? 0.2 * (1 - x / 0.4) : -0.08 / 0.6 * (x - 0.4) / 0.6;
      const along = upper[0] - lower[0] + slope * (upper[1] - lower[1]);
      assert.ok(Math.abs(along) < 1e-15, "the thickness is perpendicular to the camber line");
    }
    const [below, above] = [0.4 - 1e-12, 0.4].map((x) => surfacePoint(naca4412, "upper", x)[1]);
    assert.ok(Math.abs(below - above) < 1e-12, "both parabolas meet");
  },
);

Deno.test("surfacePoints() spaces points by arc length, from edge to edge", () => {
  const shares = Float64Array.from({ length: 201 }, (_, i) => i / 200);
  for (const side of ["upper", "lower"] as const) {
    const points = surfacePoints(naca4412, side, shares);
    assert.deepEqual([...points.subarray(0, 2)], [0, 0]);
    assert.ok(Math.hypot(points[400] - 1, points[401]) < 1e-15);
    const lengths = Array.from(
      { length: 200 },
      (_, i) =>
        Math.hypot(points[2 * i + 2] - points[2 * i], points[2 * i + 3] - points[2 * i + 1]),
    );
    // Chords around the nose are shorter than their arcs.
    assert.ok(Math.max(...lengths.slice(10)) / Math.min(...lengths.slice(10)) < 1.001);
  }
});
