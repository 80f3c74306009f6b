import assert from "node:assert/strict";
import { generateDarcyStore } from "../../../../pipeline/datasets/darcy/darcy_store.ts";
import { CodeHasher } from "../../../../pipeline/engine/definition/code_hash.ts";
import { removeFigures } from "../../../../pipeline/experiments/batch/job_figures.ts";
import {
  earlierJob,
  jobDirectory,
  readFinishedJob,
} from "../../../../pipeline/experiments/batch/job_results.ts";
import type { PlannedJob } from "../../../../pipeline/experiments/batch/planned_job.ts";
import { runPlannedJob } from "../../../../pipeline/experiments/batch/run_planned_job.ts";
import {
  inDirectory,
  RESOLUTION,
  smallPipeline,
  writeSmallStore,
} from "../../../scripts/small_darcy.ts";

Deno.test("runPlannedJob() leaves figures, and earlierJob() recognises only the same run", () =>
  inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const plan = (...changes: readonly string[]): PlannedJob => ({
      name: "job",
      title: "Job",
      spec: smallPipeline(store, 2, changes),
    });
    const job = plan();
    const folder = jobDirectory(directory, job);
    const state = async (job: PlannedJob) => await earlierJob(job, directory, new CodeHasher());
    assert.deepEqual(await state(job), { isDone: false, warnings: [] });

    await runPlannedJob(job, folder);
    const { figures, measurements } = (await readFinishedJob(job, directory))!;
    assert.equal(measurements?.lossCurve.length, 5);
    assert.ok(figures.peakBytes > 5e7, `${figures.peakBytes}`);
    assert.ok(figures.stepSeconds! > 0 && figures.stepSeconds! < figures.seconds);
    assert.ok(figures.stages.model.ranks[1].peerBytes > 0);
    assert.deepEqual([figures.summary.steps, figures.summary.runSteps], [5, 5]);
    assert.deepEqual(await state(job), { isDone: true, warnings: [] });

    for (
      const [changed, reason] of [
        [plan("stages.graphs.with.epochs=2"), /stages\.graphs\.with\.epochs was 1 and is now 2/],
        [plan("stages.subdomains.with.parts=1", "stages.model.ranks=1"), /its ranks or its device/],
      ] as const
    ) {
      const { isDone, warnings } = await state(changed);
      assert.ok(!isDone);
      assert.match(warnings[0], reason);
      assert.equal(await readFinishedJob(changed, directory), undefined);
    }

    // The data may change while its path stays.
    await generateDarcyStore(store, { count: 8, resolution: RESOLUTION, seed: 2, overwrite: true });
    const { isDone, warnings } = await state(job);
    assert.ok(!isDone);
    assert.match(warnings[0], /the data of .* have changed/);

    // A process that was killed leaves no figures.
    await removeFigures(folder);
    assert.deepEqual(await state(job), { isDone: false, warnings: [] });
  }));
