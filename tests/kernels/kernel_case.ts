/** One kernel with values for its bindings, and its comparison with the reference. @module */

import assert from "node:assert/strict";
import type { Device, DeviceArray } from "../../kernels/device.ts";
import type { ElementType, HostArray } from "../../kernels/element_types.ts";
import type { Kernel } from "../../kernels/kernel.ts";

/**
 * A kernel with host values for every binding (the initial ones for outputs) and for every size.
 */
export interface KernelCase {
  readonly kernel: Kernel;
  readonly arrays: Readonly<Record<string, HostArray>>;
  readonly sizes: Readonly<Record<string, number>>;
  /** Number of terms of the longest sum. */
  readonly terms: number;
  /**
   * What rounding errors are measured against. "terms": the sum of the magnitudes of the terms of
   * each output value, taken from the reference on absolute values (for kernels that only add and
   * multiply). A number: that many times the largest value of the output (for kernels that subtract
   * or divide).
   */
  readonly scale: "terms" | number;
}

/** Half the distance from 1 to the next float32: the relative error of one rounding. */
const ROUNDING = 2 ** -24;

/**
 * Roundings that every value may cost besides its sum: products, one final scale, and the
 * approximation of erf (absolute error at most 1e-7, 1.7 roundings).
 */
const SINGLE_ROUNDINGS = 8;

/**
 * Elements before and after a window; odd, so that a window starts where no vector load is aligned.
 */
const GUARD = 5;

/** Guard elements hold this value, and keep it. */
const GUARD_VALUE = 12345;

/**
 * Largest error allowed. A float32 sum of n terms in any order is off by at most n roundings of its
 * largest partial sum; signs differ from rounding to rounding, so the square root of n holds with
 * room to spare.
 */
function tolerance(terms: number, magnitude: number): number {
  return ROUNDING * (SINGLE_ROUNDINGS + 2 * Math.sqrt(terms)) * magnitude;
}

/** A title such as `linear rows=3 inner=5`. */
export function caseTitle({ kernel, sizes }: KernelCase): string {
  return [kernel.name, ...kernel.sizes.map((name) => `${name}=${sizes[name]}`)].join(" ");
}

/**
 * Runs `kernelCase` on `device` and holds every output against the reference. With `windows`, each
 * array is a window between guard elements. Inputs and guards must keep their bits.
 */
export async function checkCase(
  device: Device,
  kernelCase: KernelCase,
  windows: boolean,
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

  const wanted = copyArrays(arrays);
  kernel.reference(wanted as never, sizes);
  const magnitudes = termMagnitudes(kernelCase);
  for (const name in kernel.bindings) {
    const place = `${caseTitle(kernelCase)}${windows ? " in windows" : ""}: ${name}`;
    const received = await device.read(buffers[name]);
    device.release(buffers[name]);
    for (let k = 0; k < guard; k++) {
      assert.equal(
        received[k],
        GUARD_VALUE,
        `${place}: element ${k - guard} before the window was changed`,
      );
      assert.equal(
        received[received.length - 1 - k],
        GUARD_VALUE,
        `${place}: an element after it was changed`,
      );
    }
    const inside = received.subarray(guard, guard + arrays[name].length);
    if (kernel.bindings[name].access === "read") {
      assert.deepEqual(inside, arrays[name], `${place}: an input was changed`);
    } else {
      compare(inside, wanted[name], (k) => tolerance(kernelCase.terms, magnitudes(name, k)), place);
    }
  }
}

/**
 * Fails on the first value that differs from `wanted` by more than `allowed(k)`. NaN must stand
 * where NaN is wanted.
 */
function compare(
  received: HostArray,
  wanted: HostArray,
  allowed: (k: number) => number,
  place: string,
): void {
  for (let k = 0; k < wanted.length; k++) {
    if (Object.is(received[k], wanted[k]) || Math.abs(received[k] - wanted[k]) <= allowed(k)) {
      continue;
    }
    assert.fail(`${place}[${k}] is ${received[k]}, wanted ${wanted[k]} within ${allowed(k)}`);
  }
}

/** The scale of the errors of element `k` of output `name`. */
function termMagnitudes(
  { kernel, arrays, sizes, scale }: KernelCase,
): (name: string, k: number) => number {
  if (scale !== "terms") {
    const wanted = copyArrays(arrays);
    kernel.reference(wanted as never, sizes);
    const largest: Record<string, number> = {};
    for (const name in wanted) largest[name] = scale * largestMagnitude(wanted[name]);
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
