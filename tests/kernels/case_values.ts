/**
 * Reproducible values and graphs for the kernel tests.
 *
 * @module
 */

/** A small keyed generator (mulberry32): the same seed gives the same values on every machine. */
export class CaseValues {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The next number, uniform in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** `length` numbers, uniform in [-1, 1). */
  numbers(length: number): Float32Array {
    return Float32Array.from({ length }, () => 2 * this.next() - 1);
  }

  /** `length` outputs of a ReLU: about half are 0. */
  rectified(length: number): Float32Array {
    return this.numbers(length).map((value) => Math.max(value, 0));
  }

  /** `length` integers in [0, end). */
  integers(length: number, end: number): Uint32Array {
    return Uint32Array.from({ length }, () => Math.floor(this.next() * end));
  }

  /** `count` distinct integers in [0, end), in random order. */
  distinct(count: number, end: number): Uint32Array {
    const all = Uint32Array.from({ length: end }, (_, k) => k);
    for (let k = 0; k < count; k++) {
      const other = k + Math.floor(this.next() * (end - k));
      [all[k], all[other]] = [all[other], all[k]];
    }
    return all.slice(0, count);
  }
}

/** Values that no kernel may leave in an output that it overwrites. */
export function poison(length: number): Float32Array {
  return new Float32Array(length).fill(NaN);
}

/** Offsets `[degrees.length + 1]` of consecutive segments, starting at `first`. */
export function offsetsFromDegrees(degrees: readonly number[], first: number = 0): Uint32Array {
  const offsets = new Uint32Array(degrees.length + 1);
  offsets[0] = first;
  degrees.forEach((degree, r) => offsets[r + 1] = offsets[r] + degree);
  return offsets;
}

/** The sum of `degrees`. */
export function edgeCount(degrees: readonly number[]): number {
  return degrees.reduce((sum, degree) => sum + degree, 0);
}
