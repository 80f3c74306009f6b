import assert from "node:assert/strict";
import type { Device } from "../../../kernels/device.ts";
import type { HostArray } from "../../../kernels/element_types.ts";
import type { Kernel } from "../../../kernels/kernel.ts";
import { edgeEnds } from "../../../kernels/ops/edge_ends.ts";
import { columnSum, linear } from "../../../kernels/ops/linear.ts";
import { weightedGather } from "../../../kernels/ops/weighted_gather.ts";
import { WebGpuArray } from "../../../kernels/webgpu/array.ts";
import { cut } from "../../../kernels/webgpu/cuts.ts";
import { createWebGpuDevice } from "../../../kernels/webgpu/webgpu_device.ts";
import { createShaders, type Shader } from "../../../kernels/webgpu/shaders.ts";
import { TILES } from "../../../kernels/webgpu/tile.ts";
import { graphFromEdges } from "../../../pipeline/graph/graph.ts";
import type { DsmpnnConfig } from "../../../pipeline/model/config.ts";
import { bits } from "../../support/exactness.ts";
import { computeOnRanks, randomSample } from "../../support/sample.ts";
import { CaseValues, offsetsFromDegrees } from "../case_values.ts";
import { testOnWebGpu, testWithAdapter } from "./on_webgpu.ts";

/**
 * Limits far below those of any adapter: bindings of 5,112 elements (at least 256 rows of 16),
 * arrays in several buffers, dispatches of 4 workgroups.
 */
const LIMITS = {
  maxStorageBufferBindingSize: 20_480,
  maxBufferSize: 20_480,
  maxComputeWorkgroupsPerDimension: 2,
};
const NODES = 800, DEGREE = 5;

const CONFIG: DsmpnnConfig = {
  network: "dsmpnn",
  inputs: 3,
  outputs: 2,
  width: 8,
  hops: 2,
  encoderHidden: [16],
  decoderHidden: [16],
  kernelHidden: [12, 16],
  hopActivation: "gelu",
  residual: true,
  rootWeight: true,
  hopNorm: "layer",
  edgeUpdate: "decoded",
};

testWithAdapter(
  "a run with arrays beyond the limits bitwise equals a run within them",
  async () => {
    const values = new CaseValues(11), edges = NODES * DEGREE;
    const graph = graphFromEdges(
      NODES,
      values.integers(edges, NODES),
      values.integers(edges, NODES),
    );
    const sample = { ...randomSample(CONFIG, graph, 7), steps: 2 };
    const owner = Uint32Array.from({ length: NODES }, (_, node) => node < 760 ? 0 : 1);
    const results = [];
    for (const limits of [{}, LIMITS]) {
      const device = await createWebGpuDevice({ allowFallback: true, blockEdges: 64, limits });
      results.push(await computeOnRanks(device, sample, owner, 2));
      device.destroy();
    }
    const [whole, inPieces] = results;
    assert.deepEqual(bits(inPieces.prediction), bits(whole.prediction));
    assert.deepEqual(inPieces.losses, whole.losses);
    assert.deepEqual(bits(inPieces.gradient), bits(whole.gradient));
    assert.deepEqual(bits(inPieces.after), bits(whole.after));
  },
);

