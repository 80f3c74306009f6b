import assert from "node:assert/strict";
import { join } from "node:path";
import { generateDarcyStore } from "../../../pipeline/datasets/darcy/darcy_store.ts";
import { readFinishedRun } from "../../../pipeline/experiments/variations.ts";
import { runVariations } from "../../../scripts/variations/run_variations.ts";
import { inDirectory, RESOLUTION, smallPipeline, writeSmallStore } from "../small_darcy.ts";

Deno.test("runVariations() runs each once, and again only what has changed", () =>
  inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const variation = (name: string, changes: readonly string[]) => ({
      name,
      title: name,
      spec: smallPipeline(store, 2, changes),
    });
    const narrow = variation("narrow", []);
    const wide = variation("wide", ["stages.model.with.width=12"]);
    const times = async () =>
      await Promise.all(["narrow", "wide"].map(async (name) => {
        const { mtime } = await Deno.stat(join(directory, "runs", name, "model.safetensors"));
        return mtime!.getTime();
      }));

    const first = await runVariations([narrow, wide], directory);
    const before = await times();
    const [{ figures, measurements }] = first;
    assert.equal(measurements?.lossCurve.length, 5);
    assert.ok(figures.peakBytes > 5e7 && figures.peakBytes < 2e9, `${figures.peakBytes}`);
    assert.ok(figures.stepSeconds! > 0 && figures.stepSeconds! < figures.seconds);
    assert.ok(figures.stages.model.ranks[1].peerBytes > 0);
    assert.notEqual(first[1].measurements?.settings.parameters, measurements?.settings.parameters);

    // A process that was killed has left no figures.
    await Deno.remove(join(directory, "runs", "wide", "figures.json"));
    const second = await runVariations([narrow, wide], directory);
    const after = await times();
    assert.equal(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
    assert.deepEqual(second.map(({ measurements }) => measurements?.lossCurve), [
      ...first.map(({ measurements }) => measurements?.lossCurve),
    ]);

    const changed = { ...narrow, spec: smallPipeline(store, 2, ["stages.graphs.with.epochs=2"]) };
    assert.equal(await readFinishedRun(changed, join(directory, "runs", "narrow")), undefined);

    // Data may change under their name.
    await generateDarcyStore(store, { count: 8, resolution: RESOLUTION, seed: 2, overwrite: true });
    assert.equal(await readFinishedRun(narrow, join(directory, "runs", "narrow")), undefined);
  }));
