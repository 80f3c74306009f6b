/** Batches of real trainings, one of which is killed. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCsv } from "../../io/tables/csv.ts";
import { assertMistake, runTask } from "./run_script.ts";
import { inDirectory, namesIn, writeSmallStore } from "./small_darcy.ts";

/** Long enough for a kill before the end. */
const EPOCHS = 20;
const STEPS = 5 * EPOCHS;

const NETWORK = {
  width: 8,
  hops: 2,
  kernelHidden: [8],
  encoderHidden: [8],
  decoderHidden: [8],
  device: "cpu",
};

/** Writes a short job, a longer one that starts from it, and one that fails. */
async function writeJobs(directory: string): Promise<string> {
  const store = await writeSmallStore(directory);
  const training = {
    name: "training",
    stages: {
      meshes: { run: "load", with: { store, split: "train" } },
      statistics: { run: "statistics", from: "meshes" },
      subdomains: { run: "partition", from: "meshes", with: { parts: 1 } },
      graphs: {
        run: "sample",
        from: "subdomains",
        with: { nodes: 60, radius: 0.2, maxEdges: 32, epochs: 1 },
      },
      model: { run: "train", from: ["graphs", "statistics"], with: NETWORK },
    },
  };
  await Deno.writeTextFile(
    join(directory, "training.ts"),
    `export default ${JSON.stringify(training)};`,
  );
  const file = join(directory, "jobs.yaml");
  const preset = [
    "stages.inputs.with.fields: []",
    "stages.graphs.with.nodes: 60",
    "stages.graphs.with.epochs: 1",
    "stages.testGraphs.with.nodes: 60",
    "stages.testGraphs.with.rounds: 1",
    "stages.model.with.hopActivation: identity",
    "stages.model.with.rootWeight: false",
    ...Object.entries(NETWORK).map(([option, value]) =>
      `stages.model.with.${option}: ${JSON.stringify(value)}`
    ),
  ];
  await Deno.writeTextFile(
    file,
    `
jobs:
  - name: base
    preset: darcy
    network: s
    store: ${store}
    set:
${preset.map((line) => `      ${line}`).join("\n")}
  - name: tune
    pipeline: ${join(directory, "training.ts")}
    init_from: base
    grid: { stages.graphs.with.epochs: [${EPOCHS}] }
  - name: bad
    pipeline: ${join(directory, "training.ts")}
    retries: 0
    set: { stages.model.with.learningRate: 1.0e+30 }
`,
  );
  return file;
}

function flags(file: string, out: string): string[] {
  return [file, "--out", out, "--checkpoint-every", "10steps"];
}

/** Starts a batch and kills its process once the second job has a checkpoint. */
async function runAndKill(file: string, out: string): Promise<void> {
  const script = fileURLToPath(new URL("../../scripts/retrain.ts", import.meta.url));
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...flags(file, out)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const checkpoints = join(out, "tune-epochs20", "checkpoints");
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

const JOBS = ["base", "tune-epochs20", "bad"];

Deno.test("retrain continues after a SIGKILL with the same results", async (t) => {
  await inDirectory(async (directory) => {
    const file = await writeJobs(directory);
    const whole = join(directory, "whole");
    const cut = join(directory, "cut");
    const [undisturbed] = await Promise.all([
      runTask("retrain", ...flags(file, whole), "--jobs", "2"),
      runAndKill(file, cut),
    ]);
    const baseModel = join(cut, "base", "model.safetensors");
    const { mtime } = await Deno.stat(baseModel);
    const { code, out, error } = await runTask("retrain", ...flags(file, cut));

    await t.step("finished jobs are not repeated, and the others resume", async () => {
      assert.match(error, /^base: done before \(1 of 3\)$/m);
      assert.deepEqual((await Deno.stat(baseModel)).mtime, mtime);
      const [, step] = error.match(
        new RegExp(`^tune-epochs20: resumed at step (\\d+) of ${STEPS}$`, "m"),
      )!;
      assert.ok(Number(step) >= 10, step);
    });

    await t.step(
      "models and errors are those of the batch that was not killed, bit for bit",
      async () => {
        const read = async (path: string) =>
          parseCsv(await Deno.readTextFile(join(path, "results.csv")));
        const [left, right] = [await read(whole), await read(cut)];
        assert.deepEqual(left.get("job"), JOBS);
        for (
          const column of [
            "job",
            "network",
            "seed",
            "steps",
            "loss",
            "rmse",
            "relativeL2",
            "reason",
          ]
        ) {
          // The reason of a failure names a file of its directory.
          const [a, b] = [left, right].map((table) =>
            table.get(column)?.map((text) => text.replaceAll(whole, "").replaceAll(cut, ""))
          );
          assert.deepEqual(a, b, column);
        }
        assert.deepEqual(left.get("state"), ["done", "done", "failed"]);
        assert.deepEqual(right.get("state"), ["done", "resumed", "failed"]);
        for (const job of JOBS.slice(0, 2)) {
          const [a, b] = await Promise.all(
            [whole, cut].map((path) => Deno.readFile(join(path, job, "model.safetensors"))),
          );
          assert.deepEqual(a, b, job);
        }
      },
    );

    await t.step(
      "a job that fails is reported with its log, stops no other, and makes the exit code 1",
      async () => {
        assert.deepEqual([undisturbed.code, code], [1, 1]);
        const reason =
          /Stage "model" failed: cannot continue training at step \d+ .* must be finite/;
        for (const printed of [undisturbed.error, error]) {
          assert.match(
            printed,
            new RegExp(
              `^bad: FAILED \\(\\d of 3\\): ${reason.source}[^]*; see .*/bad/log\\.txt$`,
              "m",
            ),
          );
          assert.match(printed, /^error: Cannot finish the batch: 1 job of 3 failed; /m);
        }
        assert.match(await Deno.readTextFile(join(cut, "bad", "log.txt")), reason);
        assert.match(out, /^ bad +failed$/m);
        assert.match(out, /^ tune-epochs20 +100 +[\d.]+ .* resumed$/m);
      },
    );
  });
});

Deno.test("retrain reports mistakes before anything runs", () =>
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
    assertMistake(
      await runTask("retrain", list),
      /must default-export a function that yields jobs, .*, received object$/,
    );
    assert.deepEqual(await namesIn(directory), ["list.ts", "wrong.yaml"]);
  }));
