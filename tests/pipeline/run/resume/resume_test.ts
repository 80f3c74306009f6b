/** Runs that are stopped and resumed from their checkpoints, in this process. @module */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";
import type { RunStart } from "../../../../pipeline/run/resume/starting_point.ts";
import { runPipeline } from "../../../../pipeline/run/run_pipeline.ts";
import { readCheckpoint, writeCheckpoint } from "../../../../pipeline/training/checkpoint_file.ts";
import { listCheckpoints } from "../../../../pipeline/training/checkpoints.ts";
import { LogReader } from "../../../../pipeline/monitoring/read_log.ts";
import { readModelFile } from "../../../../pipeline/training/model_file.ts";
import { namesIn } from "../../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { MESHES, modelBytes, preset, resume, STEPS, stopAfter, writeStore } from "./stopped_run.ts";

/** Relative difference of the losses on other ranks; rounding grows from step to step. */
const RANKS_LIMIT = 1e-4;

/** Where a resumed run would start; it does not run. */
async function startOf(spec: PipelineSpec, directory: string): Promise<RunStart> {
  let start: RunStart | undefined;
  const onStart = (where: RunStart) => {
    start = where;
    throw new Error("not run");
  };
  await assert.rejects(runPipeline(spec, { directory, resume: true, onStart }), (error: Error) => {
    if (start === undefined) throw error;
    return true;
  });
  return start!;
}

/** Runs a test on a stopped run and an uninterrupted one. */
function withStoppedRun(
  test: (
    runs: { directory: string; store: string; uninterrupted: string; stopped: string },
  ) => Promise<void>,
): Promise<void> {
  return inTemporaryDirectory(async (directory) => {
    const store = await writeStore(directory);
    const [uninterrupted, stopped] = ["uninterrupted", "stopped"].map((name) =>
      join(directory, name)
    );
    await runPipeline(preset(store), { directory: uninterrupted });
    await stopAfter(8, preset(store), { directory: stopped });
    await test({ directory, store, uninterrupted, stopped });
  });
}

