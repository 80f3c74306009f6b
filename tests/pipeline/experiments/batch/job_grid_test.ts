import assert from "node:assert/strict";
import fc from "fast-check";
import { BatchProblems } from "../../../../pipeline/experiments/batch/batch_problems.ts";
import { type ExpandedJob, expandJobs } from "../../../../pipeline/experiments/batch/job_grid.ts";
import type { Batch } from "../../../../pipeline/experiments/batch/job.ts";

/** The jobs of a batch without problems. */
function jobsOf(batch: Batch): readonly ExpandedJob[] {
  const problems = new BatchProblems("jobs.yaml", (path) => ({ text: path.join("."), order: 0 }));
  const jobs = expandJobs(batch, problems);
  problems.throwIfAny();
  return jobs;
}

function namesOf(batch: Batch): readonly string[] {
  return jobsOf(batch).map(({ name }) => name);
}

Deno.test("expandJobs() yields every combination once, with the first key slowest", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
  fc.assert(fc.property(lengths, (lengths) => {
    const keys = lengths.map((_, axis) => `stages.model.with.option${axis}`);
    const grid = Object.fromEntries(
      keys.map((key, axis) => [key, Array.from({ length: lengths[axis] }, (_, k) => 10 * k)]),
    );
    const jobs = jobsOf({ jobs: [{ name: "a", preset: "darcy", grid }] });
    assert.equal(jobs.length, lengths.reduce((product, length) => product * length, 1));
    for (const [k, job] of jobs.entries()) {
      // The digits of k to mixed bases.
      let stride = jobs.length;
      const digits = lengths.map((length) => Math.floor(k / (stride /= length)) % length);
      assert.deepEqual([...job.varied.values()], digits.map((digit) => 10 * digit));
      assert.deepEqual(job.own.map(({ path, value }) => [path, value]), [...job.varied]);
      assert.equal(
        job.name,
        ["a", ...digits.map((digit, axis) => `option${axis}${10 * digit}`)].join("-"),
      );
    }
  }));
});

Deno.test("expandJobs() appends all values of the grid to the name", () => {
  const name = "a";
  assert.deepEqual(namesOf({ jobs: [{ name }] }), ["a"]);
  const grid = { network: ["s", "ds2"], seed: [0], store: ["data/coarse.zarr", "/mnt/fine.zarr"] };
  assert.deepEqual(namesOf({ jobs: [{ name, grid }] }), [
    "a-s-seed0-coarse",
    "a-s-seed0-fine",
    "a-ds2-seed0-coarse",
    "a-ds2-seed0-fine",
  ]);
  const options = {
    "stages.graphs.with.nodes": [400],
    "stages.testGraphs.with.nodes": [1.5e-3],
    "stages.model.with.kernelHidden": [[64, 64], []],
    "stages.model.with.residual": [true],
  };
  assert.deepEqual(namesOf({ jobs: [{ name, grid: options }] }), [
    "a-graphs.nodes400-testGraphs.nodes0.0015-kernelHidden64-64-residualtrue",
    "a-graphs.nodes400-testGraphs.nodes0.0015-kernelHidden-residualtrue",
  ]);
  // Files of the same name are distinguished by their folders.
  const models = ["out/a/model.safetensors", "out/b/model.safetensors"];
  assert.deepEqual(namesOf({ jobs: [{ name, grid: { init_from: models } }] }), [
    "a-out-a-model.safetensors",
    "a-out-b-model.safetensors",
  ]);
});

Deno.test("expandJobs() prefers settings of the job to the defaults, and its grid to both", () => {
  const [job, other] = jobsOf({
    defaults: {
      preset: "darcy",
      network: "s",
      seed: 1,
      retries: 5,
      set: { "stages.model.with.hops": 2 },
    },
    jobs: [
      { name: "a", network: "gcn", set: { "stages.model.with.width": 8 }, grid: { seed: [7] } },
      { name: "b", pipeline: "./mine.ts" },
    ],
  });
  assert.deepEqual(job.settings, { preset: "darcy", network: "gcn", seed: 7, retries: 5 });
  assert.deepEqual([...job.common, ...job.own].map(({ path, value }) => [path, value]), [
    ["stages.model.with.hops", 2],
    ["stages.model.with.width", 8],
  ]);
  assert.deepEqual(job.places.get("seed"), ["jobs", 0, "grid", "seed", 0]);
  assert.deepEqual(job.places.get("network"), ["jobs", 0, "network"]);
  assert.deepEqual(job.places.get("retries"), ["defaults", "retries"]);
  // A job with a pipeline file ignores the preset of the defaults.
  assert.deepEqual(other.settings, { pipeline: "./mine.ts", retries: 5 });
});

Deno.test("expandJobs() refuses two jobs in one directory, and too large grids", () => {
  const refusals = [
    [{ jobs: [{ name: "a", grid: { seed: [1, 1] } }] }, /two jobs of the name "a-seed1"/],
    [
      { jobs: [{ name: "a-seed1" }, { name: "a", grid: { seed: [1] } }] },
      /two jobs of the name "a-seed1"/,
    ],
    // On file systems that ignore case.
    [
      { jobs: [{ name: "A" }, { name: "a" }] },
      /two jobs of the name "a": .* the other is at jobs\.0\.name/,
    ],
    [
      { jobs: [{ name: "results.csv" }] },
      /name a job "results\.csv": the batch has a file of that name/,
    ],
    [{ jobs: [{ name: "a".repeat(201) }] }, /at most 200 characters, but has 201/],
    [
      {
        jobs: [{
          name: "a",
          grid: Object.fromEntries(
            Array.from(
              { length: 9 },
              (_, k) => [`stages.a.with.o${k}`, Array.from({ length: 9 }, (_, i) => i)],
            ),
          ),
        }],
      },
      /at most 10,000 jobs, but with this entry has 387,420,489$/,
    ],
  ] as const;
  for (const [batch, message] of refusals) assert.throws(() => jobsOf(batch), message);
});
