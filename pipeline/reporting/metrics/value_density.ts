/**
 * Histograms whose range grows with the values, so that one pass counts every value.
 *
 * @module
 */

import type { DensityGrid, OutputDensity } from "../report_data.ts";

const PARITY_BINS = 96;
const ERROR_BINS = 400;
/** Width of the first bins of equal values, relative to these. */
const LEAST_WIDTH = 2 ** -20;

/**
 * Counts values, or pairs of them, in bins whose width is a power of two. Bins are merged by pairs
 * where values beyond their range arrive, so the counts do not depend on the order of the values.
 */
export class GrowingHistogram {
  readonly #axes: 1 | 2;
  readonly #bins: number;
  #width = 0;
  /** First bin, in bins from 0. */
  #first = 0;
  #counts: Uint32Array;

  /** @param axes 2 for pairs, whose axes share one range */
  constructor(axes: 1 | 2, bins: number) {
    this.#axes = axes;
    this.#bins = bins;
    this.#counts = new Uint32Array(bins ** axes);
  }

  /** Makes room for values from `low` to `high`. */
  include(low: number, high: number): void {
    const isEmpty = this.#width === 0;
    const from = isEmpty ? low : Math.min(low, this.#first * this.#width);
    const end = (this.#first + this.#bins) * this.#width;
    if (!isEmpty && from === this.#first * this.#width && high < end) return;
    const range = Math.max(high - from, LEAST_WIDTH * Math.max(Math.abs(low), Math.abs(high)));
    let width = this.#width || 2 ** Math.floor(Math.log2((range || 1) / this.#bins));
    // The last used bin is retained, not the empty ones after it.
    const used = isEmpty ? high : Math.max(high, (this.#first + this.#lastUsed()) * this.#width);
    while (Math.floor(used / width) - Math.floor(from / width) >= this.#bins) width *= 2;
    this.#resize(width, Math.floor(from / width));
  }

  /** Counts a value, or a pair of them, within the range. */
  add(value: number, other = 0): void {
    const k = Math.floor(value / this.#width) - this.#first;
    const row = this.#axes === 2 ? Math.floor(other / this.#width) - this.#first : 0;
    this.#counts[row * this.#bins + k]++;
  }

  result(): DensityGrid {
    return {
      low: this.#first * this.#width,
      width: this.#width,
      bins: this.#bins,
      counts: this.#counts,
    };
  }

  #lastUsed(): number {
    const last = this.#counts.findLastIndex((count) => count > 0);
    if (this.#axes === 1 || last < 0) return Math.max(0, last);
    let used = 0;
    this.#counts.forEach((count, k) => {
      if (count > 0) used = Math.max(used, k % this.#bins, Math.floor(k / this.#bins));
    });
    return used;
  }

  #resize(width: number, first: number): void {
    const counts = new Uint32Array(this.#counts.length);
    const moved = (k: number) => Math.floor((this.#first + k) * this.#width / width) - first;
    this.#counts.forEach((count, k) => {
      if (count === 0) return;
      const row = this.#axes === 2 ? moved(Math.floor(k / this.#bins)) : 0;
      counts[row * this.#bins + moved(k % this.#bins)] += count;
    });
    this.#counts = counts;
    this.#width = width;
    this.#first = first;
  }
}

/** Counts predictions against the truth, and errors, of every output. */
export class DensityAccumulator {
  readonly #outputs: readonly {
    readonly name: string;
    readonly unit: string;
    readonly parity: GrowingHistogram;
    readonly errors: GrowingHistogram;
  }[];

  /**
   * @param names Name of each output [O]
   * @param units Unit of each output [O]
   */
  constructor(names: readonly string[], units: readonly string[]) {
    this.#outputs = names.map((name, o) => ({
      name,
      unit: units[o] ?? "",
      parity: new GrowingHistogram(2, PARITY_BINS),
      errors: new GrowingHistogram(1, ERROR_BINS),
    }));
  }

  /**
   * Adds a sample.
   *
   * @param truth True values [N, O]
   * @param predicted Predicted values [N, O]
   * @param known Per node [N]: 0 for a node whose truth is not known. @default all known
   */
  add(truth: ArrayLike<number>, predicted: ArrayLike<number>, known?: ArrayLike<number>): void {
    const width = this.#outputs.length;
    for (const [o, { parity, errors }] of this.#outputs.entries()) {
      const values = { low: Infinity, high: -Infinity, lowError: Infinity, highError: -Infinity };
      const visit = (at: (truth: number, predicted: number) => void) => {
        for (let k = o; k < truth.length; k += width) {
          if (known === undefined || known[(k - o) / width] !== 0) at(truth[k], predicted[k]);
        }
      };
      visit((a, b) => {
        values.low = Math.min(values.low, a, b);
        values.high = Math.max(values.high, a, b);
        values.lowError = Math.min(values.lowError, b - a);
        values.highError = Math.max(values.highError, b - a);
      });
      if (!(values.low <= values.high)) continue;
      parity.include(values.low, values.high);
      errors.include(values.lowError, values.highError);
      visit((a, b) => {
        parity.add(a, b);
        errors.add(b - a);
      });
    }
  }

  /** The counts of all samples. */
  result(): OutputDensity[] {
    return this.#outputs.map(({ name, unit, parity, errors }) => ({
      name,
      unit,
      parity: parity.result(),
      errors: errors.result(),
    }));
  }
}
