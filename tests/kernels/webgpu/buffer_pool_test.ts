import assert from "node:assert/strict";
import { binarySize } from "../../../kernels/binary_size.ts";
import { BufferPool } from "../../../kernels/webgpu/buffer_pool.ts";

const MIB = 2 ** 20;

/** A pool on a device that only counts bytes. */
function countingPool(): { pool: BufferPool; held: { bytes: number } } {
  const held = { bytes: 0 };
  const device = {
    createBuffer: ({ size }: { size: number }) => {
      held.bytes += size;
      return { size };
    },
  };
  const pool = new BufferPool(
    device as unknown as GPUDevice,
    1024 * MIB,
    "the test",
    ({ gpu }) => held.bytes -= gpu.size,
  );
  return { pool, held };
}

Deno.test("BufferPool reuses a released buffer", () => {
  const { pool, held } = countingPool();
  const first = pool.acquire(1000);
  assert.equal(first.used, false);
  pool.release(first);
  assert.equal(pool.acquire(900), first);
  assert.equal(first.used, true);
  assert.notEqual(pool.acquire(900), first);
  assert.equal(held.bytes, 2 * 1024);
});

Deno.test("BufferPool never holds more than its peak use", () => {
  const { pool, held } = countingPool();
  let peak = 0;
  for (let size = 300; size > 100; size -= 10) {
    const buffer = pool.acquire(size * MIB);
    peak = Math.max(peak, buffer.gpu.size);
    assert.ok(
      held.bytes <= peak + 64 * MIB,
      `${binarySize(held.bytes)} are held for ${binarySize(peak)}`,
    );
    pool.release(buffer);
  }
});

Deno.test("BufferPool refuses a buffer beyond the limit and does not change", () => {
  const { pool, held } = countingPool();
  assert.throws(() => pool.acquire(1024 * MIB + 4), {
    name: "RangeError",
    message:
      "Cannot allocate a buffer of 1.0 GiB: the limit of the test is 1.0 GiB; use more ranks",
  });
  assert.equal(held.bytes, 0);
  assert.equal(pool.acquire(1023 * MIB).gpu.size, 1024 * MIB);
});
