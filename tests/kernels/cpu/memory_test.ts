import assert from "node:assert/strict";
import fc from "fast-check";
import { CpuMemory } from "../../../kernels/cpu/memory.ts";

const newMemory = () => new CpuMemory(new WebAssembly.Memory({ initial: 1 }), 1000);

Deno.test("CpuMemory never hands out overlapping or unaligned blocks", () => {
  const action = fc.record({ bytes: fc.nat(200_000), victim: fc.nat(), isRelease: fc.boolean() });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const memory = newMemory();
      const live: { start: number; bytes: number }[] = [];
      for (const { bytes, victim, isRelease } of actions) {
        if (isRelease && live.length > 0) {
          const [block] = live.splice(victim % live.length, 1);
          memory.release(block.start, block.bytes);
          continue;
        }
        const start = memory.allocate(bytes);
        assert.equal(start % 64, 0);
        assert.ok(start >= 1000 && start + bytes + 64 <= memory.f32.byteLength);
        for (const block of live) {
          assert.ok(start + bytes <= block.start || block.start + block.bytes <= start);
        }
        live.push({ start, bytes: Math.max(1, bytes) });
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("CpuMemory coalesces released blocks: a large one fits again without growth", () => {
  const memory = newMemory();
  const starts = Array.from({ length: 64 }, () => memory.allocate(100_000));
  const size = memory.f32.byteLength;
  for (let k = 0; k < 64; k++) memory.release(starts[(k * 37) % 64], 100_000);
  memory.release(memory.allocate(64 * 100_032), 64 * 100_032);
  assert.equal(memory.f32.byteLength, size);
});

Deno.test("CpuMemory allocates from the smallest free block that fits", () => {
  const memory = newMemory();
  const large = memory.allocate(10_000);
  memory.allocate(64);
  const small = memory.allocate(1000);
  memory.allocate(64);
  memory.release(large, 10_000);
  memory.release(small, 1000);
  assert.equal(memory.allocate(900), small);
});

Deno.test("CpuMemory leaves space to read past the last block", () => {
  const memory = newMemory(), page = 2 ** 16;
  memory.allocate(page - 1024 - 64);
  assert.equal(memory.f32.byteLength, page);
  const other = newMemory();
  other.allocate(page - 1024);
  assert.ok(other.f32.byteLength > page);
});

Deno.test("the views of CpuMemory follow its growth", () => {
  const memory = newMemory(), start = memory.allocate(4);
  memory.f32[start / 4] = 2.5;
  memory.allocate(2 ** 22);
  assert.equal(memory.f32[start / 4], 2.5);
  assert.equal(memory.f32.buffer, memory.u32.buffer);
});
