import assert from "node:assert/strict";
import { join } from "node:path";
import { overrideOptions } from "../../../../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { validatePipeline } from "../../../../pipeline/engine/definition/validate.ts";
import { StageCache } from "../../../../pipeline/run/cache/stage_cache.ts";
import { CachedRun } from "../../../../pipeline/run/cache/cached_run.ts";
import {
  identifyPipeline,
  type PipelineIdentity,
} from "../../../../pipeline/run/identity/pipeline_identity.ts";
import type { RunOptions } from "../../../../pipeline/run/run_options.ts";
import { runPipeline } from "../../../../pipeline/run/run_pipeline.ts";
import type { RunResult } from "../../../../pipeline/run/run_result.ts";
import { namesIn } from "../../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { customPipeline, MODULES, writeStages } from "./custom_stages.ts";

/** A run with what happened to its stages. */
interface CountedRun extends RunResult {
  /** Names of the stages that ran. */
  readonly ran: readonly string[];
  /** Names of the stages whose results were cached. */
  readonly cached: readonly string[];
  readonly warnings: readonly string[];
}

/** Runs a pipeline with the cache of `home`. */
async function run(
  spec: PipelineSpec,
  home: string,
  options: RunOptions = {},
): Promise<CountedRun> {
  const started = new Set<string>();
  const warnings: string[] = [];
  const result = await runPipeline(spec, {
    directory: join(home, "out"),
    overwrite: true,
    cache: join(home, "cache"),
    ...options,
    onEvent(event) {
      if (event.type === "started") started.add(event.stage);
      if (event.type === "warning") warnings.push(event.message);
    },
  });
  const cached = (result.start.cached ?? []).map(({ stage }) => stage);
  return {
    ...result,
    ran: [...started].filter((name) => !cached.includes(name)).sort(),
    cached,
    warnings,
  };
}

async function identityOf(spec: PipelineSpec, base: URL): Promise<PipelineIdentity> {
  return await identifyPipeline(spec, await validatePipeline(spec, { registry: {}, base }));
}

Deno.test("runPipeline() repeats exactly the stages that depend on a change", async (t) => {
  await inTemporaryDirectory(async (home) => {
    const base = await writeStages(home);
    const spec = customPipeline(home);
    const read = (name: string) => Deno.readTextFile(join(home, "out", name));
    const write = (name: string, text: string) => Deno.writeTextFile(join(home, name), text);
    const again = async (changes: readonly string[] = [], options: RunOptions = {}) =>
      await run(overrideOptions(spec, changes), home, { base, ...options });

    await t.step("and all of it the first time", async () => {
      const { ran, cached, start } = await again();
      assert.deepEqual([ran, cached, start.state], [["numbers", "scaled", "sum"], [], "afresh"]);
      assert.equal(await read("sum.txt"), "12.000");
    });
    await t.step("and nothing without one, wherever the results go", async () => {
      await Deno.remove(join(home, "out"), { recursive: true });
      for (const directory of [join(home, "out"), join(home, "elsewhere")]) {
        const { ran, cached, start } = await again([], {
          directory,
          checkpointEvery: { steps: 7 },
        });
        assert.deepEqual([ran, cached, start.state], [[], ["sum"], "cached"]);
        assert.equal(await Deno.readTextFile(join(directory, "sum.txt")), "12.000");
        assert.deepEqual(await namesIn(join(directory, "parts", "inner")), ["0", "1", "2"]);
        assert.equal(await Deno.readTextFile(join(directory, "parts", "inner", "1")), "6");
      }
    });
    await t.step("and gives results away as copies", async () => {
      await write("out/sum.txt", "changed by the user");
      await again();
      assert.equal(await read("sum.txt"), "12.000");
    });
    await t.step("in the options of the last stage", async () => {
      const { ran, cached } = await again(["stages.sum.with.digits=1"]);
      assert.deepEqual([ran, cached], [["sum"], ["scaled"]]);
      assert.equal(await read("sum.txt"), "12.0");
    });
    await t.step("in the options of one in the middle", async () => {
      const { ran } = await again(["stages.scaled.with.by=10"]);
      assert.deepEqual(ran, ["numbers", "scaled", "sum"]);
      assert.equal(await read("sum.txt"), "120.000");
    });
    await t.step("in the code of a stage", async () => {
      await write(
        "sum.ts",
        MODULES["sum.ts"].replace("sum.toFixed(digits)", '"= " + sum.toFixed(digits)'),
      );
      const { ran, cached } = await again();
      assert.deepEqual([ran, cached], [["sum"], ["scaled"]]);
      assert.equal(await read("sum.txt"), "= 12.000");
      await write("sum.ts", MODULES["sum.ts"]);
    });
    await t.step("in a module that it imports", async () => {
      await write("factor.ts", "export const FACTOR = 3;\n");
      const { ran } = await again();
      assert.deepEqual(ran, ["numbers", "scaled", "sum"]);
      assert.equal(await read("sum.txt"), "18.000");
      await write("factor.ts", MODULES["factor.ts"]);
    });
    await t.step("in the data", async () => {
      await write("numbers.txt", "1 2 4");
      const { ran } = await again();
      assert.deepEqual(ran, ["numbers", "scaled", "sum"]);
      assert.equal(await read("sum.txt"), "14.000");
    });
    await t.step("and finds the results from before the change", async () => {
      await write("numbers.txt", "1 2 3");
      const { start } = await again();
      assert.equal(start.state, "cached");
      assert.equal(await read("sum.txt"), "12.000");
    });
    await t.step("and everything without the cache", async () => {
      const { ran, cached } = await again([], { cache: undefined });
      assert.deepEqual([ran, cached], [["numbers", "scaled", "sum"], []]);
    });
  });
});

