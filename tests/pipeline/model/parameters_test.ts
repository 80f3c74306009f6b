import assert from "node:assert/strict";
import { parseNetworkConfig } from "../../../pipeline/model/config.ts";
import { mlpSizes, ParameterLayout } from "../../../pipeline/model/parameters.ts";

const DSMPNN = {
  network: "dsmpnn",
  inputs: 3,
  outputs: 2,
  width: 4,
  hops: 2,
  encoderHidden: [5],
  decoderHidden: [],
  kernelHidden: [6, 7],
  hopActivation: "identity",
  residual: true,
  rootWeight: true,
  hopNorm: "layer",
  edgeUpdate: "decoded",
} as const;

const GCN = { network: "gcn", inputs: 3, outputs: 2, width: 5, layers: 3 } as const;

const config = parseNetworkConfig(DSMPNN, "the test");
const layout = new ParameterLayout(config);

/** Tensors in PyTorch's layout whose values encode their positions. */
function numberedTensors() {
  return Object.fromEntries(layout.tensors.map(({ name, shape, length }, t) => [
    name,
    { shape, data: Float32Array.from({ length }, (_, k) => 1000 * t + k) },
  ]));
}

Deno.test("ParameterLayout has the names and shapes of PyTorch", () => {
  assert.deepEqual(layout.tensors.map(({ name, shape }) => `${name} ${shape.join("x")}`), [
    "encoder.0.weight 5x3",
    "encoder.0.bias 5",
    "encoder.1.weight 4x5",
    "encoder.1.bias 4",
    "decoder.0.weight 2x4",
    "decoder.0.bias 2",
    "kernel.0.weight 6x5",
    "kernel.0.bias 6",
    "kernel.1.weight 7x6",
    "kernel.1.bias 7",
    "kernelMatrix.weight 16x7",
    "kernelMatrix.bias 16",
    "hop.bias 4",
    "hop.root 4x4",
    "hop.norm.weight 4",
    "hop.norm.bias 4",
  ]);
  const gcn = new ParameterLayout(GCN);
  assert.deepEqual(gcn.tensors.map(({ name, shape }) => `${name} ${shape.join("x")}`), [
    "gcn.0.weight 5x3",
    "gcn.0.bias 5",
    "gcn.1.weight 5x5",
    "gcn.1.bias 5",
    "gcn.2.weight 2x5",
    "gcn.2.bias 2",
  ]);
});

Deno.test("ParameterLayout places the tensors one after the other, without gaps", () => {
  let end = 0;
  for (const { offset, length, shape } of layout.tensors) {
    assert.equal(offset, end);
    assert.equal(length, shape.reduce((product, extent) => product * extent, 1));
    end += length;
  }
  assert.equal(layout.length, end);
});

Deno.test("fromTensors() transposes weights to [in, out], toTensors() transposes them back", () => {
  const tensors = numberedTensors();
  const flat = layout.fromTensors(tensors, "the test");
  const { offset } = layout.tensor("encoder.0.weight");
  for (const [out, inp] of [[0, 0], [0, 2], [4, 0], [3, 1]]) {
    assert.equal(flat[offset + inp * 5 + out], tensors["encoder.0.weight"].data[out * 3 + inp]);
  }
  assert.deepEqual(layout.toTensors(flat), tensors);
});

Deno.test("fromTensors() names a tensor that is missing, unknown or of the wrong shape", () => {
  const changed = (change: Record<string, unknown>) => () => {
    const tensors = { ...numberedTensors(), ...change } as ReturnType<typeof numberedTensors>;
    for (const name of Object.keys(change)) if (change[name] === undefined) delete tensors[name];
    layout.fromTensors(tensors, '"m.safetensors"');
  };
  assert.throws(changed({ "hop.root": undefined }), {
    name: "DataError",
    message: /^Cannot read parameters from "m.safetensors": .*"hop.root" \[4, 4\] is missing/,
  });
  // Of the right length: only the shape shows that it is transposed.
  assert.throws(changed({ "encoder.0.weight": { shape: [3, 5], data: new Float32Array(15) } }), {
    name: "DataError",
    message: /: "encoder.0.weight" must be \[5, 3\], received \[3, 5\]/,
  });
  assert.throws(changed({ "hop.rot": { shape: [4], data: new Float32Array(4) } }), {
    name: "DataError",
    message: /: the network has no "hop.rot", did you mean "hop.root"\?/,
  });
});

