import assert from "node:assert/strict";
import { join } from "node:path";
import { readSafetensors } from "../../../io/safetensors.ts";
import { parseNetworkConfig } from "../../../pipeline/model/config.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { GIVEN_GRAPH } from "../../../pipeline/batches/graph_rows.ts";
import type { TrainedModel } from "../../../pipeline/training/model_batch.ts";
import { readModelFile, writeModelFile } from "../../../pipeline/training/model_file.ts";
import { warmStart } from "../../../pipeline/training/warm_start.ts";
import {
  type Editable,
  edited,
  withElement,
  withHeaderText,
  withShape,
} from "../../support/damaged_files.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const config = parseNetworkConfig({
  network: "dsmpnn",
  inputs: 3,
  outputs: 2,
  width: 4,
  hops: 2,
  kernelHidden: [6],
  encoderHidden: [5],
  decoderHidden: [],
  hopActivation: "gelu",
  residual: false,
  rootWeight: true,
  hopNorm: "layer",
  edgeUpdate: "decoded",
}, "the test");

const MODEL: TrainedModel = {
  config,
  parameters: new ParameterLayout(config).initialValues(4),
  normalisation: {
    inputMean: Float64Array.of(0.1, -2, 1e-9),
    inputScale: Float64Array.of(1, 0.3, 1e9),
    targetMean: Float64Array.of(5, 6),
    targetScale: Float64Array.of(Math.PI, 1),
    targetPowers: new Float64Array(0),
    targetDeviation: Float64Array.of(Math.PI, 1),
    valueOffset: new Float64Array(0),
  },
  dimensions: 2,
  inputNames: ["x", "y", "permeability"],
  targetNames: ["velocity.x", "velocity.y"],
  units: ["", "", "m2", "m/s", "m/s"],
  graphRule: { edges: "radius", radius: 0.2, maxEdges: 32, sampledNodes: 400 },
};
const TRAINING = { steps: 3, seed: 4 };

async function withModel(test: (path: string) => Promise<void>): Promise<void> {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "model.safetensors");
    await writeModelFile(path, MODEL, TRAINING);
    await test(path);
  });
}

/** Asserts that the file is refused once it holds `bytes`. */
async function assertRefused(
  bytesOf: (path: string) => Promise<Uint8Array>,
  message: RegExp,
): Promise<void> {
  await withModel(async (path) => {
    await Deno.writeFile(path, await bytesOf(path));
    await assert.rejects(readModelFile(path), (error: Error) => {
      assert.equal(error.name, "DataError", error.stack);
      assert.ok(error.message.includes(path), error.message);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"), `one line: ${error.message}`);
      return true;
    });
  });
}

const assertEditRefused = (edit: (file: Editable) => void, message: RegExp) =>
  assertRefused((path) => edited(path, edit), message);

Deno.test("readModelFile() returns what writeModelFile() wrote, bit for bit", async () => {
  await withModel(async (path) => {
    assert.deepEqual(await readModelFile(path), { model: MODEL, training: TRAINING });
  });
});

Deno.test("A model file states the form of the edges if it is not the paper's", () =>
  inTemporaryDirectory(async (directory) => {
    const write = async (name: string, change: Readonly<Record<string, unknown>>) => {
      const config = parseNetworkConfig({ ...MODEL.config, ...change }, "the test");
      const parameters = new ParameterLayout(config).initialValues(4);
      const path = join(directory, name);
      const model = { ...MODEL, config, parameters };
      await writeModelFile(path, model, TRAINING);
      return { path, model };
    };
    const plain = await write("plain", {});
    const ends = await write("ends", { edgeInputs: "ends", dimensions: 2 });
    const { tensors, metadata } = await readSafetensors(plain.path);
    assert.doesNotMatch(metadata.config, /edgeInputs|dimensions/);
    assert.deepEqual(tensors["kernel.0.weight"].shape, [6, 5]);
    assert.deepEqual((await readSafetensors(ends.path)).tensors["kernel.0.weight"].shape, [6, 8]);
    assert.deepEqual((await readModelFile(ends.path)).model, ends.model);
    const other = await write("other", { edgeInputs: "ends", dimensions: 1 });
    await assert.rejects(readModelFile(other.path), {
      name: "DataError",
      message: /the network must have the 2 dimensions of its data, it has 1/,
    });
    await assert.rejects(warmStart(plain.path, ends.model), {
      name: "DataError",
      message: /its edgeInputs must be that of the training, "ends", it is none/,
    });
  }));

