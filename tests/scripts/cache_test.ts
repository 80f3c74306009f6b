import assert from "node:assert/strict";
import { readModelFile } from "../../pipeline/training/model_file.ts";
import { join } from "node:path";
import { overrideOptions } from "../../pipeline/engine/definition/override_options.ts";
import { predictStore } from "../../pipeline/run/predict_store.ts";
import { runPipeline } from "../../pipeline/run/run_pipeline.ts";
import { type Outcome, runTaskIn } from "./run_script.ts";
import { inDirectory, SMALL, smallPipeline, writeSmallStore } from "./small_darcy.ts";

/** Runs the script of a task in a directory with a cache of its own. */
function runIn(directory: string, task: string, ...args: readonly string[]): Promise<Outcome> {
  return runTaskIn({ cwd: directory, cache: true }, task, ...args);
}

Deno.test("pipeline reports cached stages, and its results equal those without a cache", () =>
  inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const cache = join(directory, ".haloflow", "cache");
    const spec = smallPipeline(store);
    const title = "Darcy flow, 1 rank";
    const other = overrideOptions(spec, ["stages.report.with.borderWidth=0.1"]);
    const bytesOf = (run: string, name: string) => Deno.readFile(join(directory, run, name));
    await runPipeline(spec, { directory: join(directory, "first"), title, cache });

    // Only the report depends on the change.
    const { start, report } = await runPipeline(other, {
      directory: join(directory, "other"),
      cache,
    });
    assert.deepEqual(start.cached?.map(({ stage }) => stage), [
      "inputs",
      "model",
      "testSubdomains",
      "predictions",
      "store",
    ]);
    assert.deepEqual([report!.steps, report!.runSteps, report!.plan], [5, 0, undefined]);
    const ran = report!.stages.filter(({ cached }) => !cached).map(({ name }) => name);
    assert.deepEqual(ran, ["fields", "report"]);
    await runPipeline(other, { directory: join(directory, "plain") });
    for (
      const name of [
        "model.safetensors",
        "report.json",
        "predictions.zarr/solution_predicted/c/0/0",
      ]
    ) {
      assert.deepEqual(await bytesOf("other", name), await bytesOf("plain", name), name);
    }

    // With other covers the model is not trained again, and records them.
    const covered = overrideOptions(spec, [
      ...["rounds=2", "nodes=80", "maxEdges=20"].map((value) => `stages.testGraphs.with.${value}`),
      "stages.fields.with.fitLength=1",
    ]);
    const twice = await runPipeline(covered, { directory: join(directory, "twice"), cache });
    assert.ok(twice.start.cached?.some(({ stage }) => stage === "model"));
    const [before, after] = await Promise.all(
      ["first", "twice"].map((run) => readModelFile(join(directory, run, "model.safetensors"))),
    );
    assert.deepEqual([before.model.covers?.rounds, after.model.covers?.rounds], [1, 2]);
    assert.deepEqual({ ...after.model, covers: before.model.covers }, before.model);
    const predicted = join(directory, "predicted.zarr");
    await predictStore(join(directory, "twice", "model.safetensors"), store, predicted, {
      device: "cpu",
    });
    const values = "solution_predicted/c/0/0";
    assert.deepEqual(
      await Deno.readFile(join(predicted, values)),
      await bytesOf("twice", join("predictions.zarr", values)),
    );

    const flags = ["--store", store, "--ranks", "1", "--device", "cpu", "--out", "again"];
    const settings = SMALL.flatMap((value) => ["--set", value]);
    const { code, out, error } = await runIn(directory, "pipeline", "darcy", ...flags, ...settings);
    assert.equal(code, 0, error);
    assert.match(
      out,
      /^cached: the complete run, created \d+ \w+ ago\n on the test samples .*Nearest training sample/s,
    );
    assert.match(out, /\n5 steps on 1 rank \(.*\), \d+\.\d s in total when it ran\n/);
    for (const name of ["model.safetensors", "metrics.json", "report.html", "report.json"]) {
      assert.deepEqual(await bytesOf("again", name), await bytesOf("first", name), name);
    }

    const list = await runIn(directory, "cache", "list");
    for (const stage of ["model (train)", "predictions (predict)", "report page"]) {
      assert.ok(list.out.includes(stage));
    }
    assert.match(list.out, /\n15 entries, \d/);
    assert.match(
      (await runIn(directory, "cache", "clear", "--older-than", "1h")).out,
      /^Removed 0 entries, /,
    );
    assert.match((await runIn(directory, "cache", "clear")).out, /^Removed 15 entries, /);
    assert.equal(
      (await runIn(directory, "cache", "list")).out,
      "No cached results in .haloflow/cache\n",
    );
    const mistake = await runIn(directory, "cache", "clear", "--older-than", "soon");
    assert.equal(mistake.code, 1);
    assert.match(
      mistake.error,
      /^error: Cannot read --older-than: it must be an age such as 7d, .*, received "soon"/,
    );
  }));

Deno.test("generate creates a data set once, and again with --no-cache", () =>
  inDirectory(async (directory) => {
    const generate = (...args: readonly string[]) =>
      runIn(
        directory,
        "generate",
        "darcy",
        "--count",
        "2",
        "--resolution",
        "9",
        "--out",
        "a.zarr",
        ...args,
      );
    assert.match((await generate()).out, /^Wrote 2 samples/);
    assert.match(
      (await generate()).out,
      /^cached: this command created a\.zarr \d+ seconds? ago\n$/,
    );
    assert.match((await generate("--overwrite", "--no-cache")).out, /^Wrote 2 samples/);
    assert.match((await generate("--seed", "2")).error, /Cannot write ".*a\.zarr": it exists/);
  }));

Deno.test("modules that scripts name by their URL exist", async () => {
  const folders = ["convert", "generate", "bench", "batch"];
  let count = 0;
  for (const folder of folders) {
    const url = new URL(`../../scripts/${folder}/`, import.meta.url);
    for await (const { name } of Deno.readDir(url)) {
      const module = new URL(name, url);
      const urls = (await Deno.readTextFile(module)).matchAll(
        /new URL\(\s*"([^"]+\.ts)",\s*import\.meta\.url/g,
      );
      for (const [, path] of urls) {
        assert.ok((await Deno.stat(new URL(path, module))).isFile, `${name}: ${path}`);
        count++;
      }
    }
  }
  assert.ok(count >= 12, `found ${count}`);
});
