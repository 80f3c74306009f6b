import assert from "node:assert/strict";
import { createCpuDevice } from "../../../kernels/cpu/cpu_device.ts";
import wasmModule from "../../../kernels/cpu/module.js";
import { ALL_KERNELS } from "../../../kernels/ops/all.ts";
import { columnSum } from "../../../kernels/ops/linear.ts";
import { erf, hopOutput, hopOutputBackward } from "../../../kernels/ops/hop_output.ts";
import { checkAdjointsOn } from "../adjoint_cases.ts";
import { checkKernelsOn } from "../kernel_cases.ts";

/** Absolute error of the distribution function, hence of erf / 2, by `normal.wasm.ts`. */
const CDF_ERROR = 1e-7;
/** One rounding of the result, and one of the factor. */
const ROUNDING = 2 ** -23;

Deno.test("CpuDevice passes the cases of every kernel", async (t) => {
  await checkKernelsOn(createCpuDevice(), t);
});

Deno.test("CpuDevice satisfies the adjoint identities", async (t) => {
  await checkAdjointsOn(createCpuDevice(), t);
});

Deno.test("the WebAssembly functions have bindings, sizes and scratch memory as parameters", () => {
  const { exports } = new WebAssembly.Instance(wasmModule);
  for (const { name, bindings, sizes } of ALL_KERNELS) {
    const run = exports[name] as (...values: number[]) => unknown;
    const scratch = exports[`${name}Scratch`] === undefined ? 0 : 1;
    assert.equal(run.length, Object.keys(bindings).length + sizes.length + scratch, name);
  }
});

Deno.test("columnSum is accurate if large sums nearly cancel", async () => {
  const device = createCpuDevice();
  const rows = 20_000, columns = 5;
  const values = Float32Array.from(
    { length: rows * columns },
    (_, k) => k < rows * columns / 2 ? 3.3 : 1e-3 - 3.3,
  );
  const sums = device.allocate("f32", columns);
  device.run(columnSum, { input: device.upload(values), sums }, { rows, columns });
  const expected = rows / 2 * (Math.fround(3.3) + Math.fround(1e-3 - 3.3));
  for (const sum of await device.read(sums)) {
    assert.ok(Math.abs(sum - expected) <= ROUNDING * expected, `${sum}, expected ${expected}`);
  }
});

Deno.test("GELU and its slope have errors below 1e-7 in erf everywhere", async () => {
  const device = createCpuDevice();
  const count = 50_001;
  const x = Float32Array.from({ length: count }, (_, k) => (k - 25_000) / 2000);
  const update = device.upload(x);
  const latent = device.allocate("f32", count);
  const next = device.allocate("f32", count);
  device.run(hopOutput, { update, latent, next }, { count, activation: 2, residual: 0 });
  const ones = device.upload(new Float32Array(count).fill(1));
  const updateGradient = device.allocate("f32", count);
  const arrays = { update, nextGradient: ones, updateGradient };
  device.run(hopOutputBackward, arrays, { count, activation: 2 });
  const gelu = await device.read(next), slope = await device.read(updateGradient);
  for (let k = 0; k < count; k++) {
    const cdf = 0.5 * (1 + erf(x[k] / Math.SQRT2)), expected = x[k] * cdf;
    const density = Math.exp(-x[k] * x[k] / 2) / Math.sqrt(2 * Math.PI);
    const allowed = CDF_ERROR * Math.abs(x[k]) / 2 + ROUNDING * Math.abs(expected);
    assert.ok(
      Math.abs(gelu[k] - expected) <= allowed,
      `GELU(${x[k]}) is ${gelu[k]}, expected ${expected}`,
    );
    const expectedSlope = cdf + x[k] * density;
    assert.ok(
      Math.abs(slope[k] - expectedSlope) <= 2 * CDF_ERROR,
      `slope at ${x[k]} is ${slope[k]}, not ${expectedSlope}`,
    );
  }
});
