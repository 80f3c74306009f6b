/**
 * The contract of every device for arrays, windows and their memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Device } from "../../kernels/device.ts";
import { addArrays } from "../../kernels/ops/rows.ts";

/** Checks the arrays of `device`, which must not hold any yet. */
export async function checkArraysOn(device: Device, t: Deno.TestContext): Promise<void> {
  await t.step("allocate() gives zeros, also in reused memory", async () => {
    for (let round = 0; round < 3; round++) {
      const array = device.allocate("f32", 1000);
      assert.deepEqual(await device.read(array), new Float32Array(1000));
      device.write(array, new Float32Array(1000).fill(7));
      device.release(array);
    }
  });

  await t.step("upload() and read() preserve every bit", async () => {
    const floats = Float32Array.of(1, -0, 1e-45, 3.4e38, -Infinity, 0.1);
    const words = Uint32Array.of(0, 1, 2 ** 32 - 1);
    const uploaded = device.upload(floats);
    const integers = device.upload(words);
    assert.deepEqual(await device.read(uploaded), floats);
    assert.deepEqual(await device.read(integers), words);
    const into = new Float32Array(6);
    assert.equal(await device.read(uploaded, into), into);
    assert.deepEqual(into, floats);
    [uploaded, integers].forEach((array) => device.release(array));
  });

  await t.step("windows share memory, also windows on windows", async () => {
    const array = device.upload(Float32Array.from({ length: 9 }, (_, k) => k));
    const window = array.slice(2, 8).slice(1, 4);
    assert.equal(window.length, 3);
    assert.deepEqual(await device.read(window), Float32Array.of(3, 4, 5));
    device.write(window, Float32Array.of(-1, -2));
    device.clear(array.slice(7));
    assert.deepEqual(await device.read(array), Float32Array.of(0, 1, 2, -1, -2, 5, 6, 0, 0));
    device.release(array);
  });

  await t.step("copy() moves values between arrays and windows", async () => {
    const source = device.upload(Float32Array.of(1, 2, 3, 4, 5));
    const target = device.allocate("f32", 5);
    device.copy(source.slice(1, 4), target.slice(2, 5));
    assert.deepEqual(await device.read(target), Float32Array.of(0, 0, 2, 3, 4));
    [source, target].forEach((array) => device.release(array));
  });

  await t.step("calls take effect in order", async () => {
    const source = device.upload(Float32Array.of(1, 2)), target = device.allocate("f32", 2);
    device.run(addArrays, { source, target }, { count: 2 });
    device.write(source, Float32Array.of(10, 20));
    device.run(addArrays, { source, target }, { count: 2 });
    device.clear(source);
    device.run(addArrays, { source, target }, { count: 2 });
    await device.finish();
    assert.deepEqual(await device.read(target), Float32Array.of(11, 22));
    [source, target].forEach((array) => device.release(array));
  });

  await t.step("memory counts the allocated bytes and their peak", () => {
    assert.equal(device.memory.currentBytes, 0);
    const first = device.allocate("f32", 300_000), second = device.allocate("u32", 100_000);
    assert.equal(device.memory.currentBytes, 1_600_000);
    device.release(first);
    assert.equal(device.memory.currentBytes, 400_000);
    device.release(second);
    assert.equal(device.memory.currentBytes, 0);
    assert.equal(device.memory.peakBytes, 1_600_000);
  });

  await t.step("run() refuses a missing or mistyped binding and an invalid size", () => {
    const floats = device.allocate("f32", 4), words = device.allocate("u32", 4);
    const run = (arrays: object, sizes: object) => () =>
      device.run(addArrays, arrays as never, sizes as never);
    assert.throws(run({ source: floats }, { count: 4 }), {
      name: "TypeError",
      message: /"target" must be f32/,
    });
    assert.throws(run({ source: words, target: floats }, { count: 4 }), {
      message: /"source" must be f32.*u32/,
    });
    assert.throws(run({ source: floats, target: floats }, {}), {
      name: "TypeError",
      message: /size "count"/,
    });
    assert.throws(run({ source: floats, target: floats }, { count: 1.5 }), {
      message: /received 1.5/,
    });
    [floats, words].forEach((array) => device.release(array));
  });
}
