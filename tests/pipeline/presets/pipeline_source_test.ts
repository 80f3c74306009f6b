import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { overrideOptions } from "../../../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../../../pipeline/engine/definition/spec.ts";
import { pipelineSource } from "../../../pipeline/presets/pipeline_source.ts";
import { choosePreset, PRESETS } from "../../../pipeline/presets/presets.ts";
import { assertMistake, runTask } from "../../scripts/run_script.ts";
import { SMALL, smallPipeline, writeSmallStore } from "../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

/** Imports a source. @returns What it default-exports */
async function importSource(source: string): Promise<PipelineSpec> {
  return await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "mine.ts");
    await Deno.writeTextFile(path, source);
    return (await import(pathToFileURL(path).href)).default;
  });
}

Deno.test("pipelineSource() gives the pipeline of every preset when imported", async () => {
  for (const preset of [...Object.values(PRESETS), choosePreset("airfrans", "high")]) {
    const spec = preset.build({ ...preset.defaults, ranks: 3, seed: 7 });
    const source = pipelineSource(spec, preset.title);
    assert.deepEqual(await importSource(source), spec);
    assert.match(source, /^import \{ definePipeline \} from "@haloflow\/haloflow";$/m);
    for (const line of source.split("\n")) assert.ok(line.length <= 100, line);
  }
});

Deno.test("pipelineSource() preserves any plain data, whatever its names and texts", async () => {
  const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !Object.is(value, -0));
  const options = fc.dictionary(fc.string(), json, { noNullPrototype: true, maxKeys: 4 });
  const [given] = fc.sample(
    fc.array(options, { minLength: 60, maxLength: 60 }),
    { numRuns: 1, seed: 1 },
  );
  const stages = given.map((options, k) => [`stage-${k}`, { run: "load", with: options }]);
  const spec = JSON.parse(JSON.stringify({ name: 'a "*/ b', stages: Object.fromEntries(stages) }));
  spec.stages.last = {
    run: "load",
    with: JSON.parse('{"__proto__": {"a": 1}, "\\u2028": "`${x}"}'),
  };
  assert.deepEqual(await importSource(pipelineSource(spec, "Two\nlines */")), spec);
});

Deno.test("deno task pipeline --eject writes a pipeline file of a preset", async (t) => {
  await inTemporaryDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const path = join(directory, "mine.ts");
    const sets = SMALL.flatMap((value) => ["--set", value]);
    const eject = (...args: readonly string[]) =>
      runTask("pipeline", "darcy", "--store", store, "--device", "cpu", ...sets, ...args);

    await t.step("with the chosen options, and prints the command that runs it", async () => {
      const { code, out, error } = await eject("--ranks", "1", "--eject", path);
      assert.equal(code, 0, error);
      assert.equal(out, `Run it with: deno task pipeline ${path}\n`);
      const { default: spec } = await import(pathToFileURL(path).href);
      assert.deepEqual(spec, smallPipeline(store, 1));
    });
    await t.step("which runs to a report", async () => {
      const out = join(directory, "out");
      const { code, error } = await runTask("pipeline", path, "--out", out);
      assert.equal(code, 0, error);
      const pipeline = JSON.parse(await Deno.readTextFile(join(out, "pipeline.json")));
      assert.deepEqual(pipeline, smallPipeline(store, 1));
      assert.ok((await Deno.stat(join(out, "report.html"))).isFile);
    });
    await t.step("and replaces a file only with --overwrite", async () => {
      assertMistake(await eject("--eject", path), /^error: .*mine\.ts.*exists.*overwrit/);
      const { code, error } = await eject("--ranks", "3", "--eject", path, "--overwrite");
      assert.equal(code, 0, error);
      assert.match(await Deno.readTextFile(path), /ranks: 3/);
    });
    await t.step("but not of a file, nor to another kind of file", async () => {
      const args = ["--eject", join(directory, "other.ts")];
      assertMistake(await runTask("pipeline", path, ...args), /^error: .*--eject/);
      assertMistake(await eject("--eject", join(directory, "mine.json")), /^error: .*end in \.ts/);
    });
  });
});

Deno.test("pipelineSource() breaks only lines that are too long", () => {
  const spec = overrideOptions(smallPipeline("darcy.zarr"), { name: "mine" });
  const source = pipelineSource(spec, "Mine");
  assert.match(source, /^ {4}statistics: \{ run: "statistics", from: "inputs" \},$/m);
  assert.match(
    source,
    /^ {4}model: \{\n {6}run: "train",\n {6}from: \["graphs", "statistics"\],$/m,
  );
});
