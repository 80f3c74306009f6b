import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { UserError } from "../../errors.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import { readSafetensors, writeSafetensors } from "../../io/safetensors.ts";
import { definePipeline, loadModel, predictStore, runPipeline } from "../../mod.ts";
import type { PipelineSpec, RunEvent } from "../../mod.ts";
import { type Outcome, runScript } from "./run_script.ts";
import {
  inDirectory,
  namesIn,
  smallFlags,
  smallPipeline,
  trainSmallModel,
  writeSmallStore,
} from "./small_darcy.ts";

/** On a machine that is busy with other things. */
const END_SECONDS = 20;

function run(script: string, ...args: readonly string[]): Promise<Outcome> {
  return runScript(new URL(`../../scripts/${script}.ts`, import.meta.url), args);
}

/** Runs a pipeline that must fail with an error made for the user. @returns Its message */
async function failureOf(spec: PipelineSpec, directory: string): Promise<string> {
  const start = performance.now();
  try {
    await runPipeline(spec, { directory });
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.ok(performance.now() - start < END_SECONDS * 1000);
    return error.message;
  }
  return "it did not fail";
}

/** Asserts that a script fails with one line on the error stream, after what it tells of its progress. */
function assertOneLine({ code, out, error }: Outcome, message: RegExp): void {
  assert.equal(code, 1, error);
  assert.equal(out, "");
  const lines = error.trimEnd().split("\n").filter((line) => !/^\w+: \d+ of \d+/.test(line));
  assert.equal(lines.length, 1, error);
  assert.match(lines[0], message);
}

Deno.test("A pipeline that is wrong is refused before anything starts", async (t) => {
  const wrong: { readonly [what: string]: readonly [changes: readonly string[], message: RegExp] } = {
    "an unknown stage": [
      ["stages.meshes.run=laod"],
      /^ {2}1\. Cannot load stage "meshes": no built-in stage "laod", did you mean "load"\?/m,
    ],
    "an unknown option": [
      ["stages.graphs.with.raduis=0.3"],
      /^ {2}1\. Cannot set stages\.graphs\.with\.raduis: no such option, did you mean "radius"\?$/m,
    ],
    "a radius of 0": [
      ["stages.graphs.with.radius=0"],
      /^ {2}1\. Cannot set stages\.graphs\.with\.radius as its value is not valid \(.*>0.*\): received 0$/m,
    ],
    "a negative radius": [
      ["stages.testGraphs.with.radius=-0.2"],
      /^ {2}1\. Cannot set stages\.testGraphs\.with\.radius as its value is not valid \(.*>0.*\): received -0.2$/m,
    ],
    "a negative overlap": [
      ["stages.subdomains.with.overlap=-1"],
      /subdomains\.with\.overlap .*received -1$/m,
    ],
    "an unknown method": [
      ["stages.subdomains.with.method=bisecton"],
      /subdomains\.with\.method .*"bisection"\|"strips".*received "bisecton"$/m,
    ],
    "a cycle": [
      ["stages.subdomains.from=graphs"],
      /Cannot order the stages as they must not feed themselves: "subdomains" → "graphs" → "subdomains"$/m,
    ],
    "a stage that is not there": [
      ["stages.graphs.from=subdomain"],
      /Cannot connect stage "graphs" to "subdomain": no stage of that name, did you mean "subdomains"\?$/m,
    ],
    "batches of another schema": [
      ["stages.graphs.from=meshes"],
      /Cannot feed stage "graphs" from "meshes": .*"parts"/m,
    ],
    "too few inputs": [
      ["stages.model.from=graphs"],
      /Cannot feed stage "model" as "train" takes 2 inputs .*received 1/m,
    ],
    "ranks that do nothing": [
      ["stages.statistics.ranks=2"],
      /Cannot run stage "statistics" with 2 ranks as /m,
    ],
    "half a rank": [
      ["stages.model.ranks=0.5"],
      /Cannot read stages\.model\.ranks as it must be an integer >= 1/m,
    ],
  };
  await inDirectory(async (directory) => {
    const store = join(directory, "not-even-there.zarr");
    for (const [what, [changes, message]] of Object.entries(wrong)) {
      await t.step(what, async () => {
        const failure = await failureOf(smallPipeline(store, 1, changes), join(directory, "out"));
        assert.match(failure, /^Cannot run pipeline "darcy": \d problems?\n/);
        assert.match(failure, message);
        assert.deepEqual(await namesIn(directory), []);
      });
    }
  });
});

