import assert from "node:assert/strict";
import { BufferPool, formatBytes } from "../../../kernels/webgpu/buffer_pool.ts";

const MIB = 2 ** 20;

/** A pool over a device that only counts bytes. */
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
    "it",
    ({ gpu }) => held.bytes -= gpu.size,
  );
  return { pool, held };
}

Deno.test("BufferPool gives a released buffer out again", () => {
  const { pool, held } = countingPool();
  const first = pool.take(1000);
  assert.equal(first.used, false);
  pool.give(first);
  assert.equal(pool.take(900), first);
  assert.equal(first.used, true);
  assert.notEqual(pool.take(900), first);
  assert.equal(held.bytes, 2 * 1024);
});

Deno.test("BufferPool holds no more than was once in use, however the sizes change", () => {
  const { pool, held } = countingPool();
  let most = 0;
  for (let size = 300; size > 100; size -= 10) {
    const buffer = pool.take(size * MIB);
    most = Math.max(most, buffer.gpu.size);
    assert.ok(
      held.bytes <= most + 64 * MIB,
      `${formatBytes(held.bytes)} are held for ${formatBytes(most)}`,
    );
    pool.give(buffer);
  }
});

Deno.test("BufferPool rejects what the device cannot hold and stays as it was", () => {
  const { pool, held } = countingPool();
  assert.throws(() => pool.take(1024 * MIB + 4), {
    name: "RangeError",
    message: "Cannot allocate a buffer of 1.0 GiB as the limit of it is 1.0 GiB; use more ranks",
  });
  assert.equal(held.bytes, 0);
  assert.equal(pool.take(1023 * MIB).gpu.size, 1024 * MIB);
});
