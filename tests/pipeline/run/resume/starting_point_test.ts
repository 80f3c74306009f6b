import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { overrideOptions } from "../../../../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { resolvedPipeline } from "../../../../pipeline/run/identity/pipeline_identity.ts";
import { resumedStart, type RunStart } from "../../../../pipeline/run/resume/starting_point.ts";
import { writeCheckpoint } from "../../../../pipeline/training/checkpoint_file.ts";
import { STAGES } from "../../../../pipeline/stages/registry.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { smallPipeline } from "../../../scripts/small_darcy.ts";
import { checkpointOf } from "../../stages/small_checkpoint.ts";
import { validPipeline } from "../../../../pipeline/run/valid_pipeline.ts";

const sources = { registry: STAGES };
const spec = smallPipeline("darcy.zarr", 2);
const others = [
  "stages.model.with.hops=1",
  "stages.meshes.with.limit=3",
  "stages.graphs.with.epochs=2",
].map((
  change,
) => overrideOptions(spec, [change]));
/** The same numbers, elsewhere. */
const elsewhere = overrideOptions(spec, ["stages.model.ranks=1", "stages.subdomains.with.parts=1"]);

async function identityOf(pipeline: PipelineSpec) {
  const complete = await validPipeline(pipeline, sources);
  const resolved = resolvedPipeline(complete.spec, complete.pipeline);
  return { pipeline: resolved, data: {}, code: {}, versions: {} };
}

/** Where a run of a pipeline would start. */
async function startOf(pipeline: PipelineSpec, directory: string): Promise<RunStart> {
  return await resumedStart(directory, await identityOf(pipeline), sources);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(value));
}

Deno.test(
  "resumedStart() is finished if and only if the results are of the same pipeline",
  () =>
    inTemporaryDirectory(async (directory) => {
      assert.equal((await startOf(spec, directory)).state, "afresh");
      await writeJson(join(directory, "pipeline.json"), spec);
      for (const same of [spec, elsewhere]) {
        assert.equal((await startOf(same, directory)).state, "finished");
      }
      for (const other of others) assert.equal((await startOf(other, directory)).state, "afresh");
      await Deno.writeTextFile(join(directory, "pipeline.json"), "{");
      assert.equal((await startOf(spec, directory)).state, "afresh");
    }),
);

Deno.test(
  "resumedStart() resumes from checkpoints next to results of the same pipeline or another",
  () =>
    inTemporaryDirectory(async (directory) => {
      const checkpoints = join(directory, "checkpoints");
      await writeJson(join(checkpoints, "pipeline.json"), spec);
      const path = join(checkpoints, "model-00000003.safetensors");
      await writeCheckpoint(path, { ...checkpointOf(3), run: await identityOf(spec) });
      for (const results of [spec, others[0]]) {
        await writeJson(join(directory, "pipeline.json"), results);
        const { state, trainings } = await startOf(spec, directory);
        assert.deepEqual([state, trainings.map(({ step }) => step)], ["resumed", [3]]);
      }
      await assert.rejects(startOf(others[1], directory), {
        message: /^Cannot resume from ".*": /,
      });
    }),
);
