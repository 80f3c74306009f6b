import assert from "node:assert/strict";
import { DARCY } from "../../../../mod.ts";
import { readYamlBatch } from "../../../../pipeline/experiments/batch/batch_file.ts";
import jobs from "../../../../scripts/examples/jobs.ts";
import { PIPELINE_FILE, plannedList, plannedYaml } from "./planned_batch.ts";

Deno.test("planJobs() sets options in the order preset, defaults, network, job, grid", async () => {
  const [gcn, wide, eight] = await plannedYaml(`
defaults:
  preset: darcy
  set: { stages.model.with.width: 16, stages.model.with.hops: 3 }
jobs:
  - { name: gcn, network: gcn, device: cpu, seed: 4, store: mine.zarr }
  - name: wide
    network: gcn
    set: { stages.model.with.width: 12 }
    grid: { stages.model.with.hops: [5] }
  - { name: eight, network: ds8 }
`);
  const { ranks, with: options } = gcn.spec.stages.model;
  assert.equal(ranks, 1);
  assert.deepEqual([options?.network, options?.width, options?.hops, options?.device], [
    "gcn",
    378,
    3,
    "cpu",
  ]);
  assert.deepEqual(
    [gcn, eight].map((
      { spec },
    ) => [spec.stages.graphs.with?.radius, spec.stages.testGraphs.with?.radius]),
    // Undefined: inherited from the training.
    [[0.08, 0.08], [0.2, undefined]],
  );
  assert.deepEqual([gcn.network, gcn.seed, options?.seed], ["GCN", 4, 4]);
  assert.equal(gcn.spec.stages.meshes.with?.store, "mine.zarr");
  const { width, hops } = wide.spec.stages.model.with!;
  assert.deepEqual([width, hops], [12, 5]);
  assert.deepEqual([eight.network, eight.spec.stages.model.ranks], ["DS-MPNN_8", 8]);
  assert.equal(eight.spec.stages.subdomains.with?.parts, 8);
});

Deno.test("planJobs() starts a job from the job of a grid with the same values", async () => {
  const planned = await plannedList(
    { name: "base", preset: "darcy", grid: { network: ["s", "ds2"], seed: [0, 1] } },
    { name: "same", preset: "darcy", network: "ds2", init_from: "base", grid: { seed: [0, 1] } },
    { name: "named", preset: "darcy", init_from: "base-s-seed1", seed: 7 },
    { name: "again", preset: "darcy", init_from: "same-seed0" },
    { name: "afresh", preset: "darcy" },
  );
  const starts = planned.slice(4).map((
    { after, spec },
  ) => [after, spec.stages.model.with?.initFrom]);
  assert.deepEqual(starts, [
    ["base-ds2-seed0", "out/base-ds2-seed0/model.safetensors"],
    ["base-ds2-seed1", "out/base-ds2-seed1/model.safetensors"],
    ["base-s-seed1", "out/base-s-seed1/model.safetensors"],
    ["same-seed0", "out/same-seed0/model.safetensors"],
    [undefined, undefined],
  ]);
});

Deno.test("planJobs() accepts a model file, and a pipeline file with its base", async () => {
  const file = await Deno.makeTempFile();
  try {
    const [job] = await plannedList({ name: "a", pipeline: PIPELINE_FILE, init_from: file });
    assert.deepEqual([job.after, job.spec.stages.model.with?.initFrom], [undefined, file]);
    assert.equal(job.base, new URL(`file://${Deno.cwd()}/`).href);
    assert.equal(job.data, undefined);
    assert.deepEqual([job.network, job.seed], ["DS-MPNN_2", DARCY.defaults.seed]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("planJobs() accepts the examples of jobs", async () => {
  const text = await Deno.readTextFile(
    new URL("../../../../scripts/examples/jobs.yaml", import.meta.url),
  );
  const { batch } = await readYamlBatch("jobs.yaml", text);
  assert.equal(batch.out, "out/jobs");
  const listed = await plannedYaml(text);
  assert.equal(listed.length, 12);
  assert.equal(listed[11].after, "nets-ds2-seed1");
  assert.deepEqual((await plannedList(...jobs())).map(({ name }) => name), [
    ...[2, 4, 8].flatMap((hops) => [0, 1].map((seed) => `hops${hops}-seed${seed}`)),
  ]);
});
