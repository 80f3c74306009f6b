import assert from "node:assert/strict";
import type { DeviceArray } from "../../../kernels/device.ts";
import { defineKernel, overwriteF32 } from "../../../kernels/kernel.ts";
import { columnSum } from "../../../kernels/ops/linear.ts";
import { momentBackward } from "../../../kernels/ops/moment.ts";
import { addArrays, gatherRows } from "../../../kernels/ops/rows.ts";
import { ReferenceDevice } from "../../../kernels/reference_device.ts";
import { createWebGpuDevice, WebGpuDevice } from "../../../kernels/webgpu/webgpu_device.ts";
import { testOnWebGpu, testWithAdapter } from "./on_webgpu.ts";

function counting(length: number, first = 0): Float32Array {
  return Float32Array.from({ length }, (_, k) => first + k);
}

testOnWebGpu("allocate() gives zeros, also in reused memory", async (device) => {
  for (let round = 0; round < 3; round++) {
    const array = device.allocate("f32", 100);
    assert.deepEqual(await device.read(array), new Float32Array(100));
    device.write(array, counting(100, 1));
    device.release(array);
  }
});

testOnWebGpu("read() copies to a new or a given array", async (device) => {
  const array = device.upload(Uint32Array.of(7, 8, 9));
  assert.deepEqual(await device.read(array), Uint32Array.of(7, 8, 9));
  const into = new Uint32Array(3);
  assert.equal(await device.read(array, into), into);
  assert.deepEqual(into, Uint32Array.of(7, 8, 9));
  await assert.rejects(device.read(array, new Uint32Array(2)), RangeError);
});

testOnWebGpu("concurrent reads see the values at the time of their calls", async (device) => {
  const array = device.upload(counting(1000));
  const reads = [];
  for (let k = 0; k < 5; k++) {
    reads.push(device.read(array));
    device.write(array, new Float32Array(1000).fill(k));
  }
  const values = await Promise.all(reads);
  assert.deepEqual(values.map((each) => each[999]), [999, 0, 1, 2, 3]);
});

testOnWebGpu("slice() shares memory and starts at any element", async (device) => {
  const array = device.upload(counting(300));
  const window = array.slice(67, 270).slice(4, 104);
  assert.equal(window.length, 100);
  assert.deepEqual(await device.read(window), counting(100, 71));
  device.write(window, Float32Array.of(-1, -2));
  device.clear(array.slice(299));
  const values = await device.read(array);
  assert.deepEqual([values[70], values[71], values[72], values[73], values[299]], [
    70,
    -1,
    -2,
    73,
    0,
  ]);
  assert.throws(
    () => array.slice(10, 301),
    /must be within \[0, 300\), received \[10, 301\)/,
  );
  assert.throws(() => array.slice(3, 2), RangeError);
});

testOnWebGpu(
  "write(), run(), copy() and clear() take effect in the order of the calls",
  async (device) => {
    const source = device.upload(Float32Array.of(1));
    const target = device.allocate("f32", 1), first = device.allocate("f32", 1);
    const add = () => device.run(addArrays, { source, target }, { count: 1 });
    add(); // 1
    device.write(source, Float32Array.of(10));
    add(); // 11
    device.copy(target, first);
    device.write(target, Float32Array.of(100));
    add(); // 110
    const second = device.read(target);
    device.clear(target);
    device.write(source, Float32Array.of(2));
    add(); // 2
    assert.deepEqual(await device.read(first), Float32Array.of(11));
    assert.deepEqual(await second, Float32Array.of(110));
    assert.deepEqual(await device.read(target), Float32Array.of(2));
  },
);

testOnWebGpu("an array may be released while commands on it are pending", async (device) => {
  const total = device.allocate("f32", 64);
  for (let k = 1; k <= 50; k++) {
    const source = device.upload(new Float32Array(64).fill(k));
    device.run(addArrays, { source, target: total }, { count: 64 });
    device.release(source);
    const other = device.allocate("f32", 64); // takes the memory of `source`
    device.run(addArrays, { source: other, target: total }, { count: 64 });
    device.release(other);
  }
  assert.deepEqual(await device.read(total), new Float32Array(64).fill(1275));
});

