/**
 * Measurement of the peak rate of multiply-adds, which adapters do not report.
 *
 * @module
 */

import { openAdapter } from "./adapter.ts";
import peakSource from "./peak.wgsl" with { type: "text" };
import { Staging } from "./readback.ts";
import { WORKGROUP_SIZE } from "./tile.ts";

/** Length of the chains of multiply-adds: the override constant ROUNDS. */
const ROUNDS = 1024;

/** Operations of one invocation: a multiplication and an addition in 32 chains. */
const INVOCATION_OPERATIONS = 2 * 32 * ROUNDS;

/** Workgroups of one dispatch: enough for any GPU, and 30 ms on two cores. */
const WORKGROUPS = 256;

/** Minimum time of one measurement in ms, so that the cost of the submit is negligible. */
const MIN_MS = 200;

/**
 * The peak rate of float32 operations of the adapter in GFLOP/s: the best of `repeats`
 * measurements.
 *
 * @throws {DeviceUnavailableError} If there is no adapter.
 */
export async function peakGigaflops(repeats: number): Promise<number> {
  const { device } = await openAdapter(true);
  try {
    const run = prepare(device);
    let dispatches = 1;
    let milliseconds = await run(dispatches);
    while ((milliseconds = await run(dispatches)) < MIN_MS) dispatches *= 2;
    for (let k = 0; k < repeats; k++) milliseconds = Math.min(milliseconds, await run(dispatches));
    return dispatches * WORKGROUPS * WORKGROUP_SIZE * INVOCATION_OPERATIONS / milliseconds / 1e6;
  } finally {
    device.destroy();
  }
}

/** Compiles the shader; the result runs a number of dispatches and returns their time in ms. */
function prepare(device: GPUDevice): (dispatches: number) => Promise<number> {
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: {
      module: device.createShaderModule({ code: peakSource }),
      entryPoint: "peak",
      constants: { WORKGROUP_SIZE, ROUNDS },
    },
  });
  const factors = device.createBuffer({
    size: 8,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
  });
  // The chains converge to 1: no infinities and no denormal numbers.
  device.queue.writeBuffer(factors, 0, Float32Array.of(0.5, 0.5));
  const sums = device.createBuffer({
    size: 4 * WORKGROUPS * WORKGROUP_SIZE,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [factors, sums].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const staging = new Staging(device, 4);
  return async (dispatches) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let k = 0; k < dispatches; k++) pass.dispatchWorkgroups(WORKGROUPS);
    pass.end();
    encoder.copyBufferToBuffer(sums, 0, staging.gpu, 0, 4);
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await staging.map(4);
    staging.unmap();
    return performance.now() - start;
  };
}
