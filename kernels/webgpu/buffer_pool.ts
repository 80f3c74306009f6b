/**
 * Storage buffers that are used again: a training step allocates and releases the same sizes over
 * and over.
 *
 * Sizes are rounded up to classes (four per power of two, so at most a quarter is wasted). All work
 * goes through one queue, in order, hence a released buffer may be handed out at once, while
 * earlier commands on it are still pending.
 *
 * @module
 */

/** A storage buffer of one size class. */
export interface PooledBuffer {
  readonly id: number;
  readonly gpu: GPUBuffer;
  /** Whether it had an earlier owner, whose values it may hold. */
  used: boolean;
  /** The number of the last batch of commands that touches it. */
  batch: number;
}

/** Smallest size class, in bytes. */
const SMALLEST_CLASS = 256;

/** Free memory that is always kept, in bytes. */
const FREE_FLOOR = 64 * 2 ** 20;

/** Gives out buffers and takes them back. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #limit: number;
  readonly #deviceName: string;
  readonly #dispose: (buffer: PooledBuffer) => void;
  readonly #free = new Map<number, PooledBuffer[]>();
  #freeBytes = 0;
  #takenBytes = 0;
  #mostTakenBytes = 0;
  #nextId = 0;

  /**
   * @param limit Most bytes of one buffer.
   * @param dispose Destroys a buffer as soon as no recorded command needs it.
   */
  constructor(
    device: GPUDevice,
    limit: number,
    deviceName: string,
    dispose: (buffer: PooledBuffer) => void,
  ) {
    this.#device = device;
    this.#limit = limit;
    this.#deviceName = deviceName;
    this.#dispose = dispose;
  }

  /** A buffer of at least `bytes`. @throws {RangeError} when the device limit is exceeded. */
  take(bytes: number): PooledBuffer {
    const limit = this.#limit;
    if (bytes > limit) {
      throw new RangeError(
        `Cannot allocate a buffer of ${formatBytes(bytes)} as the limit of ` +
          `${this.#deviceName} is ` +
          `${formatBytes(limit)}; use more ranks`,
      );
    }
    const size = Math.min(sizeClass(bytes), limit - limit % 4);
    const kept = this.#free.get(size)?.pop();
    this.#takenBytes += size;
    if (kept === undefined) {
      this.#trim();
      this.#mostTakenBytes = Math.max(this.#mostTakenBytes, this.#takenBytes);
      return { id: this.#nextId++, gpu: this.#create(size), used: false, batch: -1 };
    }
    this.#mostTakenBytes = Math.max(this.#mostTakenBytes, this.#takenBytes);
    this.#freeBytes -= size;
    kept.used = true;
    return kept;
  }

  /** Takes `buffer` back. */
  give(buffer: PooledBuffer): void {
    const size = buffer.gpu.size;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [buffer]);
    else list.push(buffer);
    this.#takenBytes -= size;
    this.#freeBytes += size;
  }

  #create(size: number): GPUBuffer {
    return this.#device.createBuffer({
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  }

  /**
   * Destroys free buffers, largest first, until the whole pool is no larger than what was once in
   * use.
   */
  #trim(): void {
    const allowed = Math.max(FREE_FLOOR, this.#mostTakenBytes - this.#takenBytes);
    if (this.#freeBytes <= allowed) return;
    for (const size of [...this.#free.keys()].sort((a, b) => b - a)) {
      const list = this.#free.get(size)!;
      while (list.length > 0 && this.#freeBytes > allowed) {
        this.#dispose(list.shift()!);
        this.#freeBytes -= size;
      }
    }
  }
}

/** The smallest of 4, 5, 6, 7 times a power of two that holds `bytes`. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST_CLASS) return SMALLEST_CLASS;
  const quarter = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / quarter) * quarter;
}

/** A size such as `5.1 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return `${unit === 0 ? bytes : bytes.toFixed(1)} ${units[unit]}`;
}
