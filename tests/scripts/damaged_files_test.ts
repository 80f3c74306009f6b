import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { openMeshStore } from "../../io/mesh_store.ts";
import { readSafetensors, writeSafetensors } from "../../io/safetensors.ts";
import { definePipeline, loadModel, type PipelineSpec, predictStore } from "../../mod.ts";
import {
  failureOf,
  inDirectory,
  namesIn,
  trainSmallModel,
  writeSmallStore,
} from "./small_darcy.ts";

/** Names of what a run leaves that did not finish. */
const UNFINISHED = /^(checkpoints|log\.jsonl|pipeline\.json)$/;

/** Damages of a data set, and the error of a run on it. */
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
    /Cannot read chunk "coefficient\/c\/2\/0" of ".*": expected checksum .* is damaged$/i,
  ],
  "a chunk is missing": [
    (store) => Deno.remove(join(store, "solution/c/0/0")),
    /Cannot read chunk "solution\/c\/0\/0" of ".*darcy\.zarr": it is missing; /i,
  ],
  "its attributes are cut": [
    (store) => Deno.truncate(join(store, "zarr.json"), 99),
    /Cannot read ".*zarr\.json": it is not JSON: /i,
  ],
  "a field has NaN": [
    (store) => patchChunk(store, "coefficient", 1, 17, NaN),
    /sample 1 \("darcy-1-0001"\) .*field "coefficient" must be finite, node 17 has NaN$/i,
  ],
  "a field has an infinite value": [
    (store) => patchChunk(store, "solution", 3, 0, -Infinity),
    /sample 3 .*: field "solution" must be finite, node 0 has -Infinity$/i,
  ],
  "its attributes are changed, with a seal": [
    (store) =>
      patchJson(join(store, "zarr.json"), ({ attributes }) => {
        attributes.format = "haloflow-meshes/2";
        attributes.splits.train.pop();
      }),
    /attributes must have the checksum that "attributesCrc32" states; .*damaged/i,
  ],
  "an array is changed, with a seal": [
    async (store) => {
      await patchJson(
        join(store, "zarr.json"),
        ({ attributes }) => attributes.format = "haloflow-meshes/2",
      );
      await patchJson(join(store, "solution/zarr.json"), (json) => json.attributes.chunkCrc32[0]++);
    },
    /array "solution" of ".*": expected checksum [0-9a-f]{8} of its metadata, found [0-9a-f]{8}/i,
  ],
  "an array has another shape": [
    (store) =>
      patchJson(join(store, "solution/zarr.json"), (json) => {
        json.shape = [6 * 169, 1];
        json.attributes.chunkCrc32.pop();
      }),
    /: array "solution" must have shape 1183 × 1, it has 1014 × 1$/i,
  ],
  "an array has a wrong type": [
    (store) => patchJson(join(store, "solution/zarr.json"), (json) => json.data_type = "string"),
    /array "solution" of ".*darcy\.zarr": .*type/i,
  ],
  "a split names a sample that is not there": [
    (store) =>
      patchJson(join(store, "zarr.json"), ({ attributes }) => attributes.splits.train = [0, 99]),
    /: split "train" names sample 99 of 7$/i,
  ],
  "there is no split of that name": [
    (store) =>
      patchJson(join(store, "zarr.json"), ({ attributes }) => {
        attributes.splits = { training: attributes.splits.train, test: attributes.splits.test };
      }),
    /Cannot read split "train" of ".*darcy\.zarr": .*did you mean "training"\?$/i,
  ],
};

/**
 * Makes a store one without seal, which would be the first to find damage, as other programs write
 * them.
 */
async function unseal(store: string): Promise<void> {
  await patchJson(
    join(store, "zarr.json"),
    ({ attributes }) => attributes.format = "haloflow-meshes/1",
  );
}

/** Reads the training samples of a store. */
function reading(store: string, inputs?: readonly string[]): PipelineSpec {
  return definePipeline({
    name: "reading",
    stages: {
      meshes: { run: "load", with: { store, inputs } },
      scales: { run: "statistics", from: "meshes" },
    },
  });
}