/** Velocities over the square of the permeability. */
const REFERRED: TrainedModel = {
  ...MODEL,
  normalisation: {
    ...MODEL.normalisation,
    targetPowers: Float64Array.of(0, 0, 2, 0, 0, 2),
    targetDeviation: Float64Array.of(7, 8),
  },
};

Deno.test(
  "A model file holds the divisors of its targets, and no tensors for targets " + "without",
  () =>
    inTemporaryDirectory(async (directory) => {
      const [plain, referred] = ["plain", "referred"].map((name) => join(directory, name));
      await writeModelFile(plain, MODEL, TRAINING);
      await writeModelFile(referred, REFERRED, TRAINING);
      assert.deepEqual(await readModelFile(referred), { model: REFERRED, training: TRAINING });
      const namesOf = async (path: string) => Object.keys((await readSafetensors(path)).tensors);
      const added = new Set(await namesOf(referred)).difference(new Set(await namesOf(plain)));
      assert.deepEqual([...added].sort(), [
        "normalisation/targetDeviation",
        "normalisation/targetPowers",
      ]);
      for (
        const [name, values, message] of [
          ["targetPowers", [0, 0, 2, 0, 0, -2], /"normalisation\/targetPowers" must be >= 0/],
          ["targetPowers", [0, 2], /"normalisation\/targetPowers" must be F64 \[6\]/],
          ["targetDeviation", [1, 0], /"normalisation\/targetDeviation" must be > 0/],
          ["targetDeviation", [1, NaN], /"normalisation\/targetDeviation" must be finite/],
        ] as const
      ) {
        const normalisation = { ...REFERRED.normalisation, [name]: Float64Array.from(values) };
        const damaged = await Deno.makeTempFile({ dir: directory });
        await Deno.remove(damaged);
        await writeModelFile(damaged, { ...REFERRED, normalisation }, TRAINING);
        await assert.rejects(readModelFile(damaged), { name: "DataError", message });
      }
    }),
);

Deno.test(
  "readModelFile() reads a file without an edge rule as one of a radius, and the rule nearest",
  async () => {
    await withModel(async (path) => {
      const older = ({ metadata }: Editable) =>
        metadata.graphRule = JSON.stringify({ radius: 0.2, maxEdges: 32, sampledNodes: 400 });
      await Deno.writeFile(`${path}.older`, await edited(path, older));
      assert.deepEqual((await readModelFile(`${path}.older`)).model.graphRule, MODEL.graphRule);
      const graphRule = { edges: "nearest", radius: 0, maxEdges: 8, sampledNodes: 0 } as const;
      await writeModelFile(`${path}.nearest`, { ...MODEL, graphRule }, TRAINING);
      assert.deepEqual((await readModelFile(`${path}.nearest`)).model.graphRule, graphRule);
      await writeModelFile(`${path}.given`, { ...MODEL, graphRule: GIVEN_GRAPH }, TRAINING);
      assert.deepEqual((await readModelFile(`${path}.given`)).model.graphRule, GIVEN_GRAPH);
      // The form of older files.
      await writeModelFile(
        `${path}.bare`,
        { ...MODEL, graphRule: { ...GIVEN_GRAPH, edges: "radius" } },
        TRAINING,
      );
      assert.deepEqual((await readModelFile(`${path}.bare`)).model.graphRule, GIVEN_GRAPH);
    });
  },
);

