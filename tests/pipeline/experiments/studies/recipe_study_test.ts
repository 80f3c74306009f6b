import assert from "node:assert/strict";
import { join } from "node:path";
import { createMeshStore, openMeshStore } from "../../../../io/mesh_store.ts";
import type { FinishedJob } from "../../../../pipeline/experiments/batch/job_results.ts";
import { recipeStudy } from "../../../../pipeline/experiments/studies/recipe_study.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { smallChoice } from "./finished_study.ts";

const PIECES = {
  "root weight": ["stages.model.with.rootWeight=false"],
  covers: ["stages.testGraphs.with.rounds=1"],
};

async function choiceIn(directory: string) {
  const choice = await smallChoice(directory);
  return { ...choice, tests: undefined, preset: { ...choice.preset, pieces: PIECES } };
}

/** A run with a given error; that of field u is twice as large. */
function finishedJob(error: number): FinishedJob {
  const figuresOf = (mean: number) => ({ relativeL2: { mean, worst: 2 * mean } });
  const fields = { u: figuresOf(2 * error), v: figuresOf(error) };
  const metrics = [{ method: "network", metrics: { ...figuresOf(error), fields } }];
  const figures = { stepSeconds: 0.1, seconds: 20 };
  return { figures, measurements: { metrics } } as unknown as FinishedJob;
}

/** Writes a copy of a store whose splits differ. */
async function withSplits(path: string, splits: Record<string, number[]>): Promise<string> {
  const store = await openMeshStore(path);
  const copy = join(path, "..", "copy.zarr");
  const writer = await createMeshStore(copy, { ...store.attributes, splits }, {
    overwrite: true,
  });
  for (let k = 0; k < store.sampleCount; k++) await writer.add(await store.read(k));
  await writer.close();
  return copy;
}

Deno.test("recipeStudy() takes out one piece at a time and holds out training cases", () =>
  inTemporaryDirectory(async (directory) => {
    const choice = await choiceIn(directory);
    const store = await withSplits(choice.choice.store, { train: [0, 1, 2], test: [3] });
    const held = { ...choice, choice: { ...choice.choice, ranks: 1, store } };
    const study = await recipeStudy(held, { seedCount: 2, foldCount: 5 });
    const { ids } = (await openMeshStore(store)).attributes;
    const names = ["complete", "without-root-weight", "without-covers", "paper"];
    assert.deepEqual(
      study.jobs.map(({ name }) => name),
      names.flatMap((name) => [`${name}-seed-0`, `${name}-seed-1`]),
    );
    for (const [k, { spec: { stages } }] of study.jobs.entries()) {
      const fold = [ids[k % 2]];
      assert.deepEqual(stages.meshes.with?.except, fold);
      const { split, only } = stages.tests.with as Record<string, unknown>;
      assert.deepEqual([split, only], ["train", fold]);
      const isWithout = k >= 6 || k === 2 || k === 3;
      assert.equal(stages.model.with?.rootWeight, !isWithout);
    }
    const finished = [0.02, 0.04, 0.03, 0.08, 0.02, 0.04, 0.05, 0.05].map(finishedJob);
    const { rows, finding, notes } = await study.report(finished, "deno task study recipe");
    const near = (value: unknown, expected: number) =>
      assert.ok(Math.abs(Number(value) - expected) < 1e-12, `${value} for ${expected}`);
    const [complete, without, , paper] = rows;
    near(complete.relativeL2, 0.03);
    near(complete.spread, Math.SQRT2 / 100);
    near(complete.change, 1);
    near(without.change, (0.03 / 0.02 + 0.08 / 0.04) / 2);
    near(without["field:u"], 0.11);
    near(paper.spread, 0);
    assert.match(
      finding,
      /recipe has .* 3\.0.%.* form 5\.0.%.* "without root weight", which has 5/,
    );
    assert.match(notes[0], /one of 3 groups of training cases/);
  }));

Deno.test("recipeStudy() chooses on the validation split, and needs samples to hold out", () =>
  inTemporaryDirectory(async (directory) => {
    const choice = await choiceIn(directory);
    const grid = { seedCount: 1, foldCount: 4 };
    const planned = async (splits: Record<string, number[]>) => {
      const store = await withSplits(choice.choice.store, splits);
      return await recipeStudy({ ...choice, choice: { ...choice.choice, store } }, grid);
    };
    const { jobs } = await planned({ train: [0, 1], validation: [2], test: [3] });
    for (const { spec: { stages } } of jobs) {
      assert.equal(stages.tests.with?.split, "validation");
      assert.equal(stages.meshes.with?.except, undefined);
    }
    await assert.rejects(planned({ train: [0], test: [3] }), {
      name: "UserError",
      message: /^Cannot study recipe on ".*": .* two training cases, received 1 training case$/,
    });
    const none = { ...choice, preset: { ...choice.preset, pieces: {} } };
    await assert.rejects(recipeStudy(none, grid), /^UserError: Cannot study recipe "darcy"/);
  }));
