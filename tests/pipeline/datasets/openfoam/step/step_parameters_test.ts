import assert from "node:assert/strict";
import {
  drawStep,
  parseStepName,
  stepName,
} from "../../../../../pipeline/datasets/openfoam/step/step_parameters.ts";

Deno.test("drawStep() distributes any number of heights evenly", () => {
  for (const count of [5, 8, 13]) {
    const heights = Array.from({ length: count }, (_, index) => drawStep(4, index).stepHeight)
      .sort();
    assert.ok(heights[0] >= 0.03 && heights[count - 1] <= 0.1);
    const gaps = heights.slice(1).map((height, i) => height - heights[i]);
    // Multiples of the golden ratio leave gaps of at most 1.9 times the mean.
    assert.ok(Math.max(...gaps) < 2 * 0.07 / count, `${gaps}`);
  }
  const speeds = Array.from({ length: 50 }, (_, index) => drawStep(4, index).speed);
  assert.ok(
    Math.min(...speeds) >= 5 && Math.min(...speeds) < 7 && Math.max(...speeds) <= 20 &&
      Math.max(...speeds) > 18,
  );
});

Deno.test("stepName() gives the parameters and the refinement of the mesh", () => {
  const parameters = { speed: 18.833, stepHeight: 0.0384 };
  assert.equal(stepName(parameters), "step3D_kEps_18.833_0.0384");
  assert.equal(stepName(parameters, 1.5), "step3D_kEps_18.833_0.0384_fine");
  for (const refinement of [0.5, 1, 1.5]) {
    assert.deepEqual(parseStepName(stepName(parameters, refinement)), parameters);
  }
  for (
    const name of ["step3D_kEps_0_0.05", "step3D_kEps_12_0.3", "step3D_kEps_12", "kEps_12_0.05"]
  ) {
    assert.throws(() => parseStepName(name), {
      name: "UserError",
      message: /^Cannot read case .* such as /,
    });
  }
});