Deno.test("A stage of one's own that is wrong is refused by its path", async (t) => {
  const modules: { readonly [what: string]: readonly [code: string | undefined, message: RegExp] } = {
    "no such file": [undefined, /there is no module file:.*stage\.ts; check the path/],
    "no default export": ["export const stage = 1;", /stage\.ts has no default export.*defineStage/],
    "no stage": ["export default 7;", /stage\.ts is not a stage: it is number; make it with defineStage/],
    "no options": [
      'export default { name: "s", inputs: [], run() {} };',
      /stage\.ts is not a stage: its options are no zod schema/,
    ],
    "throws on import": ['throw new Error("no licence");', /importing file:.*stage\.ts failed: no licence/],
    "wrong syntax": ["export default {{", /importing file:.*stage\.ts failed: .*/],
  };
  for (const [what, [code, message]] of Object.entries(modules)) {
    await t.step(what, async () => {
      await inDirectory(async (directory) => {
        if (code !== undefined) await Deno.writeTextFile(join(directory, "stage.ts"), code);
        const before = await namesIn(directory);
        const spec = definePipeline({ name: "own", stages: { own: { run: join(directory, "stage.ts") } } });
        const failure = await failureOf(spec, join(directory, "out"));
        assert.match(failure, /^Cannot run pipeline "own": 1 problem\n {2}1\. Cannot load stage "own": /);
        assert.match(failure, message);
        assert.deepEqual(await namesIn(directory), before);
      });
    });
  }
});

Deno.test("An overlap shorter than the radius is allowed, and the lost edges are counted", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory), out = join(directory, "out");
    const warnings: string[] = [];
    const short = ["stages.subdomains.with.overlap=0.05", "stages.testSubdomains.with.overlap=0.05"];
    const { report } = await runPipeline(smallPipeline(store, 2, short), {
      directory: out,
      onEvent: (event: RunEvent) => event.type === "warning" && warnings.push(event.message),
    });
    assert.equal(warnings.length, 2);
    for (const [rank, warning] of warnings.sort().entries()) {
      assert.match(
        warning,
        new RegExp(
          `^Rank ${rank} drops [1-9]\\d* of \\d+ edges of the first graph as .*; an overlap of at least the radius`,
        ),
      );
    }
    assert.ok(Number(report?.settings.droppedEdges) > 0);
  });
});

Deno.test("A radius that connects no nodes is allowed, with a warning", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory), warnings: string[] = [];
    const { subdomains, graphs, meshes } = smallPipeline(store, 1, ["stages.graphs.with.radius=1e-6"]).stages;
    await runPipeline({ name: "sampling", stages: { meshes, subdomains, graphs } }, {
      directory: join(directory, "out"),
      onEvent: (event: RunEvent) => event.type === "warning" && warnings.push(event.message),
    });
    assert.equal(warnings.length, 1, "told once, not for every mesh");
    assert.match(
      warnings[0],
      /^Sample "darcy-1-000\d" has no edges as none of its 60 nodes are within 0\.000001 of each other; use a larger radius/,
    );
  });
});