Deno.test("fromTensors() names a missing tensor of a network larger than the memory", () => {
  const huge = new ParameterLayout(
    { ...config, width: 65_536, kernelHidden: [65_536] } as typeof config,
  );
  assert.throws(() => huge.fromTensors({}, "the test"), {
    name: "DataError",
    message: /"encoder.0.weight" .* is missing/,
  });
});

Deno.test("initialValues() are uniform within 1 / sqrt(fan-in), as in PyTorch's Linear", () => {
  const wide = new ParameterLayout(
    parseNetworkConfig({ ...DSMPNN, width: 24, kernelHidden: [48], hopNorm: "none" }, "the test"),
  );
  const values = wide.initialValues(3);
  for (const { name, offset, length } of wide.tensors) {
    const fanIn = { encoder: [3, 5], decoder: [24], kernel: [5], kernelMatrix: [48], hop: [24] }[
      name.split(".")[0]
    ]![Number(name.split(".")[1]) || 0];
    const bound = 1 / Math.sqrt(fanIn);
    const part = values.subarray(offset, offset + length);
    assert.ok(part.every((value) => Math.abs(value) <= bound), name);
    if (length < 200) continue;
    // Mean 0 and variance bound² / 3, within five standard errors.
    const mean = part.reduce((sum, value) => sum + value, 0) / length;
    const variance = part.reduce((sum, value) => sum + value * value, 0) / length;
    assert.ok(Math.abs(mean) < 5 * bound / Math.sqrt(3 * length), `mean of ${name}: ${mean}`);
    assert.ok(
      Math.abs(variance / bound ** 2 - 1 / 3) < 5 * Math.sqrt(4 / 45 / length),
      `variance of ${name}: ${variance}`,
    );
  }
});

Deno.test("initialValues() depend on the seed alone; layer norm starts at the identity", () => {
  const { "hop.norm.weight": weight, "hop.norm.bias": bias } = layout.toTensors(
    layout.initialValues(0),
  );
  assert.deepEqual([...weight.data, ...bias.data], [1, 1, 1, 1, 0, 0, 0, 0]);
  assert.deepEqual(layout.initialValues(7), new ParameterLayout(config).initialValues(7));
  assert.notDeepEqual(layout.initialValues(7), layout.initialValues(8));
  // A tensor is keyed by its name: the depth of another MLP does not change it.
  const deeper = new ParameterLayout(
    parseNetworkConfig({ ...DSMPNN, encoderHidden: [5, 5] }, "the test"),
  );
  const name = "kernel.1.weight";
  assert.deepEqual(
    deeper.toTensors(deeper.initialValues(7))[name],
    layout.toTensors(layout.initialValues(7))[name],
  );
});

Deno.test("mlpSizes() gives the layer sizes of each MLP; a GCN has none", () => {
  assert.deepEqual(mlpSizes(config, "encoder"), [3, 5, 4]);
  assert.deepEqual(mlpSizes(config, "decoder"), [4, 2]);
  assert.deepEqual(mlpSizes(config, "kernel"), [5, 6, 7]);
  assert.throws(() => mlpSizes(GCN, "encoder"), RangeError);
  // Inputs of three dimensions have no attributes: only the length of the edge is added.
  for (const [dimensions, width] of [[1, 10], [2, 8], [3, 6]]) {
    const ends = { ...config, edgeInputs: "ends", dimensions } as const;
    assert.deepEqual(mlpSizes(ends as typeof config, "kernel"), [width, 6, 7]);
  }
});

Deno.test("parseNetworkConfig() names each option that is missing, unknown or out of range", () => {
  const { hops: _hops, ...missing } = DSMPNN;
  const parse = (value: unknown) => () => parseNetworkConfig(value, '"m.safetensors"');
  assert.throws(parse({ ...missing, width: 0, widht: 3 }), (error: Error) => {
    assert.equal(error.name, "DataError");
    assert.match(error.message, /^Cannot read the network options of "m.safetensors": /);
    for (const part of [/width: /, /hops: /, /widht/]) assert.match(error.message, part);
    return true;
  });
  for (const dimensions of [undefined, 4]) {
    assert.throws(parse({ ...DSMPNN, edgeInputs: "ends", inputs: 2, dimensions }), {
      name: "DataError",
      message: /dimensions: /,
    });
  }
  assert.throws(parse({ network: "mlp" }), { name: "DataError", message: /network: / });
  assert.throws(parse(null), { name: "DataError", message: /config: / });
});
