/** Warnings of a loaded model about meshes unlike those of its training. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { loadModel } from "../../../pipeline/prediction/model.ts";
import { readModelFile, writeModelFile } from "../../../pipeline/training/model_file.ts";
import { NO_RANGE } from "../../../pipeline/training/range_of_fields.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const OLD_MODEL = "tests/fixtures/models/darcy.safetensors";

/** Nodes on a line with a spacing and one coefficient. */
function lineOf(spacing: number, coefficient: number) {
  return {
    position: Float64Array.from({ length: 8 }, (_, k) => k % 2 === 0 ? k / 2 * spacing : 0.5),
    inputs: { coefficient: new Float32Array(4).fill(coefficient) },
  };
}

Deno.test("Model.predict() reports inputs and spacings outside the training", async () => {
  await inTemporaryDirectory(async (directory) => {
    const file = join(directory, "model.safetensors");
    const { model } = await readModelFile(OLD_MODEL);
    const spacing: [number, number] = [0.05, 0.2];
    const range = { inputMin: [0, 0, 3], inputMax: [1, 1, 12], spacing };
    await writeModelFile(file, { ...model, range }, {});
    using loaded = await loadModel(file, { device: "cpu" });
    assert.deepEqual(loaded.range, range);
    const warningsOf = async (mesh: ReturnType<typeof lineOf>) => {
      const warnings: string[] = [];
      await loaded.predict(mesh, { onWarning: (sentence) => warnings.push(sentence) });
      return warnings;
    };
    assert.deepEqual(await warningsOf(lineOf(0.1, 12)), []);
    assert.deepEqual(loaded.outsideRange(lineOf(0.1, 12)), []);

    const [coefficient, ...others] = await warningsOf(lineOf(0.1, 30));
    assert.match(coefficient, /^coefficient is outside .* 3\.00 to 12\.0 at 100.% .* 30\.0 \(/);
    assert.deepEqual(others, []);
    const [excess] = loaded.outsideRange(lineOf(0.1, 30));
    const { inputScale } = model.normalisation;
    assert.deepEqual([excess.share, excess.worst, excess.deviations], [1, 30, 18 / inputScale[2]]);

    const [fine] = await warningsOf(lineOf(0.01, 5));
    assert.match(fine, /^spacing is outside .* 0\.0500 to 0\.200 at 100.% of the nodes/);
  });
});

Deno.test("A model without a range predicts, and reports that once", async () => {
  using model = await loadModel(OLD_MODEL, { device: "cpu" });
  const warnings: string[] = [];
  const onWarning = (sentence: string) => warnings.push(sentence);
  for (let k = 0; k < 2; k++) await model.predict(lineOf(0.1, 900), { onWarning });
  assert.deepEqual(warnings, [NO_RANGE]);
  assert.equal(model.range, undefined);
  assert.deepEqual(model.outsideRange(lineOf(0.1, 900)), []);
});