/** What a data set may suffer, and the error of a run on it. */
const damages: {
  readonly [what: string]: readonly [damage: (store: string) => Promise<void>, message: RegExp];
} = {
  "the store is missing": [
    (store) => Deno.remove(store, { recursive: true }),
    /Cannot open ".*darcy\.zarr": no such file or directory$/i,
  ],
  "the store is a text": [
    async (store) => {
      await Deno.remove(store, { recursive: true });
      await Deno.writeTextFile(store, "no store");
    },
    /Cannot open ".*darcy\.zarr"/i,
  ],
  "a chunk is cut": [
    (store) => Deno.truncate(join(store, "coefficient/c/2/0"), 40),
    /Cannot read chunk "coefficient\/c\/2\/0" of ".*darcy\.zarr" as its checksum is wrong: .*; the store is damaged$/i,
  ],
  "a chunk is missing": [
    (store) => Deno.remove(join(store, "solution/c/0/0")),
    /Cannot read chunk "solution\/c\/0\/0" of ".*darcy\.zarr" as it is missing: /i,
  ],
  "its attributes are cut": [
    (store) => Deno.truncate(join(store, "zarr.json"), 99),
    /Cannot read ".*zarr\.json" as it is not JSON: /i,
  ],
  "a field has NaN": [
    (store) => patchChunk(store, "coefficient", 1, 17, NaN),
    /Cannot use sample 1 \("darcy-1-0001"\) of ".*darcy\.zarr" as field "coefficient" must be finite: node 17 has NaN$/i,
  ],
  "a field has an infinite value": [
    (store) => patchChunk(store, "solution", 3, 0, -Infinity),
    /sample 3 .* as field "solution" must be finite: node 0 has -Infinity$/i,
  ],
  "an array has another shape": [
    (store) =>
      patchJson(join(store, "solution/zarr.json"), (json) => {
        json.shape = [7 * 169, 1];
        json.attributes.chunkCrc32.pop();
      }),
    /as array "solution" must have shape 1352 × 1: it has 1183 × 1$/i,
  ],
  "an array has a wrong type": [
    (store) => patchJson(join(store, "solution/zarr.json"), (json) => json.data_type = "string"),
    /array "solution" of ".*darcy\.zarr" as its metadata are wrong: data_type/i,
  ],
  "a split names a sample that is not there": [
    (store) => patchJson(join(store, "zarr.json"), ({ attributes }) => attributes.splits.train = [0, 99]),
    /as split "train" names sample 99 of 8$/i,
  ],
  "there is no split of that name": [
    (store) =>
      patchJson(join(store, "zarr.json"), ({ attributes }) => {
        attributes.splits = { training: attributes.splits.train, test: attributes.splits.test };
      }),
    /Cannot read split "train" of ".*darcy\.zarr": no split of that name, known: training, test$/i,
  ],
};

/** Reads the training samples of a store. */
function reading(store: string, inputs?: readonly string[]): PipelineSpec {
  return definePipeline({
    name: "reading",
    stages: {
      meshes: { run: "load", with: { store, ...(inputs && { inputs }) } },
      scales: { run: "statistics", from: "meshes" },
    },
  });
}

Deno.test("A data set that is damaged ends the run with what is wrong and where", async (t) => {
  await inDirectory(async (directory) => {
    const whole = await writeSmallStore(directory, "whole.zarr");
    const store = join(directory, "darcy.zarr"), out = join(directory, "out");
    for (const [what, [damage, message]] of Object.entries(damages)) {
      await t.step(what, async () => {
        await copyDirectory(whole, store);
        await damage(store);
        assert.match(await failureOf(reading(store), out), message);
        assert.deepEqual(await namesIn(out), ["pipeline.json"]);
        await Deno.remove(store, { recursive: true }).catch(() => {});
      });
    }
    await t.step("a field is not there", async () => {
      assert.match(
        await failureOf(reading(whole, ["coeficient"]), out),
        /^Stage "meshes" failed: cannot load field "coeficient" of ".*": no field of that name, did you mean "coefficient"\?$/,
      );
    });
  });
});

