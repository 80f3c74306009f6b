/**
 * The most memory that a process has had.
 *
 * @module
 */

import process from "node:process";

/**
 * Bytes of memory of the process with all its workers, at the most, from the making of this object
 * on.
 */
export class PeakMemory {
  /** A process begins with the peak of the one that started it, until it has had more. */
  readonly #inherited = mostBytes();
  #sampled = 0;

  /** Takes a sample, for as long as the peak is hidden by that of another process. */
  sample(): void {
    this.#sampled = Math.max(this.#sampled, Deno.memoryUsage().rss);
  }

  /** Bytes: exact, or the largest sample where the process that started this one has had more. */
  get bytes(): number {
    this.sample();
    const most = mostBytes();
    return most > this.#inherited ? most : this.#sampled;
  }
}

/** VmHWM, which needs no permission this way. */
function mostBytes(): number {
  return 1024 * process.resourceUsage().maxRSS;
}
