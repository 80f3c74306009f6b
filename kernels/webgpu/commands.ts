/**
 * Recorded commands of one device, submitted to its queue in batches.
 *
 * @module
 */

import type { PooledBuffer } from "./buffer_pool.ts";

/**
 * Records dispatches, copies and clears in the order of the calls.
 *
 * There is one encoder between two waits of the host. Recorded commands are submitted when a result
 * is requested, and at the latest when the host is idle, so that the device works while the host
 * waits for other ranks.
 */
export class Commands {
  readonly #device: GPUDevice;
  readonly #beforeSubmit: () => void;
  readonly #afterSubmit: () => void;
  readonly #condemned: GPUBuffer[] = [];
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #batch = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(device: GPUDevice, beforeSubmit: () => void, afterSubmit: () => void) {
    this.#device = device;
    this.#beforeSubmit = beforeSubmit;
    this.#afterSubmit = afterSubmit;
  }

  /** Whether a recorded command that is not submitted yet uses `buffer`. */
  uses(buffer: PooledBuffer): boolean {
    return this.#encoder !== undefined && buffer.batch === this.#batch;
  }

  /** Marks `buffers` as used by the current batch. */
  touch(...buffers: readonly PooledBuffer[]): void {
    for (const buffer of buffers) buffer.batch = this.#batch;
  }

  /** Records `columns` × `rows` workgroups. */
  dispatch(
    pipeline: GPUComputePipeline,
    group: GPUBindGroup,
    uniformOffset: number,
    [columns, rows]: readonly [number, number],
  ): void {
    this.#pass ??= this.#open().beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, group, [uniformOffset]);
    this.#pass.dispatchWorkgroups(columns, rows);
  }

  /** Records a copy of `bytes` bytes between different buffers. */
  copy(
    source: GPUBuffer,
    sourceOffset: number,
    target: GPUBuffer,
    targetOffset: number,
    bytes: number,
  ): void {
    this.#closePass();
    this.#open().copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
  }

  /** Records a clear of `bytes` bytes. */
  clear(buffer: GPUBuffer, offset: number, bytes: number): void {
    this.#closePass();
    this.#open().clearBuffer(buffer, offset, bytes);
  }

  /** Destroys `buffer` after the recorded commands are submitted. */
  condemn(buffer: GPUBuffer): void {
    if (this.#encoder === undefined) buffer.destroy();
    else this.#condemned.push(buffer);
  }

  /** Submits the recorded commands to the queue. */
  submit(): void {
    if (this.#encoder === undefined) return;
    this.#closePass();
    this.#beforeSubmit();
    this.#device.queue.submit([this.#encoder.finish()]);
    this.discard();
    this.#batch++;
    for (const buffer of this.#condemned.splice(0)) buffer.destroy();
    this.#afterSubmit();
  }

  /** Discards the recorded commands. */
  discard(): void {
    this.#encoder = undefined;
    clearTimeout(this.#idle);
  }

  #open(): GPUCommandEncoder {
    if (this.#encoder === undefined) {
      this.#encoder = this.#device.createCommandEncoder();
      this.#idle = setTimeout(() => this.submit());
    }
    return this.#encoder;
  }

  #closePass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }
}
