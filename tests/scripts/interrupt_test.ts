/** Runs that are interrupted from the terminal or by the system. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Outcome } from "./run_script.ts";
import { inDirectory, namesIn, smallFlags, writeSmallStore } from "./small_darcy.ts";

const script = new URL("../../scripts/pipeline.ts", import.meta.url);

/** After an interrupt, on a machine that is busy with other things. */
const STOP_SECONDS = 10;

Deno.test("pipeline darcy stops cleanly while it generates its data set", async () => {
  await inDirectory(async (directory) => {
    // Only the data set of the preset itself is generated, below the working directory.
    const args = ["darcy", "--out", join(directory, "out"), "--device", "cpu"];
    assertInterrupted(await interrupt("SIGINT", args, /^generate .*darcy\.zarr/m, directory));
    assert.deepEqual(await namesIn(directory), ["data"]);
    assert.deepEqual(await namesIn(join(directory, "data")), []);
  });
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`pipeline ends at ${signal} with 130, a checkpoint and no results`, async () => {
    await inDirectory(async (directory) => {
      const store = await writeSmallStore(directory);
      const out = join(directory, "out");
      const args = ["darcy", ...smallFlags(store, out), "--set", "stages.graphs.with.epochs=300"];
      assertInterrupted(await interrupt(signal, args, /^model: /m));
      assert.deepEqual(await namesIn(out), ["checkpoints", "log.jsonl", "pipeline.json"]);
      assert.deepEqual(await namesIn(directory), ["darcy.zarr", "out"]);
    });
  });
}

/** Runs the script until its error stream matches, then sends it a signal. */
async function interrupt(
  signal: Deno.Signal,
  args: readonly string[],
  when: RegExp,
  cwd = Deno.cwd(),
): Promise<Outcome & { readonly seconds: number }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script.href, ...args],
    env: { NO_COLOR: "1", HALOFLOW_NO_CACHE: "1", INIT_CWD: "" },
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const printed = new Response(child.stdout).text();
  let error = "", sent = NaN;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    error += text;
    if (!Number.isNaN(sent) || !when.test(error)) continue;
    sent = performance.now();
    child.kill(signal);
  }
  const { code } = await child.status;
  return { code, out: await printed, error, seconds: (performance.now() - sent) / 1000 };
}

function assertInterrupted(
  { code, out, error, seconds }: Outcome & { readonly seconds: number },
): void {
  assert.equal(code, 130, error);
  assert.equal(out, "");
  assert.match(error, /\nInterrupted\n$/);
  assert.doesNotMatch(error, /^\s+at /m);
  assert.ok(seconds < STOP_SECONDS, `${seconds} s`);
}
