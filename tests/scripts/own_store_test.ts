import assert from "node:assert/strict";
import { join } from "node:path";
import { planRun } from "../../mod.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import { convertStore } from "../../pipeline/datasets/convert_store.ts";
import { importPipeline } from "../../scripts/command/import_file.ts";
import { assertMistake, runTask, runTaskIn } from "./run_script.ts";
import { inDirectory, namesIn, writeSmallStore } from "./small_darcy.ts";

const SMALL = ["width=4", "hops=1", "kernelHidden=[4]", "encoderHidden=[4]", "decoderHidden=[4]"]
  .flatMap((option) => ["--set", `stages.model.with.${option}`]);

Deno.test("pipeline STORE chooses a pipeline under the name of the store, and ejects it", () =>
  inDirectory(async (directory) => {
    const store = await writeSmallStore(directory, "heat.zarr");
    const file = join(directory, "my.ts");
    const flags = [...SMALL, "--device", "cpu", "--ranks", "1", "--epochs", "3", "--eject", file];
    const { code, out, error } = await runTask("pipeline", store, ...flags);
    assert.equal(code, 0, error);
    assert.match(out, /^graphs {4}all 169 nodes; up to 16 edges to a node, within 0\.\d+: /m);
    assert.match(out, /^test {6}2 meshes on which the network is never trained$/m);
    const { name, stages } = await importPipeline(file);
    assert.equal(name, "heat");
    assert.deepEqual(stages.tests.with, { store, split: "test" });
    assert.equal(stages.graphs.with?.epochs, 3);
    assert.equal(stages.model.with?.hops, 1);
    assert.ok(await planRun(await importPipeline(file)));
  }));

Deno.test("pipeline STORE refuses what cannot be trained before anything starts", () =>
  inDirectory(async (directory) => {
    const store = await writeSmallStore(directory, "heat.zarr");
    const path = (name: string) => join(directory, name);
    const source = await openMeshStore(store);
    const convert = (name: string, train: number, test: number) =>
      convertStore(source, path(name), { shares: { train, validation: 0, test } });
    await convert("no_test.zarr", 1, 0);
    await convert("no_train.zarr", 0, 1);
    const leaking = {
      path: store,
      sampleCount: source.sampleCount,
      attributes: { ...source.attributes, splits: { train: [0, 1], test: [2, 1] } },
      split: source.split.bind(source),
      read: source.read.bind(source),
    };
    await convertStore(leaking, path("leak.zarr"));
    const before = await namesIn(directory);
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[path("heta.zarr")], /"[^"]*heta\.zarr": no such file or directory, did you mean ".*heat/],
      [[path("no_test.zarr")], /split "test" must have samples, the splits are train 7, .*--no-/],
      [[path("no_train.zarr")], /split "train" must have samples, the splits are train 0/],
      [[path("leak.zarr")], /no case may be in "train" and in "test", "\S+" is in both; .*--no-/],
      [[store, "--store", store], /--store: it applies to presets only/],
      [[store, "--minutes", "0"], /--minutes: it must be a number > 0 .*received "0"/],
      [[store, "--minutes", "0.001"], /there must be time for 20 steps/],
      [[store, "--epochs", "2.5"], /--epochs: it must be an integer/],
      [["darcy", "--epochs", "2"], /--epochs: it applies to stores only, "darcy" is a preset/],
    ];
    for (const [args, message] of cases) {
      assertMistake(await runTask("pipeline", ...args, "--out", path("run")), message);
    }
    assert.deepEqual(await namesIn(directory), before);
  }));

Deno.test("pipeline STORE fits the steps to the minutes, and the same command to the same", () =>
  inDirectory(async (directory) => {
    await writeSmallStore(directory, "heat.zarr");
    const args = ["heat.zarr", ...SMALL, "--device", "cpu", "--minutes", "0.2"];
    const place = { cwd: directory, cache: true };
    const [first, second] = [
      await runTaskIn(place, "pipeline", ...args, "--plan"),
      await runTaskIn(place, "pipeline", ...args, "--plan"),
    ];
    assert.equal(first.code, 0, first.error);
    const fitted = /^training {2}.*fit 0\.2 minutes$/m;
    assert.match(first.out, fitted);
    assert.equal(first.out.match(fitted)![0], second.out.match(fitted)![0]);
    const fits = join(directory, ".haloflow/fits");
    assert.equal((await namesIn(fits)).length, 1);
    await runTaskIn(place, "cache", "clear");
    await assert.rejects(namesIn(fits), Deno.errors.NotFound);
  }));
