import assert from "node:assert/strict";
import { meshAirfoil } from "../../../../../pipeline/datasets/openfoam/airfoil/airfoil_case.ts";
import {
  startFromCoarse,
  wallPolygon,
} from "../../../../../pipeline/datasets/openfoam/airfoil/coarse_start.ts";
import {
  distanceToPolygon,
} from "../../../../../pipeline/datasets/openfoam/airfoil/wall_distance.ts";
import { elementCentres } from "../../../../../pipeline/datasets/openfoam/point_interpolation.ts";
import { tinyAirfoil, tinyFidelity } from "../../../../fixtures/openfoam/tiny_airfoil.ts";

const { plane: coarse } = meshAirfoil(tinyAirfoil, { ...tinyFidelity, yPlus: 2000 });
const { plane: fine } = meshAirfoil(tinyAirfoil, {
  ...tinyFidelity,
  yPlus: 20,
  mesh: { ...tinyFidelity.mesh, sideCells: 10, wakeCells: 4, normalCells: 16 },
});
const cellCount = coarse.quads.length / 4;
const field = (...values: number[]) => ({
  components: values.length,
  internal: Float64Array.from(
    { length: cellCount * values.length },
    (_, i) => values[i % values.length],
  ),
  patches: new Map<string, Float64Array>(),
});

Deno.test(
  "startFromCoarse() preserves a uniform flow except for the layer below the coarse cells at the " +
    "wall",
  () => {
    const fields = { U: field(30, 2, 0), p: field(-5), k: field(0.01), omega: field(100) };
    const { U, p, k, omega, nut } = startFromCoarse(coarse, fields, fine) as Record<
      string,
      Float64Array
    >;
    const heights = distanceToPolygon(
      elementCentres(fine.points, 2, fine.quads, 4),
      wallPolygon(fine),
    );
    const near = (value: number, expected: number) =>
      assert.ok(Math.abs(value / expected - 1) < 1e-12, `${value}`);
    let inside = 0, outside = 0;
    for (const [cell, height] of heights.entries()) {
      near(p[cell], -5);
      near(nut[cell], k[cell] / omega[cell]);
      const depth = (U[3 * cell] / 30) ** 5;
      near(U[3 * cell + 1], 2 * depth ** 0.2);
      near(k[cell], 0.01 * Math.sqrt(depth));
      if (depth < 1 - 1e-9) {
        inside++;
        // Wilcox's omega in the viscous sublayer, where it exceeds that of the flow.
        near(omega[cell], Math.max(100, 6 * 1.56e-5 / (0.075 * height ** 2)));
      } else {
        outside++;
        near(omega[cell], 100);
      }
    }
    assert.ok(inside > 20 && outside > 100, `${inside} cells inside, ${outside} outside`);
    assert.ok(omega.some((value) => value > 101), "some cells lie in the viscous sublayer");
  },
);

Deno.test("startFromCoarse() gives a mesh its own fields back above the wall", () => {
  const p = field(0);
  p.internal.forEach((_, cell) => p.internal[cell] = Math.sin(cell));
  const start = startFromCoarse(
    coarse,
    { U: field(1, 0, 0), p, k: field(1), omega: field(1) },
    coarse,
  );
  // The nearest cell is the cell itself: others have weights of 1e-9 over their distance.
  for (const [cell, value] of (start.p as Float64Array).entries()) {
    assert.ok(Math.abs(value - Math.sin(cell)) < 1e-6);
  }
});