Deno.test("A model file that is damaged, or does not fit, is refused", async (t) => {
  await inDirectory(async (directory) => {
    const { store, model } = await trainSmallModel(directory);
    const bytes = await Deno.readFile(model), file = join(directory, "bad.safetensors");
    const refused = async (message: RegExp, path = file) => {
      const before = await namesIn(directory);
      await assert.rejects(loadModel(path, { device: "cpu" }), { name: "DataError", message });
      await assert.rejects(predictStore(path, store, join(directory, "p.zarr")), {
        name: "DataError",
        message,
      });
      assert.deepEqual(await namesIn(directory), before);
    };

    await t.step(
      "it is not there",
      () => refused(/^Cannot read ".*no\.safetensors": No such file/, join(directory, "no.safetensors")),
    );
    await t.step("it is a directory", () => refused(/^Cannot read ".*": Is a directory/, directory));
    await t.step("it is cut short anywhere", async () => {
      for (const length of [0, 7, 8, 300, bytes.length >> 1, bytes.length - 1]) {
        await Deno.writeFile(file, bytes.subarray(0, length));
        await refused(/^Cannot read .*"(?:.*cut short|.* is too short)/);
      }
    });
    await t.step("it lies about its sizes", async () => {
      for (const length of [2n ** 62n, BigInt(bytes.length), 0n]) {
        const lie = bytes.slice();
        new DataView(lie.buffer).setBigUint64(0, length, true);
        await Deno.writeFile(file, lie);
        await refused(/^Cannot read /);
      }
    });

    const { tensors, metadata } = await readSafetensors(model);
    const [name] = Object.keys(tensors).filter((name) => name.startsWith("kernel"));
    const rewrite = (changed: typeof tensors, texts: Record<string, string> = {}) =>
      writeSafetensors(file, changed, { ...metadata, ...texts }, { overwrite: true });
    await t.step("it is of another kind", async () => {
      await rewrite(tensors, { format: "dsmpnn-case/1" });
      await refused(/^Cannot read model ".*" as its format must be haloflow-model\/1: it is dsmpnn-case\/1$/);
    });
    await t.step("a tensor is missing", async () => {
      const { [name]: _, ...rest } = tensors;
      await rewrite(rest);
      await refused(new RegExp(`"${name}"`));
    });
    await t.step("a tensor has another shape than its network", async () => {
      await rewrite(tensors, { config: JSON.stringify({ ...JSON.parse(metadata.config), width: 16 }) });
      await refused(/^Cannot .*"(?:encoder|decoder|kernel|hop)[\w./]*".*16/s);
    });
    await t.step("a network as large as the universe", async () => {
      await rewrite(tensors, { config: JSON.stringify({ ...JSON.parse(metadata.config), width: 2 ** 40 }) });
      await refused(/^Cannot .*width/);
    });
    await t.step("a parameter is NaN", async () => {
      const data = (tensors[name].data as Float32Array).with(0, NaN);
      await rewrite({ ...tensors, [name]: { ...tensors[name], data } });
      await refused(new RegExp(`tensor "${name}" must be finite: element 0 is NaN$`));
    });
    await t.step("a scale is 0", async () => {
      const key = "normalisation/targetScale";
      await rewrite({ ...tensors, [key]: { ...tensors[key], data: Float64Array.of(0) } });
      await refused(/targetScale.*> 0/);
    });
    await t.step("its metadata is no JSON", async () => {
      await rewrite(tensors, { graphRule: "{" });
      await refused(/^Cannot read model ".*" as its metadata "graphRule" is not JSON$/);
    });
    await t.step("the store lacks an input of the model", async () => {
      await rewrite(tensors, { inputNames: JSON.stringify(["x", "y", "permeability"]) });
      await assert.rejects(predictStore(file, store, join(directory, "p.zarr"), { device: "cpu" }), {
        name: "StageError",
        message:
          /^Stage "meshes" failed: cannot load field "permeability" of ".*darcy\.zarr": no field of that name/,
      });
      assert.ok(!(await namesIn(directory)).includes("p.zarr"));
    });
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
    const small = (...changes: readonly string[]) => ["darcy", ...smallFlags(store, path("new")), ...changes];
    const mistakes: { readonly [what: string]: readonly [args: readonly string[], message: RegExp] } = {
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
        /Cannot read --ranks as it must be an integer of 1 to 4096: received "0"$/,
      ],
      "an unknown stage in --set": [
        ["pipeline", ...small("--set", "stages.modle.with.hops=6")],
        /^error: Cannot set "stages\.modle\.with\.hops=6": no stage "modle", did you mean "model"\?$/,
      ],
      "a file that is not there": [
        ["pipeline", "./none.ts"],
        /^error: Cannot read pipeline "\.\/none\.ts": /,
      ],
      "a file with wrong syntax": [
        ["pipeline", path("syntax.ts")],
        /^error: Cannot read pipeline ".*syntax\.ts": .*/,
      ],
      "a file without a pipeline": [
        ["pipeline", path("empty.ts")],
        /^error: Cannot run ".*empty\.ts" as it must default-export a pipeline/,
      ],
      "an output without a name": [
        ["pipeline", "darcy", ...smallFlags(store, "")],
        /^error: Cannot run in a directory without a name: choose one with --out$/,
      ],
      "an output that is a file": [
        ["pipeline", "darcy", ...smallFlags(store, path("text"))],
        /^error: Cannot run in ".*text" as it must be a directory: it is a file/,
      ],
      "an output below a file": [
        ["pipeline", "darcy", ...smallFlags(store, path("text/out"))],
        /^error: Cannot run in ".*text\/out" as it must be a directory: /,
      ],
      "an output with other files": [
        ["pipeline", "darcy", ...smallFlags(store, path("photos"))],
        /^error: Cannot run in ".*photos" as it must be empty or hold the same run: it holds other files \(holiday\.jpg, /,
      ],
      "a model that is not there": [
        ["predict", path("no.safetensors"), store, "--out", path("p.zarr")],
        /^error: Cannot read ".*no\.safetensors": No such file/,
      ],
      "a store that is not there": [
        ["predict", model, path("no.zarr"), "--out", path("p.zarr")],
        /^error: Cannot open ".*no\.zarr": no such file or directory$/,
      ],
      "a split that is not there": [
        ["predict", model, store, "--split", "tset", "--out", path("p.zarr")],
        /^error: .*annot read split "tset" of ".*": no split of that name, did you mean "test"\?$/,
      ],
      "predictions that are no store": [
        ["predict", model, store, "--out", path("p.csv")],
        /^error: Cannot write predictions to ".*p\.csv" as the name of a store must end in \.zarr/,
      ],
      "a radius that is none": [
        ["predict", model, store, "--radius", "0", "--out", path("p.zarr")],
        /^error: Cannot read --radius as it must be > 0: received "0"$/,
      ],
      "a case that is none": [
        ["verify", path("text")],
        /^error: .*annot read ".*text" as it is too short for a safetensors file: 6 bytes$/,
      ],
      "a model as a case": [
        ["verify", model],
        /^error: .*annot read case ".*" as its format must be dsmpnn-case\/1: it is haloflow-model\/1$/,
      ],
    };
    const before = await namesIn(directory);
    for (const [what, [[script, ...args], message]] of Object.entries(mistakes)) {
      await t.step(what, async () => {
        assertOneLine(await run(script, ...args), message);
        assert.deepEqual(await namesIn(directory), before);
        assert.equal(await Deno.readTextFile(path("text")), "a text");
      });
    }
  });
});

Deno.test("Without an adapter, --device webgpu names the remedy, and auto takes the CPU", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    // A backend that this system cannot have: no adapter.
    const env = { DENO_WEBGPU_BACKEND: Deno.build.os === "windows" ? "metal" : "dx12" };
    const script = new URL("../../scripts/pipeline.ts", import.meta.url);
    const flags = (device: string) => [
      ...["darcy", ...smallFlags(store, join(directory, device)), "--device", device, "--ranks", "1"],
    ];
    assertOneLine(
      await runScript(script, flags("webgpu"), env),
      /^error: Stage "(?:model|predictions)" failed: cannot open a WebGPU device as there is no adapter; install a Vulkan/,
    );
    const { code, out, error } = await runScript(script, flags("auto"), env);
    assert.equal(code, 0, error);
    assert.match(out, /^5 steps on 1 rank \(WebAssembly SIMD\), /m);
    assert.doesNotMatch(error, /error|XDG/);
  });
});