Deno.test("runPipeline() resumes to the bits of an uninterrupted run", async (t) => {
  await withStoppedRun(async ({ directory, store, uninterrupted, stopped }) => {
    const checkpoints = join(stopped, "checkpoints");
    const places = await listCheckpoints(checkpoints);

    await t.step("whose last two checkpoints it finds", async () => {
      assert.equal(places.length, 2);
      assert.ok(places[0].step >= 8 && places[0].step < STEPS && places[1].step < places[0].step);
      assert.deepEqual(await namesIn(stopped), ["checkpoints", "log.jsonl", "pipeline.json"]);
      const { lines } = await new LogReader(join(stopped, "log.jsonl")).read();
      const end = lines.at(-1)!;
      assert.deepEqual([end.type, end.type === "end" && end.outcome], ["end", "stopped"]);
      const { progress } = await readCheckpoint(places[0].path);
      const { step, steps, epoch, ranks } = progress;
      assert.deepEqual([step, steps, ranks], [places[0].step, STEPS, 2]);
      assert.equal(epoch, Math.floor((step - 1) / MESHES));
    });

    await t.step("and a new run does not overwrite them", async () => {
      await assert.rejects(runPipeline(preset(store), { directory: stopped }), {
        name: "UserError",
        message: /^Cannot start a new run in ".*at step \d+ of "model".*--resume/,
      });
      assert.deepEqual(await listCheckpoints(checkpoints), places);
    });

    await t.step("refuses another pipeline and other data by their difference", async () => {
      const otherStore = await writeStore(join(directory, "other"), 2);
      const refused: [changes: readonly string[], differs: string][] = [
        [["stages.model.with.hops=1"], "stages.model.with.hops was 2 and is now 1"],
        [
          ["stages.model.with.seed=7", "stages.graphs.with.epochs=5"],
          "stages.graphs.with.epochs was 12 ",
        ],
        [["stages.model.with.clipNorm=2"], "stages.model.with.clipNorm was 1 and is now 2"],
        [[`stages.meshes.with.store=${otherStore}`], "stages.meshes.with.store was "],
      ];
      for (const [changes, differs] of refused) {
        const error = await failure(startOf(preset(store, 2, changes), stopped));
        assert.ok(
          error.startsWith(`Cannot resume from "${places[0].path}": `),
          error,
        );
        assert.ok(error.includes(differs) && !error.includes("\n"), error);
      }
      await Deno.rename(store, `${store}.saved`);
      await Deno.rename(otherStore, store);
      const error = await failure(startOf(preset(store), stopped));
      assert.match(error, /the data of stages\.meshes\.with\.store have changed/);
      await Deno.remove(store, { recursive: true });
      await Deno.rename(`${store}.saved`, store);
      assert.deepEqual(await listCheckpoints(checkpoints), places);
    });

    await t.step("on another number of ranks, to rounding, with its certificate", async () => {
      const other = join(directory, "other ranks");
      await copy(stopped, other);
      const { state } = await resume(preset(store, 3), other);
      assert.equal(state, "resumed");
      const [{ model }, expected] = await Promise.all(
        [other, uninterrupted].map((run) => readModelFile(join(run, "model.safetensors"))),
      );
      const { parameters } = expected.model;
      const largest = parameters.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      const error = model.parameters.reduce(
        (max, value, k) => Math.max(max, Math.abs(value - parameters[k])),
        0,
      );
      assert.ok(error / largest <= RANKS_LIMIT, `${error / largest}`);
      const { certify } = JSON.parse(await Deno.readTextFile(join(other, "metrics.json")));
      assert.equal(certify.ranks, 3);
    });

    await t.step(
      "skips a damaged checkpoint by name",
      async () => {
        const damaged = join(directory, "damaged");
        await copy(stopped, damaged);
        const [last, previous] = await listCheckpoints(join(damaged, "checkpoints"));
        const bytes = await Deno.readFile(last.path);
        await Deno.writeFile(last.path, bytes.with(-1, bytes[bytes.length - 1] ^ 1));
        const { trainings, warnings } = await startOf(preset(store), damaged);
        assert.equal(trainings[0].path, previous.path);
        assert.equal(warnings.length, 1);
        const end = `; resuming from step ${previous.step}`;
        assert.ok(warnings[0].includes(last.path) && warnings[0].endsWith(end), warnings[0]);
      },
    );

    await t.step("refuses to resume without a valid checkpoint", async () => {
      const bad = join(directory, "bad");
      await copy(stopped, bad);
      for (const { path } of await listCheckpoints(join(bad, "checkpoints"))) {
        await Deno.truncate(path, 50);
      }
      const error = await failure(startOf(preset(store), bad));
      assert.equal(error.split("\n").length, 2);
      assert.match(error, /^Cannot read ".*bad\/checkpoints\/model-0.*cut short/);
    });

    await t.step("warns if the code has changed", async () => {
      const older = join(directory, "older");
      await copy(stopped, older);
      for (const { path } of await listCheckpoints(join(older, "checkpoints"))) {
        const { run, ...checkpoint } = await readCheckpoint(path);
        const code = { ...run.code, model: "0".repeat(64) };
        await writeCheckpoint(path, { ...checkpoint, run: { ...run, code } });
      }
      const { warnings } = await startOf(preset(store), older);
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0],
        /^The code has changed since checkpoint ".*" \(stage "model"\)/,
      );
    });

    await t.step("and removes what a killed process left", async () => {
      await Deno.mkdir(join(stopped, "predictions.zarr.1a2b.partial"));
      await Deno.writeTextFile(join(checkpoints, "model-00000009.safetensors.ab.partial"), "half");
      const { state, trainings, warnings } = await resume(preset(store), stopped);
      assert.deepEqual([state, warnings], ["resumed", []]);
      assert.deepEqual(trainings, [{
        stage: "model",
        path: places[0].path,
        step: places[0].step,
        steps: STEPS,
      }]);
      assert.deepEqual(await modelBytes(stopped), await modelBytes(uninterrupted));
      assert.deepEqual(await namesIn(stopped), await namesIn(uninterrupted));
      const metrics = JSON.parse(await Deno.readTextFile(join(stopped, "metrics.json")));
      assert.deepEqual(metrics.steps, { total: STEPS, run: STEPS - places[0].step });
      await checkLog(uninterrupted, [undefined]);
      await checkLog(stopped, [undefined, places[0].step]);
    });

    await t.step("and then is finished, on any number of ranks", async () => {
      const before = await Deno.stat(join(stopped, "metrics.json"));
      for (const ranks of [2, 1]) {
        const { start, report } = await runPipeline(preset(store, ranks), {
          directory: stopped,
          resume: true,
        });
        assert.deepEqual([start.state, report], ["finished", undefined]);
      }
      assert.deepEqual((await Deno.stat(join(stopped, "metrics.json"))).mtime, before.mtime);
    });
  });
});

Deno.test("runPipeline() allows one process at a time in a directory", () =>
  inTemporaryDirectory(async (directory) => {
    const store = await writeStore(directory);
    const out = join(directory, "out");
    const lock = join(out, "checkpoints", "lock");
    await Deno.mkdir(dirname(lock), { recursive: true });
    using other = await Deno.open(lock, { create: true, write: true });
    assert.ok(await other.tryLock(true));
    await assert.rejects(runPipeline(preset(store), { directory: out, resume: true }), {
      name: "UserError",
      message: /^Cannot run in ".*": only one process may run in it/,
    });
    assert.deepEqual(await namesIn(out), ["checkpoints"]);
  }));

/** Checks that the log of a run has every step once, in as many attempts. */
async function checkLog(run: string, resumed: readonly (number | undefined)[]): Promise<void> {
  const { lines, damagedCount } = await new LogReader(join(run, "log.jsonl")).read();
  assert.equal(damagedCount, 0);
  const starts = lines.filter((line) => line.type === "run");
  assert.deepEqual(starts.map(({ resumedStep }) => resumedStep), resumed);
  const steps = lines.filter((line) => line.type === "step");
  assert.deepEqual(steps.map(({ step }) => step), Array.from({ length: STEPS }, (_, k) => k + 1));
  assert.ok(steps.every(({ epoch, step }) => epoch === Math.floor((step - 1) / MESHES)));
  assert.ok(steps.every(({ sentBytes, gradientNorm }) => sentBytes! > 0 && gradientNorm! > 0));
  const seconds = lines.map((line) => line.seconds);
  assert.ok(seconds.every((value, k) => k === 0 || value >= seconds[k - 1]));
  const end = lines.at(-1)!;
  assert.ok(end.type === "end" && end.outcome === "finished");
  const { test } = JSON.parse(await Deno.readTextFile(join(run, "metrics.json")));
  assert.equal(end.metrics?.relativeL2, test.relativeL2.mean);
}

async function failure(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
  assert.fail("no failure");
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
