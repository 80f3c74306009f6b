import assert from "node:assert/strict";
import { join } from "node:path";
import { definePipeline, type RunEvent, runPipeline } from "../../mod.ts";
import { assertMistake, runScript, runTask } from "./run_script.ts";
import {
  failureOf,
  inDirectory,
  namesIn,
  smallFlags,
  smallPipeline,
  trainSmallModel,
  writeSmallStore,
} from "./small_darcy.ts";

Deno.test("A pipeline that is wrong is refused before anything starts", async (t) => {
  const wrong: { readonly [what: string]: readonly [changes: readonly string[], message: RegExp] } =
    {
      "an unknown stage": [
        ["stages.meshes.run=laod"],
        /^ {2}1\. Cannot load stage "meshes": no built-in stage "laod", did you mean "load"\?/m,
      ],
      "an unknown option": [
        ["stages.graphs.with.raduis=0.3"],
        /^ {2}1\. Cannot set stages\.graphs\.with\.raduis: .*did you mean "radius"\?$/m,
      ],
      "a radius of 0": [
        ["stages.graphs.with.radius=0"],
        /^ {2}1\. Cannot set stages\.graphs\.with\.radius: .*>0.*, received 0$/m,
      ],
      "a negative radius": [
        ["stages.testGraphs.with.radius=-0.2"],
        /^ {2}1\. Cannot set stages\.testGraphs\.with\.radius: .*>0.*, received -0\.2$/m,
      ],
      "a negative overlap": [
        ["stages.subdomains.with.overlap=-1"],
        /subdomains\.with\.overlap: .*received -1$/m,
      ],
      "an unknown method": [
        ["stages.subdomains.with.method=bisecton"],
        /subdomains\.with\.method: .*"bisection"\|"strips".*received "bisecton"$/m,
      ],
      "a cycle": [
        ["stages.subdomains.from=graphs"],
        /Cannot order the stages: .*"subdomains" → "graphs" → "subdomains"$/m,
      ],
      "a stage that is not there": [
        ["stages.graphs.from=subdomain"],
        /Cannot connect stage "graphs" to "subdomain": .*did you mean "subdomains"\?$/m,
      ],
      "batches of another schema": [
        ["stages.graphs.from=meshes"],
        /Cannot connect stage "graphs" to "meshes": .*"parts"/m,
      ],
      "too few inputs": [
        ["stages.model.from=graphs"],
        /stage "model": "train" needs 2 to 3 inputs .*received 1/m,
      ],
      "ranks that do nothing": [
        ["stages.statistics.ranks=2"],
        /Cannot run stage "statistics" with 2 ranks: /m,
      ],
      "half a rank": [
        ["stages.model.ranks=0.5"],
        /stages\.model\.ranks: .* integer >= 1/m,
      ],
    };
  await inDirectory(async (directory) => {
    const store = join(directory, "not-even-there.zarr");
    for (const [what, [changes, message]] of Object.entries(wrong)) {
      await t.step(what, async () => {
        const failure = await failureOf(smallPipeline(store, 1, changes), join(directory, "out"));
        assert.match(failure, /^Cannot run pipeline "darcy": \d+ problems?\n/);
        assert.match(failure, message);
        assert.deepEqual(await namesIn(directory), []);
      });
    }
  });
});

Deno.test("An invalid custom stage is refused by its path", async (t) => {
  const modules: { readonly [what: string]: readonly [code: string | undefined, message: RegExp] } =
    {
      "no such file": [undefined, /there is no module file:.*stage\.ts; check the path/],
      "no default export": [
        "export const stage = 1;",
        /stage\.ts has no default export.*defineStage/,
      ],
      "no stage": [
        "export default 7;",
        /stage\.ts is not a stage: it is number; .*defineStage/,
      ],
      "no options": [
        'export default { name: "s", inputs: [], run() {} };',
        /stage\.ts is not a stage: its options .* zod schema/,
      ],
      "throws on import": [
        'throw new Error("no licence");',
        /importing file:.*stage\.ts failed: no licence/,
      ],
      "closes its worker on import": [
        "self.close();",
        /importing file:.*stage\.ts must not end its worker, it called self\.close\(\)/,
      ],
      "exits on import": [
        "Deno.exit(3);",
        /importing file:.*stage\.ts must not end its worker, it called Deno\.exit\(\)/,
      ],
      "wrong syntax": ["export default {{", /importing file:.*stage\.ts failed: .*/],
    };
  for (const [what, [code, message]] of Object.entries(modules)) {
    await t.step(what, async () => {
      await inDirectory(async (directory) => {
        if (code !== undefined) await Deno.writeTextFile(join(directory, "stage.ts"), code);
        const before = await namesIn(directory);
        const spec = definePipeline({
          name: "own",
          stages: { own: { run: join(directory, "stage.ts") } },
        });
        const failure = await failureOf(spec, join(directory, "out"));
        assert.match(
          failure,
          /^Cannot run pipeline "own": 1 problem\n {2}1\. Cannot load stage "own": /,
        );
        assert.match(failure, message);
        assert.deepEqual(await namesIn(directory), before);
      });
    });
  }
});

