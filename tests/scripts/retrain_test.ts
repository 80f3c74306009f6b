/** Batches of real trainings, one of them killed on the way. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCsv } from "../../io/csv.ts";
import { assertMistake, runTask } from "./run_script.ts";
import { inDirectory, namesIn, SMALL, writeSmallStore } from "./small_darcy.ts";

/** So long that a kill comes before the end. */
const LONG_EPOCHS = 40, LONG_STEPS = 5 * LONG_EPOCHS;

/** A job that is done, a long one, one that fails, and one that starts from the long one. */
async function writeJobs(directory: string): Promise<string> {
  const store = await writeSmallStore(directory), file = join(directory, "jobs.yaml");
  const options = SMALL.map((assignment) => `    ${assignment.replace("=", ": ")}`).join("\n");
  await Deno.writeTextFile(
    file,
    `
defaults:
  preset: darcy
  network: s
  device: cpu
  store: ${store}
  set:
${options}
jobs:
  - name: short
  - name: long
    grid: { stages.graphs.with.epochs: [${LONG_EPOCHS}] }
  - name: bad
    retries: 0
    set: { stages.model.with.learningRate: 1.0e+30 }
  - name: tune
    init_from: long
    grid: { stages.graphs.with.epochs: [${LONG_EPOCHS}], seed: [3] }
`,
  );
  return file;
}

function flags(file: string, out: string): string[] {
  return [file, "--out", out, "--checkpoint-every", "20steps"];
}

/** Starts a batch and kills it, and nothing else, once the long job has a checkpoint. */
async function runAndKill(file: string, out: string): Promise<void> {
  const script = fileURLToPath(new URL("../../scripts/retrain.ts", import.meta.url));
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...flags(file, out)],
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
  const checkpoints = join(out, "long-epochs40", "checkpoints");
  let hasEnded = false;
  process.status.then(() => hasEnded = true);
  while (
    !hasEnded &&
    !(await namesIn(checkpoints).catch(() => [])).some((name) => /-\d+\.safetensors$/.test(name))
  ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.kill("SIGKILL");
  await process.status;
}

const JOBS = ["short", "long-epochs40", "bad", "tune-epochs40-seed3"];

Deno.test("retrain goes on after a SIGKILL, redoes no finished job, and ends as if nothing had been", async (t) => {
  await inDirectory(async (directory) => {
    const file = await writeJobs(directory), whole = join(directory, "whole"), cut = join(directory, "cut");
    const undisturbed = await runTask("retrain", ...flags(file, whole), "--jobs", "2");
    await runAndKill(file, cut);
    const shortModel = join(cut, "short", "model.safetensors");
    const { mtime } = await Deno.stat(shortModel);
    const { code, out, error } = await runTask("retrain", ...flags(file, cut));

    await t.step("what was done is not done again, and what was not goes on", async () => {
      assert.match(error, /^short: done before \(1 of 4\)$/m);
      assert.deepEqual((await Deno.stat(shortModel)).mtime, mtime);
      const [, step] = error.match(
        new RegExp(`^long-epochs40: resumed at step (\\d+) of ${LONG_STEPS}$`, "m"),
      )!;
      assert.ok(Number(step) >= 20, step);
    });

    await t.step("models and errors are those of the batch that was not killed, bit for bit", async () => {
      const read = async (path: string) => parseCsv(await Deno.readTextFile(join(path, "results.csv")));
      const [left, right] = [await read(whole), await read(cut)];
      assert.deepEqual(left.get("job"), JOBS);
      for (const column of ["job", "network", "seed", "steps", "loss", "rmse", "relativeL2", "reason"]) {
        assert.deepEqual(left.get(column), right.get(column), column);
      }
      assert.deepEqual(left.get("state"), ["done", "done", "failed", "done"]);
      assert.deepEqual(right.get("state"), ["done", "resumed", "failed", "done"]);
      for (const job of ["short", "long-epochs40", "tune-epochs40-seed3"]) {
        const [a, b] = await Promise.all(
          [whole, cut].map((path) => Deno.readFile(join(path, job, "model.safetensors"))),
        );
        assert.deepEqual(a, b, job);
      }
    });

    await t.step(
      "a job that fails is reported with its log, stops no other, and makes the exit code 1",
      async () => {
        assert.deepEqual([undisturbed.code, code], [1, 1]);
        const reason = /Stage "model" failed: cannot go on training as the loss must be finite/;
        for (const printed of [undisturbed.error, error]) {
          assert.match(
            printed,
            new RegExp(`^bad: FAILED \\(\\d of 4\\): ${reason.source}.*; see .*/bad/log\\.txt$`, "m"),
          );
          assert.match(printed, /^error: Cannot finish the batch: 1 job of 4 failed; /m);
        }
        assert.match(await Deno.readTextFile(join(cut, "bad", "log.txt")), reason);
        assert.match(out, /^ bad +failed$/m);
        assert.match(out, /^ tune-epochs40-seed3 +200 +[\d.]+ .* done$/m);
      },
    );
  });
});

Deno.test("retrain names mistakes before anything runs", () =>
  inDirectory(async (directory) => {
    const write = async (name: string, text: string) => {
      await Deno.writeTextFile(join(directory, name), text);
      return join(directory, name);
    };
    const wrong = await write("wrong.yaml", "jobs:\n  - name: a\n    preset: darci\n");
    const { code, out, error } = await runTask("retrain", wrong);
    assert.deepEqual([code, out], [1, ""]);
    assert.deepEqual(error.trimEnd().split("\n"), [
      `error: Cannot run the jobs of "${wrong}": 1 problem`,
      `${wrong}:3:13: Cannot run preset "darci": no preset of that name, did you mean "darcy"?`,
    ]);
    const list = await write("list.ts", "export default [];\n");
    const cases = [
      [[list], /must default-export a function that yields jobs, .*: it exports object$/],
      [
        [wrong, "--memory", "lots"],
        /^error: Cannot read --memory as it must be a size such as 16GB: received "lots"$/,
      ],
    ] as const;
    for (const [args, message] of cases) assertMistake(await runTask("retrain", ...args), message);
    assert.deepEqual(await namesIn(directory), ["list.ts", "wrong.yaml"]);
  }));
