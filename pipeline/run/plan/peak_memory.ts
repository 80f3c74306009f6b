/**
 * Peak memory of a process.
 *
 * @module
 */

import process from "node:process";

/** Peak memory of the process with all its workers, since the creation of this object. */
export class PeakMemory {
  /** A process inherits the peak of its parent until it exceeds it. */
  readonly #inheritedBytes = maxRssBytes();
  #sampledBytes = 0;

  /** Takes a sample, for use while the peak is hidden by that of the parent. */
  sample(): void {
    this.#sampledBytes = Math.max(this.#sampledBytes, Deno.memoryUsage().rss);
  }

  /** Bytes: exact, or the largest sample while the peak of the parent is higher. */
  get bytes(): number {
    this.sample();
    const peakBytes = maxRssBytes();
    return peakBytes > this.#inheritedBytes ? peakBytes : this.#sampledBytes;
  }
}

/** Peak resident set size; unlike `/proc`, this needs no permission. */
function maxRssBytes(): number {
  return 1024 * process.resourceUsage().maxRSS;
}