testOnWebGpu("release() refuses windows, and a released array cannot be used", async (device) => {
  const array = device.upload(counting(4));
  const window = array.slice(1, 3);
  assert.throws(() => device.release(window), /Cannot release a window/);
  device.release(array);
  assert.throws(() => device.release(array), /Cannot use an array: it was released/);
  assert.throws(
    () => device.write(window, Float32Array.of(1)),
    /Cannot use an array: it was released/,
  );
  await assert.rejects(device.read(window), /Cannot use an array: it was released/);
});

testOnWebGpu("memory counts the bytes in arrays and their peak", (device) => {
  const array = device.allocate("f32", 100), other = device.upload(new Uint32Array(50));
  assert.deepEqual({ ...device.memory }, { currentBytes: 600, peakBytes: 600 });
  device.release(array);
  device.release(other);
  assert.deepEqual({ ...device.memory }, { currentBytes: 0, peakBytes: 600 });
  return Promise.resolve();
});

testOnWebGpu("arrays of length zero and dispatches without work do nothing", async (device) => {
  const empty = device.upload(new Float32Array(0));
  device.clear(empty);
  device.write(empty, new Float32Array(0));
  device.copy(empty, device.allocate("f32", 0));
  assert.deepEqual(await device.read(empty), new Float32Array(0));
  device.run(addArrays, { source: empty, target: empty }, { count: 0 });
  const sums = device.upload(Float32Array.of(5));
  device.run(columnSum, { input: empty, sums }, { rows: 0, columns: 1 });
  device.run(columnSum, { input: empty, sums: empty }, { rows: 3, columns: 0 });
  const tail = sums.slice(1);
  device.run(gatherRows, { indices: device.allocate("u32", 0), source: sums, rows: tail }, {
    rowCount: 0,
    width: 1,
  });
  assert.deepEqual(await device.read(sums), Float32Array.of(5));
});

testOnWebGpu("an input and an output may be disjoint windows of one array", async (device) => {
  const array = device.upload(counting(10));
  device.run(addArrays, { source: array.slice(1, 4), target: array.slice(5, 8) }, { count: 3 });
  assert.deepEqual(await device.read(array), Float32Array.of(0, 1, 2, 3, 4, 6, 8, 10, 8, 9));
  device.copy(array.slice(0, 2), array.slice(8, 10));
  assert.deepEqual((await device.read(array)).slice(8), Float32Array.of(0, 1));
});

testOnWebGpu("two outputs may be disjoint windows of one array", async (device) => {
  const reference = new ReferenceDevice();
  const read = [];
  for (const each of [device, reference]) {
    const gradients = each.upload(counting(12));
    each.run(momentBackward, {
      offsets: each.upload(Uint32Array.of(0, 2)),
      senders: each.upload(Uint32Array.of(1, 0)),
      hidden: each.upload(Float32Array.of(1, 2, 0, 4)),
      latent: each.upload(counting(6, 1)),
      momentGradient: each.upload(counting(9, 2)),
      hiddenGradient: gradients.slice(7, 11),
      messageGradient: gradients.slice(1, 7),
    }, { receivers: 1, firstEdge: 0, hiddenWidth: 2, width: 3 });
    read.push(await each.read(gradients));
  }
  assert.deepEqual(read[0], read[1]);
});

testOnWebGpu("allocate() beyond the limit names the limit and the remedy", (device) => {
  const error = /^RangeError: .* an array of 32\.0 TiB: the limit is 16\.0 GiB; use more ranks$/;
  assert.throws(() => device.allocate("f32", 2 ** 43), error);
  assert.throws(() => device.allocate("f32", -1), RangeError);
  assert.equal(device.memory.currentBytes, 0);
  return Promise.resolve();
});

