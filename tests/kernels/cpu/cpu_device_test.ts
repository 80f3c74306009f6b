import assert from "node:assert/strict";
import { type CpuDevice, createCpuDevice } from "../../../kernels/cpu/cpu_device.ts";
import type { DeviceArray } from "../../../kernels/device.ts";
import { gatherSum } from "../../../kernels/ops/sums.ts";
import { addArrays, addRows, gatherRows } from "../../../kernels/ops/rows.ts";
import { moment } from "../../../kernels/ops/moment.ts";
import { checkArraysOn } from "../device_contract.ts";
import { caseTitle, type KernelCase } from "../kernel_case.ts";
import { KERNEL_FAMILIES } from "../kernel_cases.ts";

Deno.test("CpuDevice fulfils the contract for arrays", async (t) => {
  await checkArraysOn(createCpuDevice(), t);
});

Deno.test("CpuDevice preserves the values of arrays when its memory grows", async () => {
  const device = createCpuDevice();
  const lengths = [1, 70_000, 3, 1_000_000, 5];
  const arrays = lengths.map((length, k) => device.upload(new Float32Array(length).fill(k + 1)));
  for (const [k, array] of arrays.entries()) {
    assert.deepEqual(await device.read(array), new Float32Array(lengths[k]).fill(k + 1));
  }
});

Deno.test("CpuDevice notifies its listener of every kernel; an error of it ends the call", () => {
  let works = 0;
  const device = createCpuDevice({
    onWork() {
      if (++works > 3) throw new Error("enough");
    },
  });
  const source = device.allocate("f32", 8);
  const target = device.allocate("f32", 8);
  const add = () => device.run(addArrays, { source, target }, { count: 8 });
  for (let k = 0; k < 3; k++) add();
  assert.equal(works, 3);
  assert.throws(add, { message: "enough" });
});

Deno.test("CpuDevice.release() refuses a second release, a window and a foreign array", () => {
  const device = createCpuDevice();
  const array = device.allocate("f32", 8);
  assert.throws(() => device.release(array.slice(0, 4)), { name: "TypeError", message: /window/ });
  assert.throws(() => createCpuDevice().release(array), {
    name: "TypeError",
    message: /another device/,
  });
  device.release(array);
  assert.throws(() => device.release(array), { name: "TypeError", message: /it was released/ });
  assert.throws(() => device.clear(array), { name: "TypeError", message: /it was released/ });
});

Deno.test("CpuDevice refuses lengths that do not fit", async () => {
  const device = createCpuDevice();
  const array = device.allocate("f32", 8);
  assert.throws(() => array.slice(2, 9), {
    name: "RangeError",
    message: /within \[0, 8\), received \[2, 9\)/,
  });
  assert.throws(() => array.slice(-1), { name: "RangeError" });
  assert.throws(() => array.slice(5, 4), { name: "RangeError" });
  assert.throws(() => device.write(array, new Float32Array(9)), {
    name: "RangeError",
    message: /8 elements, received 9/,
  });
  assert.throws(() => device.copy(array, array.slice(1)), {
    name: "RangeError",
    message: /8 and 7/,
  });
  await assert.rejects(device.read(array, new Float32Array(7)), {
    name: "RangeError",
    message: /8 elements, received 7/,
  });
});

Deno.test("CpuDevice.allocate() beyond 4 GiB names the limit", async () => {
  const device = createCpuDevice();
  const message = /an array of 4.0 GiB: the device limit is 4.0 GiB; use more ranks/;
  assert.throws(() => device.allocate("f32", 2 ** 30), { name: "RangeError", message });
  assert.equal(device.memory.currentBytes, 0);
  const array = device.upload(Float32Array.of(1, 2));
  assert.deepEqual(await device.read(array), Float32Array.of(1, 2));
});

Deno.test("CpuDevice.run() refuses a too short array for each binding", async (t) => {
  for (const { kernel, fixed } of KERNEL_FAMILIES) {
    await t.step(kernel.name, () => {
      for (const name in kernel.bindings) {
        const device = createCpuDevice(), kernelCase = caseThatReads(fixed, name);
        const arrays = uploadAll(device, kernelCase);
        arrays[name] = arrays[name].slice(0, 0);
        assert.throws(
          () => device.run(kernel, arrays, kernelCase.sizes),
          {
            name: "RangeError",
            message: new RegExp(`"${kernel.name}": "${name}" must have at least`),
          },
          `${caseTitle(kernelCase)}: ${name}`,
        );
      }
    });
  }
});

Deno.test("CpuDevice.run() refuses indices beyond their array", () => {
  const device = createCpuDevice();
  const indices = device.upload(Uint32Array.of(0, 1, 2, 0, 1, 4));
  const wide = device.allocate("f32", 12);
  const narrow = device.allocate("f32", 8);
  const sizes = { rowCount: 6, width: 2 };
  assert.throws(() => device.run(gatherRows, { indices, source: narrow, rows: wide }, sizes), {
    name: "RangeError",
    message: /"source" must have at least 10 elements, received 8/,
  });
  assert.throws(() => device.run(addRows, { indices, rows: wide, target: narrow }, sizes), {
    message: /"target" must have at least 10 elements, received 8/,
  });
});

Deno.test("CpuDevice.run() refuses offsets that descend or start too early", () => {
  const device = createCpuDevice(), values = device.allocate("f32", 100);
  const senders = device.allocate("u32", 10), falling = device.upload(Uint32Array.of(5, 9, 7));
  const targets = device.upload(Uint32Array.of(0, 1));
  assert.throws(
    () =>
      device.run(gatherSum, {
        targets,
        offsets: falling,
        items: senders,
        values,
        sums: values.slice(50),
      }, {
        targetCount: 2,
        stride: 1,
        column: 0,
        width: 1,
        negative: 0,
      }),
    { name: "RangeError", message: /"offsets" must be ascending from 0/ },
  );
  const offsets = device.upload(Uint32Array.of(5, 7, 9));
  assert.throws(
    () =>
      device.run(moment, {
        offsets,
        senders,
        hidden: values,
        latent: values,
        moments: values.slice(50),
      }, {
        receivers: 2,
        firstEdge: 6,
        hiddenWidth: 1,
        width: 1,
      }),
    { message: /"offsets" must be ascending from 6 or more, it starts at 5/ },
  );
});

/** The first case that uses all optional inputs and in which binding `name` has elements. */
function caseThatReads(fixed: readonly (() => KernelCase)[], name: string): KernelCase {
  for (const makeCase of fixed) {
    const kernelCase = makeCase(), { arrays, sizes } = kernelCase;
    const isFull = Object.values(arrays).every((values) => values.length > 0);
    if (isFull && (sizes.mask ?? 1) === 1 && arrays[name].length > 0) return kernelCase;
  }
  throw new Error(`no case reads ${name}`);
}

function uploadAll(device: CpuDevice, { arrays }: KernelCase): Record<string, DeviceArray> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [
      name,
      values instanceof Float32Array ? device.upload(values) : device.upload(values as Uint32Array),
    ]),
  );
}
