/** Runs that are interrupted from the terminal or by the system. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { assertMistake, type Outcome, runTask } from "./run_script.ts";
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
      assertInterrupted(await interrupt(signal, args));
      assert.deepEqual(await namesIn(out), ["checkpoints", "log.jsonl", "pipeline.json"]);
      assert.deepEqual(await namesIn(directory), ["darcy.zarr", "out"]);
    });
  });
}

Deno.test("pipeline pauses at SIGUSR1 and after --for, and prints how to resume", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const out = join(directory, "out");
    const args = ["darcy", ...smallFlags(store, out), "--set", "stages.graphs.with.epochs=300"];
    const first = await interrupt("SIGUSR1", args);
    assert.equal(first.code, 75, first.error);
    const resumption =
      /^Checkpoint at step \d+; resume with: (deno task pipeline darcy .* --resume)$/m;
    const end = "\nStopped: it received SIGUSR1\n";
    assert.match(first.error, resumption);
    assert.ok(first.error.endsWith(end), first.error);
    const again = await interrupt(undefined, [...args, "--resume", "--for", "1.5s"]);
    assert.equal(again.code, 75, again.error);
    assert.match(again.error, resumption);
    assert.ok(again.error.endsWith("\nStopped: --for 1.5s is over\n"), again.error);
    for (const time of ["abc", "0s", "5"]) {
      assertMistake(await runTask("pipeline", ...args, "--for", time), /Cannot read --for: .*50m/);
    }
  });
});

/** Runs the script until its error stream matches, then sends it a signal, if one is given. */
async function interrupt(
  signal: Deno.Signal | undefined,
  args: readonly string[],
  when = /^model: /m,
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
    if (signal !== undefined) child.kill(signal);
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
