/**
 * One call of a kernel, and its comparison with the reference.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Device, DeviceArray } from "../../kernels/device.ts";
import type { ElementType, HostArray } from "../../kernels/element_types.ts";
import type { Kernel } from "../../kernels/kernel.ts";

/** A kernel with host values for all bindings (initial values for outputs) and all sizes. */
export interface KernelCase {
  readonly kernel: Kernel;
  readonly arrays: Readonly<Record<string, HostArray>>;
  readonly sizes: Readonly<Record<string, number>>;
  /** The number of terms of the longest sum. */
  readonly terms: number;
  /**
   * Scale of the rounding errors. "terms": the sum of the magnitudes of the terms of each output
   * value, by the reference on absolute values; for kernels that only add and multiply. A number: a
   * multiple of the largest value of the output; for kernels that subtract or divide.
   */
  readonly scale: "terms" | number;
}

/** Relative error of one rounding: half the distance from 1 to the next float32. */
const ROUNDING = 2 ** -24;

/**
 * Roundings of every value in addition to those of its sum: products, one final scale, and the
 * approximation of erf (absolute error at most 1e-7, 1.7 roundings).
 */
const SINGLE_ROUNDINGS = 8;

/** Elements before and after a window; odd, so that vector loads are not aligned. */
const GUARD = 5;

/** Value of the guard elements, which no kernel may change. */
const GUARD_VALUE = 12345;

/**
 * Tolerance for a sum. A float32 sum of n terms in any order is off by at most n roundings of its
 * largest partial sum. The signs of the roundings differ, so the square root of n is a safe bound.
 */
function tolerance(terms: number, magnitude: number): number {
  return ROUNDING * (SINGLE_ROUNDINGS + 2 * Math.sqrt(terms)) * magnitude;
}

/** A title such as `linear rows=3 inner=5`. */
export function caseTitle({ kernel, sizes }: KernelCase): string {
  return [kernel.name, ...kernel.sizes.map((name) => `${name}=${sizes[name]}`)].join(" ");
}

/** The results of a case by the reference, and the allowed error of each value. */
export interface Expectation {
  readonly arrays: Readonly<Record<string, HostArray>>;
  readonly tolerance: (name: string, k: number) => number;
}

/** The expectation of a case: the reference on its values and, if needed, on their magnitudes. */
export function expectationOf(kernelCase: KernelCase): Expectation {
  const { kernel, sizes, terms } = kernelCase;
  const arrays = copyArrays(kernelCase.arrays);
  kernel.reference(arrays as never, sizes);
  const magnitudes = termMagnitudes(kernelCase, arrays);
  return { arrays, tolerance: (name, k) => tolerance(terms, magnitudes(name, k)) };
}

/**
 * Runs `kernelCase` on `device` and checks every output against the reference. With `windows`, each
 * array is a window between guard elements. Inputs and guards must not change.
 */
export async function checkCase(
  device: Device,
  kernelCase: KernelCase,
  windows: boolean,
  expectation: Expectation = expectationOf(kernelCase),
): Promise<void> {
  const { kernel, arrays, sizes } = kernelCase;
  const guard = windows ? GUARD : 0;
  const buffers: Record<string, DeviceArray> = {};
  const bindings: Record<string, DeviceArray> = {};
  for (const name in kernel.bindings) {
    buffers[name] = uploadGuarded(device, arrays[name], guard);
    bindings[name] = windows
      ? buffers[name].slice(guard, guard + arrays[name].length)
      : buffers[name];
  }
  device.run(kernel, bindings, sizes);

  for (const name in kernel.bindings) {
    const place = `${caseTitle(kernelCase)}${windows ? " in windows" : ""}: ${name}`;
    const received = await device.read(buffers[name]);
    device.release(buffers[name]);
    for (let k = 0; k < guard; k++) {
      assert.equal(
        received[k],
        GUARD_VALUE,
        `${place}: an element before the window was changed`,
      );
      assert.equal(
        received[received.length - 1 - k],
        GUARD_VALUE,
        `${place}: an element after it was changed`,
      );
    }
    const inside = received.subarray(guard, guard + arrays[name].length);
    if (kernel.bindings[name].access === "read") {
      compare(inside, arrays[name], () => 0, place);
    } else {
      compare(inside, expectation.arrays[name], (k) => expectation.tolerance(name, k), place);
    }
  }
}

/** Fails at the first value that differs from `expected` by more than `allowed(k)`. */
function compare(
  received: HostArray,
  expected: HostArray,
  allowed: (k: number) => number,
  place: string,
): void {
  for (let k = 0; k < expected.length; k++) {
    if (Object.is(received[k], expected[k])) continue;
    if (Math.abs(received[k] - expected[k]) <= allowed(k)) continue;
    assert.fail(`${place}[${k}] is ${received[k]}, expected ${expected[k]} within ${allowed(k)}`);
  }
}

/** The scale of the errors of element `k` of output `name`, given the results of the reference. */
function termMagnitudes(
  { kernel, arrays, sizes, scale }: KernelCase,
  results: Readonly<Record<string, HostArray>>,
): (name: string, k: number) => number {
  if (scale !== "terms") {
    const largest: Record<string, number> = {};
    for (const name in results) largest[name] = scale * largestMagnitude(results[name]);
    return (name) => largest[name];
  }
  const magnitudes = copyArrays(arrays);
  for (const name in magnitudes) {
    const values = magnitudes[name];
    if (values instanceof Float32Array) values.forEach((value, k) => values[k] = Math.abs(value));
  }
  kernel.reference(magnitudes as never, { ...sizes, negative: 0 });
  return (name, k) => magnitudes[name][k];
}

function largestMagnitude(values: HostArray): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value) || 0);
  return largest;
}

function copyArrays(arrays: Readonly<Record<string, HostArray>>): Record<string, HostArray> {
  return Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.slice()]));
}

function uploadGuarded(device: Device, values: HostArray, guard: number): DeviceArray<ElementType> {
  if (values instanceof Float32Array) {
    const guarded = new Float32Array(values.length + 2 * guard).fill(GUARD_VALUE);
    guarded.set(values, guard);
    return device.upload(guarded);
  }
  const guarded = new Uint32Array(values.length + 2 * guard).fill(GUARD_VALUE);
  guarded.set(values, guard);
  return device.upload(guarded);
}
