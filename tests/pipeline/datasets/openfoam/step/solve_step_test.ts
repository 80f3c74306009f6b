import assert from "node:assert/strict";
import { openStep3d } from "../../../../../pipeline/datasets/flows/step3d_data.ts";
import { generateCases } from "../../../../../pipeline/datasets/openfoam/generate_cases.ts";
import { stepManifest } from "../../../../../pipeline/datasets/openfoam/manifest.ts";
import { stepFlow } from "../../../../../pipeline/datasets/openfoam/step/solve_step.ts";
import { inTemporaryDirectory } from "../../../../support/temporary_directory.ts";
import { withoutOpenFoam } from "../openfoam_installed.ts";

const parameters = { speed: 12, stepHeight: 0.05 };

Deno.test({
  name: "stepFlow() solves a coarse case with OpenFOAM into what the reader of steps takes " +
    "(skipped without OpenFOAM)",
  ignore: withoutOpenFoam,
  async fn() {
    await inTemporaryDirectory(async (folder) => {
      const [record] = await generateCases(folder, [stepFlow(parameters, 0.4)], stepManifest);
      assert.equal(record.accepted, true, record.reason);
      // Measured: 6 to 8 heights; k-epsilon and coarse meshes give less.
      const attached = Number(record.reattachment_over_h);
      assert.ok(attached > 3 && attached < 8, `${attached}`);
      const { position, fields: { velocity, inletSpeed } } = await (await openStep3d(folder)).read(
        0,
      );
      // The outlet is higher than the inlet by a third; boundary layers make up for some of it.
      assert.equal(inletSpeed[0], 12);
      const outlet = Array.from(velocity).filter((_, i) =>
        i % 3 === 0 && position[i] === Math.fround(1.6)
      );
      assert.ok(
        Math.max(...outlet) > 12 * 0.75 && Math.max(...outlet) < 12 * 1.2,
        `${Math.max(...outlet)}`,
      );
      assert.ok(
        Math.min(...Array.from(velocity).filter((_, i) => i % 3 === 0)) < -1,
        "the flow behind the step is reversed",
      );
    });
  },
});

Deno.test({
  name: "stepFlow() rejects a flow whose residuals are too large (skipped without OpenFOAM)",
  ignore: withoutOpenFoam,
  async fn() {
    await inTemporaryDirectory(async (folder) => {
      const [record] = await generateCases(folder, [stepFlow(parameters, 0.25, 10)], stepManifest);
      assert.deepEqual(
        [record.accepted, record.converged, record.reason],
        [false, false, "residuals are too large after 10 iterations"],
      );
    });
  },
});