Deno.test({
  name: "A full disk ends generate, pipeline and predict with one line, and keeps nothing that is not whole",
  ignore: !await canMount(),
  async fn(t) {
    await inDirectory(async (directory) => {
      const { store, model } = await trainSmallModel(directory);
      const disk = join(directory, "disk");
      await Deno.mkdir(disk);
      const large = join(directory, "large.zarr");
      const generated = await run("generate", "darcy", "--count", "40", "--resolution", "65", "--out", large);
      assert.equal(generated.code, 0, generated.error);
      const commands: {
        readonly [what: string]: readonly [blocks: number, args: readonly string[], left: RegExp];
      } = {
        generate: [100, [
          "generate",
          "darcy",
          "--count",
          "60",
          "--resolution",
          "65",
          "--out",
          `${disk}/d.zarr`,
        ], /^$/],
        "pipeline, for its predictions": [
          8,
          ["pipeline", "darcy", ...smallFlags(store, `${disk}/out`)],
          /^out\nout\/model\.safetensors\nout\/pipeline\.json\n$/,
        ],
        predict: [16, [
          "predict",
          model,
          large,
          "--split",
          "train",
          "--device",
          "cpu",
          "--out",
          `${disk}/p.zarr`,
        ], /^$/],
      };
      for (const [what, [blocks, args, left]] of Object.entries(commands)) {
        await t.step(what, async () => {
          const { left: names, ...outcome } = await runOnSmallDisk(disk, blocks, args);
          assertOneLine(
            outcome,
            /^error: .*annot write ".*": the disk is full; free some space; nothing was kept$/,
          );
          assert.match(names, left);
        });
      }
    });
  },
});