testWithAdapter(
  "kernels on arrays beyond the limits bitwise equal kernels within them",
  async () => {
    const values = new CaseValues(3);
    const rows = 350, width = 12, degrees = Array.from({ length: 20 }, (_, r) => r % 7);
    const edges = degrees.reduce((sum, degree) => sum + degree, 0);
    const calls: readonly {
      kernel: Kernel;
      arrays: Record<string, HostArray>;
      sizes: Record<string, number>;
    }[] = [
      {
        kernel: weightedGather,
        arrays: {
          offsets: offsetsFromDegrees(degrees),
          senders: values.integers(edges, 600),
          edgeWeights: values.numbers(edges),
          selfWeights: values.numbers(20),
          values: values.numbers(600 * width),
          bias: values.numbers(width),
          sums: new Float32Array(20 * width),
        },
        sizes: { rows: 20, width, activation: 0 },
      },
      {
        kernel: edgeEnds, // inputs longer than a binding
        arrays: {
          senders: values.integers(300, 2001),
          receivers: values.integers(300, 2001),
          input: values.numbers(2001 * 4),
          decoded: values.numbers(2001 * 2),
          attributes: values.numbers(300 * 11),
        },
        sizes: { edges: 300, inputs: 4, outputs: 2, dimensions: 2 },
      },
      {
        kernel: linear, // writes to two buffers
        arrays: {
          input: values.numbers(rows * 20),
          weight: values.numbers(20 * 30),
          bias: values.numbers(30),
          output: values.numbers(rows * 30),
        },
        sizes: { rows, inner: 20, columns: 30, activation: 0, accumulate: 1 },
      },
      {
        kernel: columnSum, // parts of 251 rows and a last one of 248
        arrays: { input: values.numbers(1001 * 7), sums: values.numbers(7) },
        sizes: { rows: 1001, columns: 7 },
      },
    ];
    const whole = await createWebGpuDevice({ allowFallback: true });
    const inPieces = await createWebGpuDevice({ allowFallback: true, limits: LIMITS });
    const outputs = async (device: Device, { kernel, arrays, sizes }: typeof calls[number]) => {
      const uploaded = Object.fromEntries(
        Object.entries(arrays).map(([name, data]) => [name, device.upload(data as Float32Array)]),
      );
      device.run(kernel, uploaded, sizes);
      const written = Object.keys(arrays).filter((name) => kernel.bindings[name].access !== "read");
      return await Promise.all(written.map((name) => device.read(uploaded[name])));
    };
    for (const call of calls) {
      assert.deepEqual(await outputs(inPieces, call), await outputs(whole, call), call.kernel.name);
    }
    whole.destroy();
    inPieces.destroy();
  },
);

testOnWebGpu("an array in several buffers behaves as one array", async (device) => {
  const counting = Float32Array.from({ length: 20_000 }, (_, k) => k);
  const array = device.upload(counting), other = device.allocate("f32", 20_000);
  assert.deepEqual(await device.read(array), counting);
  device.copy(array.slice(1, 19_001), other.slice(900, 19_900));
  device.copy(other.slice(0, 10_000), other.slice(10_000, 20_000));
  device.clear(array.slice(2000, 19_000));
  device.write(array.slice(5100), new Float32Array(8000).fill(-1));
  const moved = counting.slice(1, 9101), copied = new Float32Array(20_000);
  for (const start of [900, 10_900]) copied.set(moved, start);
  assert.deepEqual(await device.read(other), copied);
  const expected = counting.slice().fill(0, 2000, 19_000).fill(-1, 5100, 13_100);
  assert.deepEqual(await device.read(array.slice(1999)), expected.slice(1999));
  device.release(array);
  device.release(other);
  assert.equal(device.memory.currentBytes, 0);
}, { limits: LIMITS });

Deno.test("cut() gives windows of at most a binding, with each row in one piece", () => {
  const shaders: Readonly<Record<string, Shader>> = createShaders(TILES[0]);
  const array = (length: number) =>
    new WebGpuArray(
      "f32",
      { buffers: [], bufferLength: length, length, released: false },
      0,
      length,
    );
  const pieces = cut({
    shader: shaders.linear,
    arrays: {
      input: array(1000 * 7),
      weight: array(7 * 9),
      bias: array(9),
      output: array(1000 * 9),
    },
    sizes: { rows: 1000, inner: 7, columns: 9, activation: 0, accumulate: 0 },
  }, 500);
  assert.equal(pieces.length, Math.ceil(1000 / 55));
  let row = 0;
  for (const { arrays, sizes } of pieces) {
    assert.equal(arrays.input.start, 7 * row);
    assert.equal(arrays.output.start, 9 * row);
    assert.equal(arrays.output.length, 9 * sizes.rows);
    assert.ok(Object.values(arrays).every(({ length }) => length <= 500));
    row += sizes.rows;
  }
  assert.equal(row, 1000);
});
