import assert from "node:assert/strict";
import { join } from "node:path";
import { runPipeline } from "../../../../mod.ts";
import { processorShare } from "../../../../pipeline/engine/workers/processor_share.ts";
import { inDirectory, writeSmallStore } from "../../../scripts/small_darcy.ts";
import { runScript, runTask } from "../../../scripts/run_script.ts";
import { failingPipeline, STEPS } from "./failing_pipeline.ts";
import type { ToldFailure } from "./retried_run.ts";

/** How long a failure may take to be told, on a machine that has nothing else to do. */
const MOST_SECONDS = 10;

Deno.test("A run goes on by itself from its last checkpoint, to the bits of one that did not fail", async (t) => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const [whole, retried] = ["whole", "retried"].map((name) => join(directory, name));
    await runPipeline(failingPipeline(store, []), { directory: whole });

    const reasons = {
      throws: "the test says so",
      exits: "its worker exited before the stage had finished",
      loops: "it was unresponsive for 2 s",
    };
    const script = new URL("./retried_run.ts", import.meta.url);
    const { code, out, error } = await runScript(script, [retried, store, ...Object.keys(reasons)]);
    assert.equal(code, 0, error);
    const failures: ToldFailure[] = out.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(failures.length, 3);
    const mostSeconds = MOST_SECONDS / processorShare();
    for (const [k, [failure, reason]] of Object.entries(reasons).entries()) {
      await t.step(`after a stage that ${failure}`, () => {
        const { message, seconds, step } = failures[k];
        assert.ok(message.startsWith(`Stage "graphs" failed: ${reason}`), message);
        assert.ok(seconds < mostSeconds, `${seconds} s`);
        assert.ok(step >= 3 && step < STEPS, `step ${step}`);
      });
    }
    const [expected, model] = await Promise.all(
      [whole, retried].map((run) => Deno.readFile(join(run, "model.safetensors"))),
    );
    assert.deepEqual(model, expected);
  });
});

Deno.test(
  "deno task pipeline --retries goes on after a failure, and not after a refusal, which says " +
    "how to",
  async () => {
    await inDirectory(async (directory) => {
      const spec = failingPipeline(await writeSmallStore(directory), ["throws", "refuses"]);
      const file = join(directory, "failing.ts");
      const run = join(directory, "run");
      await Deno.writeTextFile(file, `export default ${JSON.stringify(spec)};`);
      const { code, error } = await runTask(
        ...[
          "pipeline",
          file,
          "--out",
          run,
          "--retries",
          "3",
          "--checkpoint-every",
          "3steps",
        ] as const,
      );
      assert.equal(code, 1);
      const lines = error.trimEnd().split("\n").filter((line) => !/^\w+: \d+ of \d+/.test(line));
      assert.equal(lines.length, 4, error);
      assert.equal(lines[0], 'warning: Stage "graphs" failed: the test says so');
      assert.match(
        lines[1],
        new RegExp(`^retry 1 of 3: "model" resumed at step \\d+ of ${STEPS}$`),
      );
      assert.equal(
        lines[2],
        'error: Stage "graphs" failed: cannot go on as the test says so: refused',
      );
      const told = lines[3].match(/^The last checkpoint is "(.*)" at step \d+; resume with: (.*)$/);
      assert.ok(told, error);
      assert.ok((await Deno.stat(told[1])).isFile);
      assert.equal(told[2], `deno task pipeline ${file} --out ${run} --resume`);
    });
  },
);
