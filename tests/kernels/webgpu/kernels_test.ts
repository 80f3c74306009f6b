import assert from "node:assert/strict";
import { columnSum, linearBackwardWeight } from "../../../kernels/ops/linear.ts";
import { moment } from "../../../kernels/ops/moment.ts";
import { addArrays } from "../../../kernels/ops/rows.ts";
import { weightedGather } from "../../../kernels/ops/weighted_gather.ts";
import { CaseValues } from "../case_values.ts";
import { checkKernelsOn } from "../kernel_cases.ts";
import { testOnWebGpu } from "./on_webgpu.ts";

/** Relative error of blocked float32 sums over 10^5 rows of one sign: a few roundings of 6e-8. */
const SUM_TOLERANCE = 1e-6;

testOnWebGpu(
  "WebGpuDevice passes the cases of every kernel",
  (device, t) => checkKernelsOn(device, t),
);

testOnWebGpu("columnSum is accurate over 100,000 rows", async (device) => {
  const rows = 100_000, columns = 2;
  // A plain sum rounds 0.1 in the same direction at every step and is off by 1e-3.
  const values = new Float32Array(rows * columns).fill(0.1);
  const sums = device.allocate("f32", columns);
  device.run(columnSum, { input: device.upload(values), sums }, { rows, columns });
  const expected = rows * Math.fround(0.1);
  for (const sum of await device.read(sums)) closeTo(sum, expected, SUM_TOLERANCE * expected);
});

testOnWebGpu("linearBackwardWeight is accurate over 100,000 rows", async (device) => {
  const rows = 100_000, inner = 3, columns = 2;
  const random = new CaseValues(3);
  const input = random.numbers(rows * inner).map(Math.abs);
  const outputGradient = random.numbers(rows * columns).map(Math.abs);
  const weightGradient = device.allocate("f32", inner * columns);
  device.run(linearBackwardWeight, {
    input: device.upload(input),
    outputGradient: device.upload(outputGradient),
    weightGradient,
  }, { rows, inner, columns });
  const received = await device.read(weightGradient);
  for (let k = 0; k < inner; k++) {
    for (let column = 0; column < columns; column++) {
      let expected = 0;
      for (let row = 0; row < rows; row++) {
        expected += input[row * inner + k] * outputGradient[row * columns + column];
      }
      closeTo(received[k * columns + column], expected, SUM_TOLERANCE * expected);
    }
  }
});

testOnWebGpu("sums over rows and moments are bitwise reproducible", async (device) => {
  const random = new CaseValues(5);
  const rows = 3000, inner = 9, columns = 17;
  const input = device.upload(random.numbers(rows * inner));
  const outputGradient = device.upload(random.numbers(rows * columns));
  const product = async () => {
    const weightGradient = device.allocate("f32", inner * columns);
    device.run(linearBackwardWeight, { input, outputGradient, weightGradient }, {
      rows,
      inner,
      columns,
    });
    return await device.read(weightGradient);
  };
  assert.deepEqual(await product(), await product());

  const edges = 3000, width = 5, hiddenWidth = 9;
  const arrays = {
    offsets: device.upload(Uint32Array.of(0, 10, 10, edges)),
    senders: device.upload(random.integers(edges, 40)),
    hidden: device.upload(random.rectified(edges * hiddenWidth)),
    latent: device.upload(random.numbers(40 * width)),
  };
  const means = async () => {
    const moments = device.allocate("f32", 3 * (hiddenWidth + 1) * width);
    device.run(moment, { ...arrays, moments }, { receivers: 3, firstEdge: 0, hiddenWidth, width });
    return await device.read(moments);
  };
  assert.deepEqual(await means(), await means());
});

testOnWebGpu(
  "a dispatch of more than 65,535 workgroups reaches every element once",
  async (device) => {
    const count = 65_535 * 64 + 129;
    const target = device.allocate("f32", count);
    device.run(addArrays, { source: device.upload(new Float32Array(count).fill(1)), target }, {
      count,
    });
    assert.ok((await device.read(target)).every((value) => value === 1));
  },
);

testOnWebGpu("dispatches beyond the size of a batch are not lost", async (device) => {
  const source = device.upload(Float32Array.of(1, 2, 3)), target = device.allocate("f32", 3);
  for (let k = 0; k < 1000; k++) device.run(addArrays, { source, target }, { count: 3 });
  assert.deepEqual(await device.read(target), Float32Array.of(1000, 2000, 3000));
});

testOnWebGpu("weightedGather applies ReLU only at the end of a long sum", async (device) => {
  const edges = 130_000; // three turns, of which the first two have a negative sum
  const edgeWeights = Float32Array.from({ length: edges }, (_, e) => e < 120_000 ? -1 : 13);
  const sums = device.allocate("f32", 1);
  device.run(weightedGather, {
    offsets: device.upload(Uint32Array.of(0, edges)),
    senders: device.upload(new Uint32Array(edges)),
    edgeWeights: device.upload(edgeWeights),
    selfWeights: device.upload(Float32Array.of(2)),
    values: device.upload(Float32Array.of(1)),
    bias: device.upload(Float32Array.of(0.5)),
    sums,
  }, { rows: 1, width: 1, activation: 1 });
  assert.deepEqual(await device.read(sums), Float32Array.of(10_002.5));
});

function closeTo(received: number, expected: number, tolerance: number): void {
  assert.ok(
    Math.abs(received - expected) <= tolerance,
    `${received}, expected ${expected} within ${tolerance}`,
  );
}
