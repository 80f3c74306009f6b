import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../../io/safetensors.ts";
import { createCpuDevice } from "../../../kernels/cpu/cpu_device.ts";
import type { Device } from "../../../kernels/device.ts";
import { ReferenceDevice } from "../../../kernels/reference_device.ts";
import { parseNetworkConfig } from "../../../pipeline/model/config.ts";
import {
  createOptimizer,
  Muon,
  muonMatrices,
  type ParameterMatrix,
} from "../../../pipeline/model/muon.ts";
import { Adam, NonFiniteError } from "../../../pipeline/model/optimizer.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { testOnWebGpu } from "../../kernels/webgpu/on_webgpu.ts";
import { bits, difference, within } from "../../support/exactness.ts";

const FIXTURE = fileURLToPath(import.meta.resolve("../../fixtures/optimizer/muon.safetensors"));

/**
 * Limit of the error of a parameter, in units of steps · learning rate: float32 rounds parameters
 * of size 3 to 6e-6 of them.
 */
const STEP_LIMIT = 3e-5;

const NETWORK = {
  network: "dsmpnn",
  inputs: 3,
  outputs: 2,
  width: 4,
  hops: 2,
  encoderHidden: [5],
  decoderHidden: [6],
  kernelHidden: [7, 8],
  hopActivation: "identity",
  residual: true,
  rootWeight: true,
  hopNorm: "layer",
  edgeUpdate: "decoded",
} as const;

const GCN = { network: "gcn", inputs: 3, outputs: 2, width: 5 } as const;

interface FixtureMatrix extends ParameterMatrix {
  readonly name: string;
  readonly parameters: Float32Array;
  /** One after the other, for each step. */
  readonly gradients: Float32Array;
  readonly after: Float32Array;
}

/** Matrices of the fixture in one flat array, with three other parameters around each. */
async function readFixture() {
  const { tensors, metadata } = await readSafetensors(FIXTURE);
  const data = (name: string) => tensors[name].data as Float32Array;
  const matrices: FixtureMatrix[] = [];
  let length = 3;
  for (const key of Object.keys(tensors).filter((key) => key.endsWith("/parameters"))) {
    const [name] = key.split("/");
    const { shape: [rows, columns] } = tensors[key];
    const [parameters, gradients, after] = ["parameters", "gradients", "after"].map((part) =>
      data(`${name}/${part}`)
    );
    matrices.push({ name, offset: length, rows, columns, parameters, gradients, after });
    length += rows * columns + 3;
  }
  return { matrices, length, learningRate: JSON.parse(metadata.learningRate) as number };
}

async function checkFixture(device: Device): Promise<void> {
  const { matrices, length, learningRate } = await readFixture();
  const muon = new Muon(device, length, matrices);
  const adam = new Adam(length);
  const parameters = new Float32Array(length).fill(0.5);
  for (const { offset, parameters: values } of matrices) parameters.set(values, offset);
  const adamParameters = parameters.slice();
  const stepCount = matrices[0].gradients.length / matrices[0].parameters.length;
  for (let step = 0; step < stepCount; step++) {
    const gradient = Float32Array.from({ length }, (_, k) => Math.cos(k + step));
    for (const { offset, rows, columns, gradients } of matrices) {
      const count = rows * columns;
      gradient.set(gradients.subarray(step * count, (step + 1) * count), offset);
    }
    await muon.prepare(parameters, gradient, learningRate);
    muon.apply(parameters);
    adam.step(adamParameters, gradient, learningRate);
    for (const { name, offset, rows, columns, after } of matrices) {
      const count = rows * columns;
      const error = difference(
        parameters.subarray(offset, offset + count),
        after.subarray(step * count, (step + 1) * count),
      );
      within(error / learningRate / (step + 1), STEP_LIMIT, `${name}, step ${step + 1}`);
    }
  }
  muon.release();
  for (const { offset, rows, columns } of matrices) {
    const others = [offset - 3, offset + rows * columns];
    for (const start of others) {
      const [actual, expected] = [parameters, adamParameters].map((values) =>
        bits(values.subarray(start, start + 3))
      );
      assert.deepEqual(actual, expected);
    }
  }
}

Deno.test("Muon reproduces steps computed by PyTorch on the reference device", () =>
  checkFixture(new ReferenceDevice()));

Deno.test("Muon reproduces steps computed by PyTorch on the CPU device", () =>
  checkFixture(createCpuDevice()));

testOnWebGpu("Muon reproduces steps computed by PyTorch on the WebGPU device", checkFixture);

Deno.test("muonMatrices() are the weights between the first and the last layer", () => {
  const sizes = (config: object) => {
    const parsed = parseNetworkConfig(config, "the test");
    const layout = new ParameterLayout(parsed);
    return muonMatrices(parsed, layout).map(({ offset, rows, columns }) => {
      const { name, length } = layout.tensorAt(offset)!;
      assert.equal(length, rows * columns);
      return `${name} ${rows}x${columns}`;
    });
  };
  assert.deepEqual(sizes(NETWORK), [
    "encoder.1.weight 5x4",
    "decoder.0.weight 4x6",
    "kernel.0.weight 5x7",
    "kernel.1.weight 7x8",
    "kernelMatrix.weight 32x4",
    "hop.root 4x4",
  ]);
  const plain = { ...NETWORK, encoderHidden: [], decoderHidden: [], rootWeight: false };
  assert.deepEqual(sizes(plain).slice(-1), ["kernelMatrix.weight 32x4"]);
  assert.equal(sizes(plain).length, 3);
  assert.deepEqual(sizes({ ...GCN, layers: 4 }), ["gcn.1.weight 5x5", "gcn.2.weight 5x5"]);
});

Deno.test("createOptimizer() refuses Muon for a network without a matrix for it", () => {
  const create = (layers: number) =>
    createOptimizer("muon", new ReferenceDevice(), { ...GCN, layers });
  const rule = /Muon: .* weight between .* first and .* last layer, its weights are gcn\.0\.weight/;
  assert.throws(() => create(2), { name: "UserError", message: rule });
  assert.ok(create(3) instanceof Muon);
});

// A NaN among the matrices and among the others; an update that overflows.
for (const [element, value, rate] of [[4, NaN, 0.1], [0, NaN, 0.1], [2, 1, 1e40]]) {
  const name = `Muon refuses a gradient of ${value} at rate ${rate}, and changes nothing`;
  Deno.test(`${name} (element ${element})`, async () => {
    const muon = new Muon(new ReferenceDevice(), 8, [{ offset: 2, rows: 2, columns: 3 }]);
    const parameters = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const step = async (gradient: Float32Array, rate: number) => {
      await muon.prepare(parameters, gradient, rate);
      muon.apply(parameters);
    };
    await step(Float32Array.of(0, 0, 1, 2, 3, 4, 5, 7), 0.1);
    const before = structuredClone({ parameters, ...muon.state });
    const gradient = Float32Array.of(0, 0, 1, 2, 3, 4, 5, 7);
    gradient[element] = value;
    await assert.rejects(step(gradient, rate), (error) => {
      assert.ok(error instanceof NonFiniteError);
      // A matrix is not a number as a whole.
      assert.equal(error.element, element < 2 ? 0 : 2);
      return true;
    });
    assert.deepEqual({ parameters, ...muon.state }, before);
  });
}
