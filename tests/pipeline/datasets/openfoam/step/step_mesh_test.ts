import assert from "node:assert/strict";
import { meshStep } from "../../../../../pipeline/datasets/openfoam/step/step_mesh.ts";
import { cellGeometry, faceGeometry } from "../closed_mesh.ts";

Deno.test(
  "meshStep() fills the channel except for the step, with closed cells and patches of the right " +
    "areas",
  () => {
    for (const [height, refinement] of [[0.05, 0.5], [0.0384, 1], [0.1, 0.7]]) {
      const { faces } = meshStep(height, refinement);
      const cells = cellGeometry(faces);
      assert.ok(cells.every(({ openness, volume }) => openness < 1e-12 && volume > 0));
      const near = (value: number, expected: number) =>
        assert.ok(Math.abs(value / expected - 1) < 1e-12, `${value}`);
      near(cells.reduce((sum, { volume }) => sum + volume, 0), 0.2 * (1.9 * 0.2 - 0.3 * height));
      const geometry = faceGeometry(faces);
      const areas = faces.patches.map(({ start, count }) =>
        geometry.slice(start, start + count).reduce((sum, { area }) => sum + Math.hypot(...area), 0)
      );
      const side = 1.9 * 0.2 - 0.3 * height;
      near(areas[0], 0.2 * (0.2 - height));
      near(areas[1], 0.2 * 0.2);
      // Floor, roof, the step's face, and the wall at the side.
      near(areas[2], 0.2 * (1.9 + 1.9 + height) + side);
      near(areas[3], side);
      assert.deepEqual(faces.patches.map(({ name, type }) => `${name} ${type}`), [
        "inlet patch",
        "outlet patch",
        "walls wall",
        "midplane symmetryPlane",
      ]);
    }
  },
);

Deno.test("meshStep() has the nodes that its help states", () => {
  assert.equal(meshStep(0.0384).points.length / 3, 32895);
});
