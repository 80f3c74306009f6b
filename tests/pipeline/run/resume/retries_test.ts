import assert from "node:assert/strict";
import { join } from "node:path";
import { runPipeline } from "../../../../mod.ts";
import { processorShare } from "../../../../pipeline/engine/workers/processor_share.ts";
import { inDirectory, writeSmallStore } from "../../../scripts/small_darcy.ts";
import { runScript, runTask } from "../../../scripts/run_script.ts";
import { failingPipeline, STEPS } from "./failing_pipeline.ts";
import type { ReportedFailure } from "./retried_run.ts";

/** Time until a failure is reported, on an idle machine. */
const MAX_SECONDS = 10;

Deno.test("runPipeline() retries from the last checkpoint to the same bits", async (t) => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const [uninterrupted, retried] = ["uninterrupted", "retried"].map((name) =>
      join(directory, name)
    );
    await runPipeline(failingPipeline(store, []), { directory: uninterrupted });

    const reasons = {
      throws: "failed on purpose",
      exits: "its worker exited before the stage had finished",
      loops: "it was unresponsive for 2 s",
    };
    const script = new URL("./retried_run.ts", import.meta.url);
    const { code, out, error } = await runScript(script, [retried, store, ...Object.keys(reasons)]);
    assert.equal(code, 0, error);
    const failures: ReportedFailure[] = out.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(failures.length, 3);
    const maxSeconds = MAX_SECONDS / processorShare();
    for (const [k, [failure, reason]] of Object.entries(reasons).entries()) {
      await t.step(`after a stage that ${failure}`, () => {
        const { message, seconds, step } = failures[k];
        assert.ok(message.startsWith(`Stage "graphs" failed: ${reason}`), message);
        assert.ok(seconds < maxSeconds, `${seconds} s`);
        assert.ok(step >= 3 && step < STEPS, `step ${step}`);
      });
    }
    const [expected, model] = await Promise.all(
      [uninterrupted, retried].map((run) => Deno.readFile(join(run, "model.safetensors"))),
    );
    assert.deepEqual(model, expected);
  });
});

Deno.test(
  "deno task pipeline --retries restarts after a failure, and prints how to resume after a refusal",
  async () => {
    await inDirectory(async (directory) => {
      const spec = failingPipeline(await writeSmallStore(directory), ["throws", "refuses"]);
      const file = join(directory, "failing.ts");
      const run = join(directory, "run");
      await Deno.writeTextFile(file, `export default ${JSON.stringify(spec)};`);
      const flags = ["--out", run, "--retries", "3", "--checkpoint-every", "3steps"];
      const { code, error } = await runTask("pipeline", file, ...flags);
      assert.equal(code, 1);
      const lines = error.trimEnd().split("\n").filter((line) => !/^\w+: \d+ of \d+/.test(line));
      assert.equal(lines.length, 4, error);
      assert.equal(lines[0], 'warning: Stage "graphs" failed: failed on purpose');
      assert.match(
        lines[1],
        new RegExp(`^retry 1 of 3: "model" resumed at step \\d+ of ${STEPS}$`),
      );
      assert.equal(
        lines[2],
        'error: Stage "graphs" failed: cannot pass graphs on: refused by the test',
      );
      const named = lines[3].match(
        /^The last checkpoint is "(.*)" at step \d+; resume with: (.*)$/,
      );
      assert.ok(named, error);
      assert.ok((await Deno.stat(named[1])).isFile);
      assert.equal(named[2], `deno task pipeline ${file} --out ${run} --resume`);
    });
  },
);
