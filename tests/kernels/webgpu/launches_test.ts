import assert from "node:assert/strict";
import fc from "fast-check";
import { WebGpuArray } from "../../../kernels/webgpu/array.ts";
import { sizeClass } from "../../../kernels/webgpu/buffer_pool.ts";
import { launch } from "../../../kernels/webgpu/launches.ts";
import type { LaunchMemory } from "../../../kernels/webgpu/dispatch.ts";
import { createShaders } from "../../../kernels/webgpu/shaders.ts";
import { TILES } from "../../../kernels/webgpu/tile.ts";

const SHADERS = createShaders(TILES[0]);

/** Number of iterations after which llvmpipe ends a loop. */
const LOOP_LIMIT = 65_535;

/** An array without memory: a launch needs the lengths only. */
function lengthOnly(length: number): WebGpuArray {
  return new WebGpuArray(
    "f32",
    { buffers: [], bufferLength: length, length, released: false },
    0,
    length,
  );
}

/** Memory with bindings of any length. */
function memory(scratch: (length: number) => WebGpuArray = lengthOnly): LaunchMemory {
  return { bindingLength: Infinity, scratch, zeros: lengthOnly, counting: lengthOnly };
}

Deno.test("launch() cuts sums over rows into parts of bounded work and memory", () => {
  const anySizes = fc.record({
    rows: fc.integer({ min: 1, max: 2 ** 28 }),
    inner: fc.integer({ min: 1, max: 2080 }),
    columns: fc.integer({ min: 1, max: 500 }),
  });
  fc.assert(fc.property(anySizes, (sizes) => {
    let partials = 0;
    const weightGradient = lengthOnly(sizes.inner * sizes.columns);
    const [first, second] = launch(
      SHADERS,
      "linearBackwardWeight",
      { weightGradient, input: lengthOnly(0) },
      sizes,
      memory((length) => {
        partials = length;
        return lengthOnly(length);
      }),
    );
    const { parts, partRows } = first.sizes;
    assert.ok(parts * partRows >= sizes.rows && (parts - 1) * partRows < sizes.rows);
    assert.ok(partRows + Math.ceil(partRows / 64) < LOOP_LIMIT, `${partRows} rows in a part`);
    assert.ok(parts + Math.ceil(parts / 32) < LOOP_LIMIT, `${parts} parts`);
    assert.equal(partials, parts * sizes.inner * sizes.columns);
    assert.ok(partials <= 2 ** 22 || partRows > 30_000 || parts === 1, `${partials} partial sums`);
    assert.deepEqual(second.sizes, {
      parts,
      stride: weightGradient.length,
      count: weightGradient.length,
    });
  }));
});

Deno.test("launch() gives the turns that the edges may need", () => {
  const turns = (edges: number) => {
    const arrays = { senders: lengthOnly(edges), latent: lengthOnly(0) };
    return launch(SHADERS, "moment", arrays, { receivers: 1 }, memory()).map(({ sizes }) =>
      sizes.turn
    );
  };
  assert.deepEqual(turns(0), [0]);
  assert.deepEqual(turns(61_440), [0]);
  assert.deepEqual(turns(61_441), [0, 1]);
  assert.deepEqual(turns(200_000), [0, 1, 2, 3]);
});

Deno.test("sizeClass() wastes at most a quarter and is idempotent", () => {
  assert.deepEqual([0, 1, 256, 257, 320, 321, 500, 512, 513].map(sizeClass), [
    256,
    256,
    256,
    320,
    320,
    384,
    512,
    512,
    640,
  ]);
  fc.assert(fc.property(fc.integer({ min: 257, max: 2 ** 31 }), (bytes) => {
    const size = sizeClass(bytes);
    assert.ok(size >= bytes && size < 1.25 * bytes && size % 4 === 0, String(size));
    assert.equal(sizeClass(size), size);
  }));
});
