import assert from "node:assert/strict";
import { join } from "node:path";
import { overrideOptions } from "../../../../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { pipelineKeys } from "../../../../pipeline/run/cache/stage_keys.ts";
import { identifyPipeline } from "../../../../pipeline/run/identity/pipeline_identity.ts";
import { STAGES } from "../../../../pipeline/stages/registry.ts";
import { smallPipeline, writeSmallStore } from "../../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { validPipeline } from "../../../../pipeline/run/valid_pipeline.ts";

async function keysOf(spec: PipelineSpec): Promise<ReadonlyMap<string, string>> {
  const complete = await validPipeline(spec, { registry: STAGES });
  const identity = await identifyPipeline(complete.spec, complete.pipeline);
  return (await pipelineKeys(identity)).stages;
}

/** Changes of the preset, with the stages whose results they change. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  "stages.report.with.borderWidth=0.1": ["report"],
  "stages.store.with.split=other": ["store"],
  "stages.predictions.with.device=auto": ["predictions", "fields", "store", "report"],
  "stages.testGraphs.with.rounds=2": ["testGraphs", "predictions", "fields", "store", "report"],
  "stages.model.with.learningRate=0.001": ["model", "predictions", "fields", "store", "report"],
  "stages.graphs.with.seed=1": ["graphs", "model", "predictions", "fields", "store", "report"],
  "stages.meshes.with.limit=3": [
    "meshes",
    "inputs",
    "statistics",
    "subdomains",
    "graphs",
    "model",
    "predictions",
    "fields",
    "store",
    "report",
  ],
  // Its default.
  "stages.model.with.warmup=0.3": [],
};

Deno.test("pipelineKeys() change with an option for exactly the stages that depend on it", () =>
  inTemporaryDirectory(async (directory) => {
    const spec = smallPipeline(await writeSmallStore(directory));
    const before = await keysOf(spec);
    assert.deepEqual(new Set(before.keys()), new Set(Object.keys(spec.stages)));
    assert.equal(new Set(before.values()).size, before.size);
    for (const key of before.values()) assert.match(key, /^[0-9a-f]{64}$/);
    for (const [change, expected] of Object.entries(CHANGES)) {
      const after = await keysOf(overrideOptions(spec, [change]));
      const changed = [...after].filter(([name, key]) => before.get(name) !== key).map(([name]) =>
        name
      );
      assert.deepEqual(new Set(changed), new Set(expected), change);
    }
  }));

Deno.test("pipelineKeys() change with data and ranks, not with an unrelated data set", () =>
  inTemporaryDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const spec = smallPipeline(store);
    const before = await keysOf(spec);
    const metadata = join(store, "zarr.json");
    const text = await Deno.readTextFile(metadata);
    await Deno.writeTextFile(metadata, `${text}\n`);
    const after = await keysOf(spec);
    for (const [name, key] of before) assert.notEqual(after.get(name), key, name);
    await Deno.writeTextFile(metadata, text);
    await writeSmallStore(directory, "other.zarr");
    assert.deepEqual(await keysOf(spec), before);
    const [one, two] = [1, 2].map((ranks) =>
      overrideOptions(spec, [`stages.model.ranks=${ranks}`])
    );
    const [ofOne, ofTwo] = [await keysOf(one), await keysOf(two)];
    assert.notEqual(ofOne.get("model"), ofTwo.get("model"));
    assert.equal(ofOne.get("graphs"), ofTwo.get("graphs"));
  }));

Deno.test(
  "pipelineKeys() omit stages that do not declare to repeat their results, and their consumers",
  () =>
    inTemporaryDirectory(async (directory) => {
      const stage = (name: string) => import.meta.resolve(`../../engine/stages/${name}.ts`);
      const spec: PipelineSpec = {
        name: "other",
        stages: {
          meshes: { run: "load", with: { store: await writeSmallStore(directory) } },
          statistics: { run: "statistics", from: "meshes" },
          numbers: { run: stage("count") },
          more: { run: stage("add"), from: "numbers" },
        },
      };
      assert.deepEqual([...(await keysOf(spec)).keys()], ["meshes", "statistics"]);
    }),
);
