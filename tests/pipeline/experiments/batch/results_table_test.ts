import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeUntrustedRecordBatches } from "../../../../io/record_batch.ts";
import { parseCsv } from "../../../../io/tables/csv.ts";
import { whileLocked } from "../../../../pipeline/experiments/batch/batch_lock.ts";
import { jobDirectory, writeFailure } from "../../../../pipeline/experiments/batch/job_results.ts";
import { writeFigures } from "../../../../pipeline/experiments/batch/job_figures.ts";
import type { PlannedJob } from "../../../../pipeline/experiments/batch/planned_job.ts";
import { writeResults } from "../../../../pipeline/experiments/batch/results_table.ts";
import { namesIn } from "../../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { plannedYaml } from "./planned_batch.ts";

const signal = new AbortController().signal;

/** Leaves the figures of a finished job. */
async function finish(
  job: PlannedJob,
  directory: string,
  loss: number,
  runSteps = 10,
): Promise<void> {
  await writeFigures(jobDirectory(directory, job), {
    spec: job.spec,
    identity: { pipeline: {}, data: {}, code: {}, versions: {} },
    summary: {
      steps: 10,
      runSteps,
      loss,
      rmse: loss / 2,
      normalisedRmse: loss / 3,
      relativeL2: loss / 4,
    },
    seconds: 1.5,
    peakBytes: 2e8,
    stages: {},
  });
}

Deno.test("writeResults() has a row for every job that has ended, in CSV and in Arrow", () =>
  inTemporaryDirectory(async (directory) => {
    const jobs = await plannedYaml(`
defaults: { preset: darcy, network: s, set: { stages.graphs.with.epochs: 3 } }
jobs:
  - { name: hops, grid: { stages.model.with.hops: [2, 6], seed: [0] } }
  - { name: wide, set: { "stages.model.with.kernelHidden": [8, 8] } }
  - { name: gcn, network: gcn }
  - { name: never }
`);
    const [two, six, wide, gcn] = jobs;
    await finish(two, directory, 0.5);
    await finish(six, directory, 0.1, 4);
    await writeFailure(wide, directory, 'it said "no", and\nwent');
    await finish(gcn, directory, 0.25);
    const results = await writeResults(jobs, directory, signal);
    assert.deepEqual(results.map(({ state }) => state), ["done", "resumed", "failed", "done"]);

    const csv = parseCsv(await Deno.readTextFile(join(directory, "results.csv")));
    // Options that all jobs share have no column; values of the preset fill in for those not set.
    assert.deepEqual([...csv.keys()], [
      "job",
      "network",
      "seed",
      "stages.model.with.hops",
      "stages.model.with.kernelHidden",
      "state",
      "steps",
      "loss",
      "rmse",
      "normalisedRmse",
      "relativeL2",
      "seconds",
      "peakBytes",
      "reason",
      "directory",
    ]);
    assert.deepEqual(csv.get("job"), ["hops-hops2-seed0", "hops-hops6-seed0", "wide", "gcn"]);
    assert.deepEqual(csv.get("network"), ["S-MPNN", "S-MPNN", "S-MPNN", "GCN"]);
    assert.deepEqual(csv.get("stages.model.with.hops"), ["2", "6", "4", "4"]);
    assert.deepEqual(csv.get("stages.model.with.kernelHidden"), [
      "[32,32]",
      "[32,32]",
      "[8,8]",
      "[32,32]",
    ]);
    assert.deepEqual(csv.get("loss"), ["0.5", "0.1", "", "0.25"]);
    assert.deepEqual(csv.get("reason"), ["", "", 'it said "no", and\nwent', ""]);
    assert.deepEqual(csv.get("directory")?.[3], join(directory, "gcn"));

    const [arrow] = decodeUntrustedRecordBatches(
      await Deno.readFile(join(directory, "results.arrow")),
    );
    assert.deepEqual(Object.keys(arrow.schema.columns), [...csv.keys()]);
    for (const [name, texts] of csv) {
      for (const [row, text] of texts.entries()) {
        const value = arrow.row(row)[name];
        assert.deepEqual(
          value,
          typeof value === "number" ? (text === "" ? NaN : Number(text)) : text,
          name,
        );
      }
    }
  }));

Deno.test("writeResults() leaves out jobs whose pipeline has changed", () =>
  inTemporaryDirectory(async (directory) => {
    const [before] = await plannedYaml("jobs: [{ name: a, preset: darcy }]");
    await finish(before, directory, 0.5);
    const changed = await plannedYaml("jobs: [{ name: a, preset: darcy, seed: 3 }]");
    assert.deepEqual(await writeResults(changed, directory, signal), []);
    assert.equal((await writeResults([before], directory, signal)).length, 1);
  }));

Deno.test("writeResults() waits for other processes, then includes their jobs", () =>
  inTemporaryDirectory(async (directory) => {
    const [first, second] = await plannedYaml(
      "jobs: [{ name: a, preset: darcy, grid: { seed: [0, 1] } }]",
    );
    await finish(first, directory, 0.5);
    const { writing } = await whileLocked(directory, signal, async () => {
      const writing = writeResults([first, second], directory, signal);
      // Long enough to write without waiting: a table without the second job would then replace
      // one with it.
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.ok(!(await namesIn(directory)).includes("results.csv"));
      await finish(second, directory, 0.25);
      return { writing };
    });
    assert.deepEqual((await writing).map(({ summary }) => summary.loss), [0.5, 0.25]);
    assert.deepEqual(await namesIn(directory), [
      "a-seed0",
      "a-seed1",
      "lock",
      "results.arrow",
      "results.csv",
    ]);
  }));

Deno.test("writeResults() leaves a complete table at any time and never loses a row", () =>
  inTemporaryDirectory(async (directory) => {
    const jobs = await plannedYaml(
      "jobs: [{ name: a, preset: darcy, grid: { seed: [0, 1, 2, 3, 4, 5, 6, 7] } }]",
    );
    const rowsNow = async () =>
      parseCsv(await Deno.readTextFile(join(directory, "results.csv"))).get("job")!.length;
    await writeResults(jobs, directory, signal);
    let isOver = false;
    const read = async () => {
      for (let least = 0; !isOver;) {
        const rows = await rowsNow();
        assert.ok(rows >= least, `${rows} rows after ${least}`);
        least = rows;
      }
    };
    const reader = read();
    await Promise.all(jobs.map(async (job, k) => {
      await finish(job, directory, k);
      await writeResults(jobs, directory, signal);
    }));
    isOver = true;
    await reader;
    assert.equal(await rowsNow(), jobs.length);
  }));
