import assert from "node:assert/strict";
import { ReferenceDevice } from "../../../kernels/reference_device.ts";
import { fillNormal, hash } from "../../../pipeline/graph/random.ts";
import type { DsmpnnConfig } from "../../../pipeline/model/config.ts";
import { Mlp } from "../../../pipeline/model/mlp.ts";
import { NodeMlp } from "../../../pipeline/model/node_mlp.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { Workspace } from "../../../pipeline/model/workspace.ts";
import { bits, difference, within } from "../../support/exactness.ts";

/** Rounding of float32 sums of a few terms of size 1. */
const ROUNDING = 1e-6;

const config: DsmpnnConfig = {
  network: "dsmpnn",
  inputs: 2,
  outputs: 1,
  width: 3,
  hops: 1,
  encoderHidden: [4],
  decoderHidden: [],
  kernelHidden: [5],
  hopActivation: "identity",
  residual: true,
  rootWeight: false,
  hopNorm: "none",
  edgeUpdate: "decoded",
};

/** A network of sizes 2-4-3 with given weights, on its own device. */
function encoder(lastActivation: boolean) {
  const device = new ReferenceDevice();
  const layout = new ParameterLayout(config);
  const flat = fillNormal(hash(1, "parameters"), new Float32Array(layout.length));
  const parameters = device.upload(flat);
  const gradients = device.allocate("f32", layout.length);
  const mlp = new Mlp(device, layout, "encoder", [2, 4, 3], parameters, gradients, {
    lastActivation,
  });
  const part = (values: Float32Array, name: string) => {
    const { offset, length } = layout.tensor(`encoder.${name}`);
    return values.subarray(offset, offset + length);
  };
  return { device, mlp, gradients, part: (name: string) => part(flat, name), partOf: part };
}

/** `max(x W0 + b0, 0) W1 + b1` by loops in float64, for weights `[in, out]`. */
function byHand(x: Float32Array, part: (name: string) => Float32Array, lastActivation: boolean) {
  let rows = Array.from({ length: x.length / 2 }, (_, r) => [x[2 * r], x[2 * r + 1]]);
  for (const layer of [0, 1]) {
    const weight = part(`${layer}.weight`);
    const bias = part(`${layer}.bias`);
    rows = rows.map((row) =>
      Array.from(bias, (b, c) => {
        const sum = row.reduce((s, value, k) => s + value * weight[k * bias.length + c], b);
        return layer === 0 || lastActivation ? Math.max(sum, 0) : sum;
      })
    );
  }
  return rows.flat();
}

for (const lastActivation of [false, true]) {
  Deno.test(`Mlp applies ${lastActivation ? "ReLU" : "nothing"} after its last layer`, async () => {
    const { device, mlp, part } = encoder(lastActivation);
    const x = fillNormal(hash(2, "x"), new Float32Array(2 * 6));
    const output = device.allocate("f32", 3 * 6);
    mlp.forward(6, device.upload(x), mlp.hiddenArrays(new Workspace(device), "mlp", 6), output);
    const expected = byHand(x, part, lastActivation);
    within(difference(await device.read(output), expected), ROUNDING, "output");
    assert.equal(expected.some((value) => value < 0), !lastActivation);
  });
}

Deno.test("Mlp.backward() accumulates parameter gradients, the input's on request", async () => {
  const { device, mlp, gradients, partOf } = encoder(false);
  const rows = 5;
  const x = fillNormal(hash(3, "x"), new Float32Array(2 * rows));
  const outputGradient = fillNormal(hash(3, "gradient"), new Float32Array(3 * rows));
  const workspace = new Workspace(device);
  const hidden = mlp.hiddenArrays(workspace, "hidden", rows);
  const input = device.upload(x);
  mlp.forward(rows, input, hidden, device.allocate("f32", 3 * rows));
  const target = device.upload(new Float32Array(2 * rows).fill(100));
  const backward = async (accumulate: boolean) => {
    const scratch = mlp.hiddenArrays(workspace, "scratch", rows);
    mlp.backward(rows, input, hidden, device.upload(outputGradient), scratch, {
      target,
      accumulate,
    });
    return [await device.read(gradients), await device.read(target)];
  };
  const [first, inputOnce] = await backward(false);
  const [second, inputTwice] = await backward(true);
  within(
    difference(second, first.map((value) => 2 * value)),
    ROUNDING,
    "gradients of the second call",
  );
  within(
    difference(inputTwice, inputOnce.map((value) => 2 * value)),
    ROUNDING,
    "gradient of the input",
  );
  // The gradient of the last bias is the sum of the output gradients.
  const sums = [0, 1, 2].map((c) =>
    outputGradient.reduce((sum, value, k) => sum + (k % 3 === c ? value : 0), 0)
  );
  within(difference(partOf(first, "1.bias"), sums), ROUNDING, "gradient of the last bias");
});

Deno.test("NodeMlp in several blocks equals an Mlp in one", async () => {
  const rows = 8192 + 5;
  const x = fillNormal(hash(4, "x"), new Float32Array(2 * rows));
  const outputGradient = fillNormal(hash(4, "gradient"), new Float32Array(3 * rows));
  const whole = encoder(false);
  const blocked = encoder(false);

  const workspace = new Workspace(whole.device);
  const hidden = whole.mlp.hiddenArrays(workspace, "hidden", rows);
  const wholeOutput = whole.device.allocate("f32", 3 * rows);
  const wholeInputGradient = whole.device.allocate("f32", 2 * rows);
  const input = whole.device.upload(x);
  whole.mlp.forward(rows, input, hidden, wholeOutput);
  whole.mlp.backward(
    rows,
    input,
    hidden,
    whole.device.upload(outputGradient),
    whole.mlp.hiddenArrays(workspace, "s", rows),
    {
      target: wholeInputGradient,
      accumulate: false,
    },
  );

  const { device } = blocked;
  const nodeMlp = new NodeMlp(blocked.mlp, new Workspace(device));
  const output = device.allocate("f32", 3 * rows);
  const inputGradient = device.allocate("f32", 2 * rows);
  nodeMlp.forward(rows, device.upload(x), output);
  nodeMlp.backward(rows, device.upload(x), device.upload(outputGradient), {
    target: inputGradient,
    accumulate: false,
  });

  assert.deepEqual(bits(await device.read(output)), bits(await whole.device.read(wholeOutput)));
  assert.deepEqual(
    bits(await device.read(inputGradient)),
    bits(await whole.device.read(wholeInputGradient)),
  );
  const gradients = await device.read(blocked.gradients);
  const expected = await whole.device.read(whole.gradients);
  // Each block is rounded to float32 before the next is added: sums of size 100 differ in the last
  // bit.
  within(difference(gradients, expected), 1e-4, "parameter gradients");
});

Deno.test("an Mlp without hidden layers is one linear layer", async () => {
  const device = new ReferenceDevice();
  const layout = new ParameterLayout(config);
  const parameters = device.allocate("f32", layout.length);
  const { offset } = layout.tensor("decoder.0.weight");
  device.write(parameters.slice(offset, offset + 4), Float32Array.of(1, 2, 3, 10));
  const mlp = new Mlp(device, layout, "decoder", [3, 1], parameters, parameters, {
    lastActivation: false,
  });
  assert.deepEqual(mlp.hiddenWidths, []);
  const output = device.allocate("f32", 2);
  mlp.forward(2, device.upload(Float32Array.of(1, 1, 1, -9, 1, -1)), [], output);
  assert.deepEqual([...await device.read(output)], [16, 0]);
});
