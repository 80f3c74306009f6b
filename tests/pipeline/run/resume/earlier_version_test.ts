import assert from "node:assert/strict";
import { join } from "node:path";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { overrideOptions } from "../../../../pipeline/engine/definition/override_options.ts";
import type { RunStart } from "../../../../pipeline/run/resume/starting_point.ts";
import { runPipeline } from "../../../../pipeline/run/run_pipeline.ts";
import { readCheckpoint } from "../../../../pipeline/training/checkpoint_file.ts";
import { listCheckpoints } from "../../../../pipeline/training/checkpoints.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { stopAfter } from "./stopped_run.ts";

/** A run that an earlier version stopped after 4 of 6 steps, when some stages had other names. */
const FIXTURES = "tests/fixtures/checkpoints";

/** Puts the stopped run into a directory. @returns Its pipeline and the path of its checkpoint */
async function writeStoppedRun(directory: string) {
  const checkpoints = join(directory, "checkpoints");
  await Deno.mkdir(checkpoints, { recursive: true });
  const path = join(checkpoints, "model-00000004.safetensors");
  await Deno.copyFile(`${FIXTURES}/step3d.safetensors`, path);
  await Deno.copyFile(`${FIXTURES}/step3d.json`, join(checkpoints, "pipeline.json"));
  const spec: PipelineSpec = JSON.parse(await Deno.readTextFile(`${FIXTURES}/step3d.json`));
  return { spec, path };
}

/**
 * The pipeline with the current name of the stage that measures. Its 60 nodes are too sparse for
 * the radius, which was no error then.
 */
function renamed({ stages, ...spec }: PipelineSpec): PipelineSpec {
  assert.equal(stages.report.run, "report");
  const current = { ...stages, report: { ...stages.report, run: "evaluate" } };
  return overrideOptions({ ...spec, stages: current }, [
    "stages.graphs.with.allowDisconnected=true",
  ]);
}

Deno.test("runPipeline() resumes from a checkpoint of an earlier version", () =>
  inTemporaryDirectory(async (directory) => {
    const { spec, path } = await writeStoppedRun(directory);
    const { losses } = await readCheckpoint(path);
    const starts: RunStart[] = [];
    await stopAfter(6, renamed(spec), {
      directory,
      resume: true,
      checkpointEvery: { steps: 1 },
      onStart: (start) => starts.push(start),
    });
    const [{ trainings, warnings }] = starts;
    assert.deepEqual(trainings, [{ stage: "model", path, step: 4, steps: 6 }]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /code has changed since checkpoint ".*" \(.*stage "model".*\)/);
    const [latest] = await listCheckpoints(join(directory, "checkpoints"));
    assert.ok(latest.step > 4);
    const resumed = await readCheckpoint(latest.path);
    assert.equal(resumed.losses.length, latest.step);
    assert.deepEqual(resumed.losses.slice(0, 4), losses);
  }));

Deno.test("runPipeline() names the option in which an earlier checkpoint differs", () =>
  inTemporaryDirectory(async (directory) => {
    const { spec, path } = await writeStoppedRun(directory);
    const changed = overrideOptions(renamed(spec), ["stages.model.with.hops=2"]);
    await assert.rejects(runPipeline(changed, { directory, resume: true }), (error: Error) => {
      assert.equal(error.name, "UserError");
      assert.ok(error.message.includes(path), error.message);
      assert.ok(error.message.includes("stages.model.with.hops was 1 and is now 2"), error.message);
      return true;
    });
  }));