Deno.test("A data set that is damaged ends the run with what is wrong and where", async (t) => {
  await inDirectory(async (directory) => {
    const whole = await writeSmallStore(directory, "whole.zarr");
    const store = join(directory, "darcy.zarr");
    const out = join(directory, "out");
    for (const [what, [damage, message]] of Object.entries(damages)) {
      await t.step(what, async () => {
        await copyDirectory(whole, store);
        await unseal(store);
        await damage(store);
        assert.match(await failureOf(reading(store), out), message);
        // Damage that shows when a store is opened ends the run before it has a directory.
        const left = await namesIn(out).catch(() => []);
        assert.deepEqual(left.filter((name) => !UNFINISHED.test(name)), []);
        await Deno.remove(store, { recursive: true }).catch(() => {});
      });
    }
    await t.step("a field is not there", async () => {
      assert.match(
        await failureOf(reading(whole, ["coeficient"]), out),
        /^ {2}1\. Cannot run stage "meshes": .* field "coeficient" .*, did you mean "coefficient"\?$/m,
      );
    });
  });
});

Deno.test("A model file that is damaged, or does not fit, is refused", async (t) => {
  await inDirectory(async (directory) => {
    const { store, model } = await trainSmallModel(directory);
    const bytes = await Deno.readFile(model);
    const file = join(directory, "bad.safetensors");
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
      () =>
        refused(
          /^Cannot read ".*no\.safetensors": No such file/,
          join(directory, "no.safetensors"),
        ),
    );
    await t.step(
      "it is a directory",
      () => refused(/^Cannot read ".*": it must be a file/, store),
    );
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
      await refused(
        /^Cannot read model ".*": its format must be haloflow-model\/1, it is dsmpnn-case\/1$/,
      );
    });
    await t.step("a tensor is missing", async () => {
      const { [name]: _, ...rest } = tensors;
      await rewrite(rest);
      await refused(new RegExp(`"${name}"`));
    });
    await t.step("a tensor has another shape than its network", async () => {
      await rewrite(tensors, {
        config: JSON.stringify({ ...JSON.parse(metadata.config), width: 16 }),
      });
      await refused(/^Cannot .*"(?:encoder|decoder|kernel|hop)[\w./]*".*16/s);
    });
    await t.step("a network as large as the universe", async () => {
      await rewrite(tensors, {
        config: JSON.stringify({ ...JSON.parse(metadata.config), width: 2 ** 40 }),
      });
      await refused(/^Cannot .*width/);
    });
    await t.step("a parameter is NaN", async () => {
      const data = (tensors[name].data as Float32Array).with(0, NaN);
      await rewrite({ ...tensors, [name]: { ...tensors[name], data } });
      await refused(new RegExp(`tensor "${name}" must be finite, element 0 is NaN$`));
    });
    await t.step("a scale is 0", async () => {
      const key = "normalisation/targetScale";
      await rewrite({ ...tensors, [key]: { ...tensors[key], data: Float64Array.of(0) } });
      await refused(/targetScale.*> 0/);
    });
    await t.step("its metadata is no JSON", async () => {
      await rewrite(tensors, { graphRule: "{" });
      await refused(/^Cannot read model ".*": its metadata "graphRule" is not JSON$/);
    });
    await t.step("the store lacks an input of the model", async () => {
      await rewrite(tensors, { inputNames: JSON.stringify(["x", "y", "permeability"]) });
      await assert.rejects(
        predictStore(file, store, join(directory, "p.zarr"), { device: "cpu" }),
        {
          name: "StageError",
          message: /^Stage "meshes" failed: .* field "permeability" of ".*": no field of that name/,
        },
      );
      assert.ok(!(await namesIn(directory)).includes("p.zarr"));
    });
  });
});

/** Replaces a number in the raw array that a chunk becomes: written anew without compression. */
async function patchChunk(
  store: string,
  array: string,
  sample: number,
  node: number,
  value: number,
) {
  const { nodeCount, fields } = await (await openMeshStore(store)).read(sample);
  const metadata = join(store, array, "zarr.json");
  const source = await openMeshStore(store);
  const crcs: number[] = [];
  for (let k = 0; k < source.sampleCount; k++) {
    const values = k === sample
      ? fields[array].with(node, value)
      : (await source.read(k)).fields[array];
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

/** What is changed of the metadata of a group or an array. */
interface StoreMetadata {
  attributes: {
    format: string;
    splits: Record<string, number[]>;
    chunkCrc32: number[];
  };
  shape: number[];
  data_type: string;
  codecs: object[];
}

async function patchJson(path: string, change: (json: StoreMetadata) => unknown): Promise<void> {
  const json: StoreMetadata = JSON.parse(await Deno.readTextFile(path));
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
