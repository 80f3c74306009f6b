/** Files of version 0.1 still load: stores, model files, pipelines and custom stages. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  loadModel,
  openMeshStore,
  overrideOptions,
  type PipelineSpec,
  runPipeline,
} from "../mod.ts";
import { inTemporaryDirectory } from "./support/temporary_directory.ts";

const BASE = new URL("./fixtures/version_0_1/", import.meta.url);
const file = (name: string) => fileURLToPath(new URL(name, BASE));

/** Relaxed SIMD may round differently on another processor; on the same one, numbers are equal. */
const TOLERANCE = 1e-3;

/** The pipeline of the fixture, reading the store wherever this checkout is. */
async function oldPipeline(): Promise<PipelineSpec> {
  const module: { readonly default: PipelineSpec } = await import(
    new URL("pipeline.ts", BASE).href
  );
  const store = file("store.zarr");
  const paths = ["meshes", "tests"].map((stage) => `stages.${stage}.with.store=${store}`);
  return overrideOptions(module.default, paths);
}

Deno.test("Stores of version 0.1 open in both formats and hold equal meshes", async () => {
  const zarr = await openMeshStore(file("store.zarr"));
  const arrow = await openMeshStore(file("store.arrow"));
  assert.deepEqual(zarr.attributes.splits, { train: [0, 1, 2, 3], validation: [], test: [4, 5] });
  assert.equal(arrow.sampleCount, 6);
  for (let index = 0; index < 6; index++) {
    const sample = await zarr.read(index);
    assert.equal(sample.nodeCount, 81);
    assert.deepEqual(sample, await arrow.read(index));
  }
});

Deno.test("A pipeline of version 0.1 gives unchanged results", async () => {
  await inTemporaryDirectory(async (directory) => {
    const { report } = await runPipeline(await oldPipeline(), { directory, base: BASE });
    const then = JSON.parse(await Deno.readTextFile(file("metrics.json")));
    const now = JSON.parse(await Deno.readTextFile(join(directory, "metrics.json")));
    assert.ok(report !== undefined);
    assert.equal(now.steps.total, then.steps.total);
    assertClose(now.finalLoss, then.finalLoss);
    // Later versions report more.
    const reported = Object.keys(now.test).filter((name) => Object.hasOwn(then.test, name));
    assert.deepEqual(reported, Object.keys(then.test));
    assertClose(now.test.relativeL2.mean, then.test.relativeL2.mean);
    const losses = await Deno.readTextFile(join(directory, "losses.csv"));
    assert.equal(losses.trimEnd().split("\n").length, 1 + then.steps.total);

    using model = await loadModel(join(directory, "model.safetensors"), { device: "cpu" });
    using old = await loadModel(file("model.safetensors"), { device: "cpu" });
    const { position, fields } = await (await openMeshStore(file("store.zarr"))).read(4);
    const mesh = { position, inputs: { coefficient: fields.coefficient } };
    const [predicted, expected] = [await model.predict(mesh), await old.predict(mesh)];
    expected.solution.forEach((value, node) => assertClose(predicted.solution[node], value));
  });
});

function assertClose(actual: number, expected: number): void {
  assert.ok(
    Math.abs(actual - expected) <= TOLERANCE * Math.abs(expected),
    `${actual}, ${expected}`,
  );
}