Deno.test(
  "writeModelFile() writes PyTorch's names and layouts, and equal bytes every " + "time",
  async () => {
    await withModel(async (path) => {
      const { tensors } = await readSafetensors(path);
      const { shape, data } = tensors["encoder.0.weight"];
      assert.deepEqual(shape, [5, 3]);
      const { offset } = new ParameterLayout(config).tensor("encoder.0.weight");
      // Row 4 (out), column 1 (in) lies at [in, out] = [1, 4] of the flat array.
      assert.equal(data[4 * 3 + 1], MODEL.parameters[offset + 1 * 5 + 4]);
      await writeModelFile(`${path}.again`, MODEL, TRAINING);
      assert.deepEqual(await Deno.readFile(`${path}.again`), await Deno.readFile(path));
    });
  },
);

Deno.test(
  "readModelFile() refuses a file that is truncated, has wrong sizes or another format",
  async () => {
    for (const share of [0, 0.1, 0.5, 0.999]) {
      await assertRefused(async (path) => {
        const bytes = await Deno.readFile(path);
        return bytes.slice(0, Math.floor(share * bytes.length));
      }, /short|not JSON/);
    }
    await assertRefused(
      (path) => withHeaderText(path, '"shape":[5,3]', '"shape":[5,9]'),
      /"encoder.0.weight"/,
    );
    await assertEditRefused(
      ({ metadata }) => metadata.format = "dsmpnn-case/1",
      /must be haloflow-model\/1, it is dsmpnn-/,
    );
  },
);

Deno.test(
  "readModelFile() names the tensor that is missing, unknown, of another shape, or " + "not finite",
  async () => {
    await assertEditRefused(
      ({ tensors }) => delete tensors["hop.root"],
      /"hop.root" \[4, 4\] is missing/,
    );
    await assertEditRefused(
      ({ tensors }) => tensors["hop.rot"] = tensors["hop.root"],
      /"hop.rot".* did you mean/,
    );
    await assertEditRefused(
      ({ tensors }) => tensors["encoder.0.weight"] = withShape(tensors["encoder.0.weight"], [3, 5]),
      /"encoder.0.weight" must be \[5, 3\].* received \[3, 5\]/,
    );
    await assertEditRefused(
      ({ tensors }) => tensors["hop.bias"] = withElement(tensors["hop.bias"], 2, NaN),
      /"hop.bias" must be finite, element 2 is NaN/,
    );
  },
);

Deno.test(
  "readModelFile() refuses a normalisation that is missing, not positive, or of another " +
    "length",
  async () => {
    const name = "normalisation/targetScale";
    await assertEditRefused(
      ({ tensors }) => delete tensors[name],
      /"normalisation\/targetScale" must be F64 \[2\], it is missing/,
    );
    await assertEditRefused(
      ({ tensors }) => tensors[name] = withElement(tensors[name], 1, 0),
      /must be > 0/,
    );
    await assertEditRefused(
      ({ tensors }) => tensors[name] = withElement(tensors[name], 1, Infinity),
      /must be finite/,
    );
    await assertEditRefused(
      ({ tensors }) => tensors[name] = { dtype: "F64", shape: [3], data: Float64Array.of(1, 1, 1) },
      /must be F64 \[2\], it is F64 \[3\]/,
    );
  },
);

Deno.test("readModelFile() refuses metadata that do not fit the network", async () => {
  const set = (key: string, value: unknown) => ({ metadata }: Editable) =>
    metadata[key] = JSON.stringify(value);
  await assertEditRefused(set("inputNames", ["x", "y"]), /needs 3 inputNames, there are 2/);
  await assertEditRefused(set("targetNames", ["p", "q", "r"]), /needs 2 targetNames, there are 3/);
  await assertEditRefused(set("units", ["m"]), /needs 5 units, there are 1/);
  await assertEditRefused(set("targetNames", "p"), /"targetNames" is missing or of the wrong kind/);
  await assertEditRefused(set("graphRule", { radius: -1 }), /"graphRule"/);
  await assertEditRefused(({ metadata }) => delete metadata.training, /"training"/);
  await assertEditRefused(({ metadata }) => metadata.config = "{", /"config" is not JSON/);
  await assertEditRefused(({ metadata }) => delete metadata.config, /config/);
});
