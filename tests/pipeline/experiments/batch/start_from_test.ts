import assert from "node:assert/strict";
import { join } from "node:path";
import { runPipeline } from "../../../../pipeline/run/run_pipeline.ts";
import { readModelFile } from "../../../../pipeline/training/model_file.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { preset, writeStore } from "../../run/resume/stopped_run.ts";

Deno.test("initFrom starts from the parameters and the normalisation of a model", () =>
  inTemporaryDirectory(async (directory) => {
    const store = await writeStore(directory);
    const [first, second, again] = ["first", "second", "again"].map((name) =>
      join(directory, name)
    );
    const once = "stages.graphs.with.epochs=1";
    await runPipeline(preset(store, 1, [once]), { directory: first });
    const initFrom = join(first, "model.safetensors");
    // Other data, and a rate at which a step is lost in rounding.
    const other = await writeStore(join(directory, "other"), 2);
    const still = [
      once,
      "stages.model.with.learningRate=1e-30",
      `stages.model.with.initFrom="${initFrom}"`,
    ];
    await runPipeline(preset(other, 1, still), { directory: second });
    const [expected, { model }] = await Promise.all(
      [first, second].map((run) => readModelFile(join(run, "model.safetensors"))),
    );
    assert.deepEqual(model.parameters, expected.model.parameters);
    assert.deepEqual(model.normalisation, expected.model.normalisation);
    const wider = [`stages.model.with.initFrom="${initFrom}"`, "stages.model.with.width=9"];
    await assert.rejects(runPipeline(preset(store, 1, wider), { directory: again }), {
      name: "PipelineError",
      message: /cannot start from ".*width must be that of the training, 9.* 8; train the same /,
    });
  }));