testOnWebGpu(
  "run() refuses a kernel without shader, a mistyped array, and a foreign array",
  (device) => {
    const unknown = defineKernel({
      name: "unknown",
      bindings: { out: overwriteF32 },
      sizes: [],
      reference() {},
    });
    const floats = device.allocate("f32", 1), integers = device.allocate("u32", 1);
    const foreign: DeviceArray = new ReferenceDevice().allocate("f32", 1);
    const run = (target: DeviceArray) =>
      device.run(addArrays, { source: floats, target }, { count: 1 });
    assert.throws(
      () => device.run(unknown, { out: floats }, {}),
      /Cannot run kernel "unknown": it has no WGSL shader/,
    );
    assert.throws(() => run(integers), TypeError);
    assert.throws(() => run(foreign), /it belongs to another device/);
    return Promise.resolve();
  },
);

testWithAdapter("an error of the device is thrown by all later waits and calls", async () => {
  const { device, gpu } = await openOwnDevice();
  const array = device.upload(counting(3));
  gpu.createBuffer({ size: 2 ** 50, usage: GPUBufferUsage.STORAGE });
  const message = /the work on the WebGPU device "mine": it reported an error \(validation\)/;
  await assert.rejects(device.finish(), message);
  await assert.rejects(device.read(array), message);
  assert.throws(() => device.allocate("f32", 1), message);
  device.release(array);
  device.destroy();
});

testWithAdapter("the loss of the device is an error with a remedy", async () => {
  const { device, gpu } = await openOwnDevice();
  const array = device.upload(counting(3));
  gpu.destroy();
  await gpu.lost;
  await assert.rejects(device.read(array), /the device was lost, .*; start the run again/);
  device.destroy();
});

testWithAdapter(
  "the device notifies its listener of work and of its loss",
  async () => {
    const gpu = await (await navigator.gpu.requestAdapter())!.requestDevice();
    let works = 0;
    const lost = Promise.withResolvers<Error>();
    const opened = { device: gpu, description: "mine", isFallback: true };
    const device = new WebGpuDevice(opened, {}, { onWork: () => works++, onLost: lost.resolve });
    const source = device.upload(counting(3));
    const target = device.upload(counting(3));
    const written = works;
    for (let k = 0; k < 100; k++) device.run(addArrays, { source, target }, { count: 3 });
    assert.equal(works - written, 100);
    assert.deepEqual(await device.read(target), counting(3).map((value) => 101 * value));
    gpu.destroy();
    assert.match((await lost.promise).message, /the device was lost, /);
    device.destroy();
  },
);

testWithAdapter("the description has the options that the results depend on", async () => {
  const describe = (isFallback: boolean) =>
    new WebGpuDevice({ device: gpu, description: "mine", isFallback }).description;
  const gpu = await (await navigator.gpu.requestAdapter())!.requestDevice();
  const software = "mine; float32, tiles of 8 × 8, blocks of 8192 edges";
  const hardware = "mine; float32, tiles of 8 × 4, staged 16 deep, blocks of 32768 edges";
  assert.equal(describe(true), software);
  assert.equal(describe(false), hardware);
  gpu.destroy();
});

testWithAdapter("destroy() may be called twice and makes the device unusable", async () => {
  const device = await createWebGpuDevice({ allowFallback: true });
  const array = device.upload(counting(3));
  device.destroy();
  device.destroy();
  assert.throws(() => device.allocate("f32", 1), /: it was destroyed/);
  await assert.rejects(device.finish(), /: it was destroyed/);
  device.release(array);
});

/** A device, and the WebGPU device under it. */
async function openOwnDevice(): Promise<{ device: WebGpuDevice; gpu: GPUDevice }> {
  const gpu = await (await navigator.gpu.requestAdapter())!.requestDevice();
  return {
    device: new WebGpuDevice({ device: gpu, description: "mine", isFallback: true }),
    gpu,
  };
}