Deno.test("An overlap shorter than the radius counts the lost edges", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const out = join(directory, "out");
    const warnings: string[] = [];
    const short = [
      "stages.subdomains.with.overlap=0.05",
      "stages.testSubdomains.with.overlap=0.05",
    ];
    const { report } = await runPipeline(smallPipeline(store, 2, short), {
      directory: out,
      onEvent: (event: RunEvent) => event.type === "warning" && warnings.push(event.message),
    });
    assert.equal(warnings.length, 2);
    for (const [rank, warning] of warnings.sort().entries()) {
      assert.match(
        warning,
        new RegExp(
          `^Rank ${rank} drops [1-9]\\d* of \\d+ edges of the first graph .*; an ` +
            "overlap of at least the radius",
        ),
      );
    }
    assert.ok(Number(report?.settings.droppedEdges) > 0);
    assert.ok(Number(report?.settings.medianNeighbours) > 0);
  });
});

Deno.test("A radius that joins no nodes is refused before step 1, unless allowed", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const changes = ["stages.graphs.with.radius=1e-6"];
    assert.match(
      await failureOf(smallPipeline(store, 1, changes), join(directory, "refused")),
      /sample "darcy-1-000\d": .* none of its 60 nodes has an edge within 0\.000001; median spacing /,
    );
    assert.deepEqual((await namesIn(directory)).includes("refused"), false);
    const warnings: string[] = [];
    const allowed = [...changes, "stages.graphs.with.allowDisconnected=true"];
    const { meshes, inputs, subdomains, graphs } = smallPipeline(store, 1, allowed).stages;
    await runPipeline({ name: "sampling", stages: { meshes, inputs, subdomains, graphs } }, {
      directory: join(directory, "out"),
      onEvent: (event: RunEvent) => event.type === "warning" && warnings.push(event.message),
    });
    assert.equal(warnings.length, 1, "one warning for all meshes");
    assert.match(
      warnings[0],
      /^The graph of sample "darcy-1-000\d" is not joined: none of its 60 /,
    );
  });
});