Deno.test(
  "runPipeline() always runs stages that do not declare to repeat their results, on cached inputs",
  () =>
    inTemporaryDirectory(async (home) => {
      const base = await writeStages(home);
      const spec = customPipeline(home, { witness: true });
      await run(spec, home, { base });
      await Deno.remove(join(home, "out", "seen.txt"));
      const { ran, cached } = await run(spec, home, { base });
      assert.deepEqual([ran, cached], [["witness"], ["scaled", "sum"]]);
      assert.equal(await Deno.readTextFile(join(home, "out", "seen.txt")), "2 4 6");
    }),
);

Deno.test("runPipeline() caches stages that finished before a failure", () =>
  inTemporaryDirectory(async (home) => {
    const base = await writeStages(home);
    const spec = customPipeline(home);
    await assert.rejects(
      run(overrideOptions(spec, ["stages.sum.with.fail=true"]), home, { base }),
      /failure of the test/,
    );
    const { ran, cached } = await run(spec, home, { base });
    assert.deepEqual([ran, cached], [["sum"], ["scaled"]]);
  }));

Deno.test("runPipeline() caches no results if their data changed during the run", () =>
  inTemporaryDirectory(async (home) => {
    const base = await writeStages(home);
    const spec = overrideOptions(customPipeline(home), [
      `stages.scaled.with.ruin=${join(home, "numbers.txt")}`,
    ]);
    const { warnings } = await run(spec, home, { base });
    assert.deepEqual(warnings, [
      'results of "scaled", "sum" are not cached: code or data changed during the run',
    ]);
    await Deno.writeTextFile(join(home, "numbers.txt"), "1 2 3");
    assert.deepEqual((await run(spec, home, { base })).cached, []);
  }));

Deno.test("CachedRun caches the report of a run unless code or data have changed", () =>
  inTemporaryDirectory(async (home) => {
    const base = await writeStages(home);
    const directory = join(home, "cache");
    const open = async () =>
      await CachedRun.lookUp(await identityOf(customPipeline(home), base), {
        directory,
        report,
        warn: assert.fail,
      });
    await Deno.writeTextFile(join(home, "page.html"), "what it was");
    const report = {
      modules: [new URL("factor.ts", base)],
      files: ["page.html"],
      settings: ["title"],
    };
    const entryCount = async () => (await new StageCache(directory).list()).length;
    for (
      const [changed, text] of [["numbers.txt", "7 7"], ["factor.ts", "// other"], [
        "sum.ts",
        "",
      ]] as const
    ) {
      await using cached = await open();
      const path = join(home, changed);
      const before = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text);
      await cached.save(home, { seconds: 1 });
      assert.equal(await entryCount(), 0, changed);
      await Deno.writeTextFile(path, before);
    }
    await using cached = await open();
    await cached.save(home, { seconds: 1 });
    assert.equal(await entryCount(), 1);
  }));

Deno.test("CachedRun reads cached results even if the disk is too full to save any", () =>
  inTemporaryDirectory(async (home) => {
    const base = await writeStages(home);
    const directory = join(home, "cache");
    const warnings: string[] = [];
    await run(customPipeline(home), home, { base });
    const changed = overrideOptions(customPipeline(home), ["stages.sum.with.digits=1"]);
    await using cached = await CachedRun.lookUp(await identityOf(changed, base), {
      directory,
      report: { modules: [], files: [], settings: [] },
      limits: { maxEntryBytes: 2 ** 60 },
      warn: (message) => warnings.push(message),
    });
    assert.deepEqual(cached.stages.map(({ stage }) => stage), ["scaled"]);
    await cached.save(home, { seconds: 1 });
    await cached.save(home, { seconds: 1 });
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0],
      /^the results of this run are not cached: the disk of ".*" is almost full$/,
    );
  }));

Deno.test("runPipeline() repeats a stage whose results are damaged, with a warning", () =>
  inTemporaryDirectory(async (home) => {
    const base = await writeStages(home);
    const spec = customPipeline(home);
    const cache = join(home, "cache");
    await run(spec, home, { base });
    for (const [file, offset] of [["files/sum.txt", 0], ["tapes/0.batches", 9]] as const) {
      for (const entry of await namesIn(cache)) {
        const path = join(cache, entry, file);
        const bytes = await Deno.readFile(path).catch(() => undefined);
        if (bytes === undefined) continue;
        bytes[offset] ^= 4;
        await Deno.writeFile(path, bytes);
      }
      // A tape is checked only if it will be played.
      const changes = file.startsWith("tapes") ? ["stages.sum.with.digits=2"] : [];
      const { ran, warnings } = await run(overrideOptions(spec, changes), home, { base });
      assert.ok(warnings.length > 0, file);
      assert.match(warnings[0], /are damaged and computed again/);
      assert.ok(ran.includes("sum"));
      assert.match(await Deno.readTextFile(join(home, "out", "sum.txt")), /^12\.000?$/);
    }
  }));

Deno.test("runPipeline() completes a run if nothing can be cached", () =>
  inTemporaryDirectory(async (home) => {
    const base = await writeStages(home);
    const spec = customPipeline(home);
    const { ran, warnings } = await run(spec, home, { base, cache: "/dev/null/cache" });
    assert.deepEqual(ran, ["numbers", "scaled", "sum"]);
    assert.equal(warnings.length, 2, warnings.join("\n"));
    assert.match(warnings[0], /^the cache is not read: /);
    assert.match(warnings[1], /^the results of stage "scaled" are not cached: /);
    assert.equal(await Deno.readTextFile(join(home, "out", "sum.txt")), "12.000");
  }));