/** Whether this process may mount a file system of its own. */
async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  try {
    const directory = await Deno.makeTempDir();
    const { success } = await new Deno.Command("unshare", {
      args: ["-m", "mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", directory],
      stdout: "null",
      stderr: "null",
    }).output();
    await Deno.remove(directory);
    return success;
  } catch {
    return false;
  }
}

/** Runs a script whose `disk` holds so many blocks of 4 KiB. @returns What it left there, a path a line */
async function runOnSmallDisk(
  disk: string,
  blocks: number,
  [script, ...args]: readonly string[],
): Promise<Outcome & { readonly left: string }> {
  const list = join(disk, "..", "left.txt");
  const shell = `mount -t tmpfs -o nr_blocks=${blocks} tmpfs "$1" && shift && "$@"; code=$?; ` +
    `cd "${disk}" && find . -mindepth 1 -maxdepth 2 | sort | sed 's|^./||' > "${list}"; exit $code`;
  const url = new URL(`../../scripts/${script}.ts`, import.meta.url).href;
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["-m", "sh", "-c", shell, "sh", disk, Deno.execPath(), "run", "-A", "--no-check", url, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    out: decoder.decode(stdout),
    error: decoder.decode(stderr),
    left: await Deno.readTextFile(list),
  };
}

/** Replaces a number in the raw array that a chunk becomes: written anew without compression. */
async function patchChunk(store: string, array: string, sample: number, node: number, value: number) {
  const { nodeCount, fields } = await (await openMeshStore(store)).read(sample);
  const metadata = join(store, array, "zarr.json");
  const source = await openMeshStore(store);
  const crcs: number[] = [];
  for (let k = 0; k < source.sampleCount; k++) {
    const values = k === sample ? fields[array].with(node, value) : (await source.read(k)).fields[array];
    assert.equal(values.length, nodeCount);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    await Deno.writeFile(join(store, array, `c/${k}/0`), bytes);
    crcs.push(crc32(bytes));
  }
  await patchJson(metadata, (json) => {
    json.codecs = [{ name: "bytes", configuration: { endian: "little" } }];
    json.attributes.chunkCrc32 = crcs;
  });
}

// deno-lint-ignore no-explicit-any
async function patchJson(path: string, change: (json: any) => unknown): Promise<void> {
  const json = JSON.parse(await Deno.readTextFile(path));
  change(json);
  await Deno.writeTextFile(path, JSON.stringify(json));
}

async function copyDirectory(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyDirectory(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