Deno.test("The scripts print one line for a mistake, end with 1 and write nothing", async (t) => {
  await inDirectory(async (directory) => {
    const { store, model } = await trainSmallModel(directory);
    const path = (name: string) => join(directory, name);
    await Deno.writeTextFile(path("text"), "a text");
    await Deno.writeTextFile(path("syntax.ts"), "export default {{\n");
    await Deno.writeTextFile(path("empty.ts"), "export {};\n");
    await Deno.mkdir(path("photos"));
    await Deno.writeTextFile(path("photos/holiday.jpg"), "beach");
    const small = (
      ...changes: readonly string[]
    ) => ["darcy", ...smallFlags(store, path("new")), ...changes];
    const mistakes: {
      readonly [what: string]: readonly [args: readonly string[], message: RegExp];
    } = {
      "an unknown preset": [
        ["pipeline", "dracy"],
        /^error: Cannot run preset "dracy": no preset of that name, did you mean "darcy"\?$/,
      ],
      "an unknown flag": [
        ["pipeline", "darcy", "--rank", "2"],
        /unknown option '--rank', did you mean --ranks\?$/,
      ],
      "no ranks": [
        ["pipeline", "darcy", "--ranks", "0"],
        /Cannot read --ranks: it must be an integer of 1 to 4096, received "0"$/,
      ],
      "an unknown stage in --set": [
        ["pipeline", ...small("--set", "stages.modle.with.hops=6")],
        /^error: Cannot set "stages\.modle.*": no stage "modle", did you mean "model"\?$/,
      ],
      "a file that is not there": [
        ["pipeline", "./none.ts"],
        /^error: Cannot open "\.\/none\.ts": no such file or directory in "/,
      ],
      "a file with wrong syntax": [
        ["pipeline", path("syntax.ts")],
        /^error: Cannot read pipeline ".*syntax\.ts": .*/,
      ],
      "a file without a pipeline": [
        ["pipeline", path("empty.ts")],
        /^error: Cannot run ".*empty\.ts": it must default-export a pipeline/,
      ],
      "an output without a name": [
        ["pipeline", "darcy", ...smallFlags(store, "")],
        /^error: Cannot run in a directory without a name: choose one with --out$/,
      ],
      "an output that is a file": [
        ["pipeline", "darcy", ...smallFlags(store, path("text"))],
        /^error: Cannot run in ".*text": it must be a directory/,
      ],
      "an output below a file": [
        ["pipeline", "darcy", ...smallFlags(store, path("text/out"))],
        /^error: Cannot run in ".*text\/out": it must be a directory/,
      ],
      "an output with other files": [
        ["pipeline", "darcy", ...smallFlags(store, path("photos"))],
        /^error: Cannot run in ".*photos": .*empty.*other files \(holiday\.jpg, /,
      ],
      "a model that is not there": [
        ["predict", path("no.safetensors"), store, "--out", path("p.zarr")],
        /^error: .*".*no\.safetensors": no such file/,
      ],
      "a mistyped data set": [
        ["pipeline", "darcy", "--store", path("dacry.zarr"), "--out", path("run")],
        /^error: Cannot open ".*dacry\.zarr": no such file or directory, did you mean ".*darcy/,
      ],
      "a store that is not there": [
        ["predict", model, path("no.zarr"), "--out", path("p.zarr")],
        /^error: Cannot open ".*no\.zarr": no such file or directory/,
      ],
      "a split that is not there": [
        ["predict", model, store, "--split", "tset", "--out", path("p.zarr")],
        /^error: .*annot read split "tset" of ".*": no split of that name, did you mean "test"\?$/,
      ],
      "predictions that are no store": [
        ["predict", model, store, "--out", path("p.csv")],
        /^error: Cannot write predictions to ".*p\.csv": .*must end in \.zarr/,
      ],
      "a radius that is none": [
        ["predict", model, store, "--radius", "0", "--out", path("p.zarr")],
        /^error: Cannot read --radius: it must be > 0, received "0"$/,
      ],
      "a case that is none": [
        ["verify", path("text")],
        /^error: .*annot read ".*text": it is too short for a safetensors file, 6 bytes$/,
      ],
      "a model as a case": [
        ["verify", model],
        /^error: .*annot read case ".*": .* must be dsmpnn-case\/1, .*haloflow-model\/1$/,
      ],
    };
    const before = await namesIn(directory);
    for (const [what, [[script, ...args], message]] of Object.entries(mistakes)) {
      await t.step(what, async () => {
        assertMistake(await runTask(script, ...args), message);
        assert.deepEqual(await namesIn(directory), before);
        assert.equal(await Deno.readTextFile(path("text")), "a text");
      });
    }
  });
});

Deno.test("Without an adapter, webgpu is refused with a remedy, auto runs on the CPU", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    // A backend that this system cannot have: no adapter.
    const env = { DENO_WEBGPU_BACKEND: Deno.build.os === "windows" ? "metal" : "dx12" };
    const script = new URL("../../scripts/pipeline.ts", import.meta.url);
    const flags = (device: string) => [
      "darcy",
      ...smallFlags(store, join(directory, device)),
      "--device",
      device,
      "--ranks",
      "1",
    ];
    assertMistake(
      await runScript(script, flags("webgpu"), env),
      /^error: Stage "(?:model|predictions)" failed: .* WebGPU device: .*; install a Vulkan/,
    );
    const { code, out, error } = await runScript(script, flags("auto"), env);
    assert.equal(code, 0, error);
    assert.match(out, /^5 steps on 1 rank \(WebAssembly SIMD\), /m);
    assert.doesNotMatch(error, /error|XDG/);
  });
});
