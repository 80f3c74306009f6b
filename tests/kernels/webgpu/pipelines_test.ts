import assert from "node:assert/strict";
import { WebGpuArray } from "../../../kernels/webgpu/array.ts";
import { limitsOf } from "../../../kernels/webgpu/limits.ts";
import { type Pipeline, Pipelines } from "../../../kernels/webgpu/pipelines.ts";
import { createShaders } from "../../../kernels/webgpu/shaders.ts";
import { TILES } from "../../../kernels/webgpu/tile.ts";

const SHADERS = createShaders(TILES[0]);

/** Fake bind groups: lists of the `[offset, size]` of their arrays, in bytes. */
type Ranges = readonly (readonly [number, number])[];

const LIMITS = limitsOf({
  limits: {
    minStorageBufferOffsetAlignment: 32,
    maxStorageBufferBindingSize: 4096,
  } as GPUSupportedLimits,
}, { maxStorageBufferBindingSize: 1024 });

const device = {
  createBindGroup: ({ entries }: { entries: { resource: { offset: number; size: number } }[] }) =>
    entries.slice(0, -1).map(({ resource }) => [resource.offset, resource.size]),
} as unknown as GPUDevice;

function bind(
  source: WebGpuArray,
  target: WebGpuArray,
): { group: Ranges; offsets: readonly number[] } {
  const pipelines = new Pipelines(device, LIMITS, {} as GPUBuffer);
  const pipeline = { bindGroups: new Map() } as unknown as Pipeline;
  const { group, offsets } = pipelines.bind(SHADERS.addArrays, pipeline, { source, target });
  return { group: group as unknown as Ranges, offsets };
}

function array(length: number): WebGpuArray {
  const buffer = { id: 0, gpu: {} as GPUBuffer, used: false, batch: 0 };
  return new WebGpuArray(
    "f32",
    { buffers: [buffer], bufferLength: Math.max(1, length), length, released: false },
    0,
    length,
  );
}

Deno.test(
  "bind() starts a binding at the alignment before the window and returns the offset",
  () => {
    const { group, offsets } = bind(array(100).slice(8, 10), array(100).slice(29, 40));
    assert.deepEqual(group, [[32, 8], [96, 64]]);
    assert.deepEqual(offsets, [0, 5]);
  },
);

Deno.test("bind() binds at least one element for an empty window, even at the end", () => {
  const { group, offsets } = bind(array(64).slice(64), array(0));
  assert.deepEqual(group, [[0, 4], [0, 4]]);
  assert.deepEqual(offsets, [0, 0]);
});

Deno.test("bind() refuses a window longer than a binding, but not one on a longer array", () => {
  assert.deepEqual(bind(array(1000).slice(8, 264), array(1)).group[0], [32, 1024]);
  assert.throws(() => bind(array(8), array(257)), {
    name: "RangeError",
    message: /"addArrays": "target" may span 1.0 KiB on this device, received 1.0 KiB; use smaller/,
  });
});
