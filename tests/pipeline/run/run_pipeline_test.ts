import assert from "node:assert/strict";
import { join } from "node:path";
import { overrideOptions } from "../../../pipeline/engine/definition/override_options.ts";
import { StageCache } from "../../../pipeline/run/cache/stage_cache.ts";
import { claimDirectory } from "../../../pipeline/run/run_directory.ts";
import type { RunOptions } from "../../../pipeline/run/run_options.ts";
import { runPipeline } from "../../../pipeline/run/run_pipeline.ts";
import { namesIn } from "../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { customPipeline, writeStages } from "./cache/custom_stages.ts";

/** Names of what a finished run of the custom stages leaves. */
const RESULTS = ["log.jsonl", "parts", "pipeline.json", "sum.txt"];

/** Runs the custom stages of a directory with its cache. */
async function run(home: string, options: RunOptions = {}, changes: readonly string[] = []) {
  return await runPipeline(overrideOptions(customPipeline(home), changes), {
    base: await writeStages(home),
    directory: join(home, "out"),
    cache: join(home, "cache"),
    ...options,
  });
}

/** Asserts that no entry is locked: all of them can be removed. */
async function assertReleased(home: string, count: number): Promise<void> {
  assert.equal((await new StageCache(join(home, "cache")).clear()).count, count);
}

Deno.test("runPipeline() releases directory and cache if it is not admitted", async (t) => {
  await inTemporaryDirectory(async (home) => {
    const out = join(home, "out");
    await run(home);
    const refusals: [name: string, options: RunOptions, changes: readonly string[], RegExp][] = [
      [
        "by the caller",
        { admit: () => Promise.reject(new Error("no room")) },
        [],
        /^Error: no room/,
      ],
      [
        "before it starts",
        {
          onStart() {
            throw new Error("unwanted");
          },
        },
        [],
        /^Error: unwanted/,
      ],
      [
        "by the directory",
        {},
        ["stages.sum.with.digits=1"],
        /^UserError: .*with different settings/,
      ],
    ];
    for (const [name, options, changes, message] of refusals) {
      await t.step(name, async () => {
        await assert.rejects(run(home, options, changes), message);
        assert.deepEqual(await namesIn(out), RESULTS);
        assert.equal(await Deno.readTextFile(join(out, "sum.txt")), "12.000");
      });
    }
    const claim = await claimDirectory(out, customPipeline(home), { overwrite: true });
    await claim.restore();
    await assertReleased(home, 2);
  });
});

Deno.test("runPipeline() restores earlier results if cached ones cannot be copied", () =>
  inTemporaryDirectory(async (home) => {
    const out = join(home, "out");
    await run(home);
    await run(home, {}, ["stages.sum.with.digits=1"]).catch(() => {});
    // A directory of the user's where the cached file is to go.
    await Deno.remove(join(out, "sum.txt"));
    await Deno.mkdir(join(out, "sum.txt", "notes"), { recursive: true });
    await Deno.writeTextFile(join(out, "model.safetensors"), "earlier");
    await assert.rejects(run(home, { overwrite: true }), /sum\.txt/);
    assert.equal(await Deno.readTextFile(join(out, "model.safetensors")), "earlier");
    const claim = await claimDirectory(out, customPipeline(home), { overwrite: true });
    await claim.restore();
    await assertReleased(home, 2);
  }));

Deno.test("runPipeline() returns the measured figures and the identity of the run", () =>
  inTemporaryDirectory(async (home) => {
    const base = await writeStages(home);
    const out = join(home, "out");
    const started: string[] = [];
    const { figures, start, identity } = await runPipeline(customPipeline(home), {
      base,
      directory: out,
      onEvent: ({ type, stage }) => type === "started" && started.push(stage),
    });
    assert.deepEqual(started.sort(), ["numbers", "scaled", "sum"]);
    assert.equal(start.state, "afresh");
    assert.ok(figures.peakBytes > 0);
    assert.deepEqual([figures.stepSeconds, figures.training], [undefined, undefined]);
    assert.deepEqual(Object.keys(identity.code).sort(), ["numbers", "scaled", "sum"]);
  }));
