/**
 * The sizes and offsets of all dispatches of a batch, in one buffer that is written once per
 * submit.
 *
 * @module
 */

/** Size of the uniform block of one dispatch in bytes: 16 values. */
export const UNIFORM_BYTES = 64;

/** The uniform blocks of one batch of commands. */
export class Uniforms {
  readonly buffer: GPUBuffer;
  readonly #host: Uint32Array<ArrayBuffer>;
  readonly #stride: number;
  #count = 0;

  constructor(device: GPUDevice, readonly capacity: number) {
    this.#stride = Math.max(UNIFORM_BYTES, device.limits.minUniformBufferOffsetAlignment);
    this.#host = new Uint32Array(capacity * this.#stride / 4);
    this.buffer = device.createBuffer({
      size: this.#host.byteLength,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  /** Whether the batch must be submitted before another block is added. */
  get isFull(): boolean {
    return this.#count === this.capacity;
  }

  /**
   * Adds a block.
   *
   * @returns Its dynamic offset.
   */
  add(values: readonly number[]): number {
    const offset = this.#count++ * this.#stride;
    this.#host.set(values, offset / 4);
    return offset;
  }

  /** Writes the blocks of this batch before its commands, and begins the next batch. */
  write(queue: GPUQueue): void {
    if (this.#count > 0) {
      queue.writeBuffer(this.buffer, 0, this.#host, 0, this.#count * this.#stride / 4);
    }
    this.#count = 0;
  }
}
