import assert from "node:assert/strict";
import { openAdapter } from "../../../kernels/webgpu/adapter.ts";
import { createWebGpuDevice, type WebGpuDevice } from "../../../kernels/webgpu/webgpu_device.ts";
import { STAGED_TILE } from "../../../kernels/webgpu/tile.ts";
import { linear } from "../../../kernels/ops/linear.ts";
import { CaseValues } from "../case_values.ts";
import { testWithAdapter } from "./on_webgpu.ts";

const SIZES = { rows: 67, inner: 35, columns: 33, activation: 1, accumulate: 0 };

testWithAdapter("a product staged in 16 bits is the product of the rounded operands", async (t) => {
  const { device, hasF16 } = await openAdapter(true);
  device.destroy();
  await t.step({
    name: "on an adapter with shader-f16",
    ignore: !hasF16,
    fn: async () => {
      const values = new CaseValues(16), { rows, inner, columns } = SIZES;
      const input = values.numbers(rows * inner), weight = values.numbers(inner * columns);
      const bias = values.numbers(columns);
      const product = async (device: WebGpuDevice, input: Float32Array, weight: Float32Array) => {
        const output = device.allocate("f32", rows * columns);
        const arrays = {
          input: device.upload(input),
          weight: device.upload(weight),
          bias: device.upload(bias),
          output,
        };
        device.run(linear, arrays, SIZES);
        return await device.read(output);
      };
      const full = await createWebGpuDevice({ allowFallback: true, tile: STAGED_TILE });
      const half = await createWebGpuDevice({ allowFallback: true, f16: true });
      const staged = await product(half, input, weight);
      assert.deepEqual(staged, await product(full, inHalf(input), inHalf(weight)));
      assert.notDeepEqual(staged, await product(full, input, weight));
      assert.match(half.description, /operands of forward products float16/);
      full.destroy();
      half.destroy();
    },
  });
});

/** `values` rounded to 11 binary digits, ties to even; all are normal numbers of float16 or 0. */
function inHalf(values: Float32Array): Float32Array {
  return values.map((value) => {
    if (value === 0) return 0;
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10),
      scaled = value / unit,
      below = Math.floor(scaled);
    const rest = scaled - below, even = below % 2 === 0 ? below : below + 1;
    return unit * (rest === 0.5 ? even : Math.round(scaled));
  });
}
