/**
 * Keyed random numbers, the only source of randomness: a number depends on its purpose, not on the
 * time of the draw.
 *
 * Everything is one call of Threefry-2x32-20, the counter-based generator of Salmon, Moraes, Dror
 * and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). A key names a purpose (seed,
 * epoch, mesh, ...), an index selects a number under that key. There is no state, so the numbers
 * depend neither on the order of the draws nor on the number of ranks.
 *
 * @module
 */

/** A 64-bit key: two unsigned 32-bit lanes. */
export interface Key {
  readonly high: number;
  readonly low: number;
}

/** A word of a key: an integer from 0 to 2^53 - 1, or a string. The words 5 and "5" differ. */
export type Word = number | string;

const TWO_32 = 2 ** 32;
/** Counter lane that marks the length of a string; no number has it. */
const STRING_TAG = 0x80000000;

const lanes = new Uint32Array(2);
const utf8 = new TextEncoder();

/**
 * The 64-bit key of a seed (or of another key) and a list of words.
 *
 * Words are absorbed one by one, so `hash(hash(seed, a), b)` is `hash(seed, a, b)`, and under one
 * key two different numbers never collide: Threefry is a bijection of its counter.
 *
 * @throws {RangeError} If a number is not an integer from 0 to 2^53 - 1.
 * @example
 * ```ts
 * import { hash } from "./random.ts";
 * const epoch = hash(7, "sample", 3);
 * const node = hash(epoch, 12); // the same as hash(7, "sample", 3, 12)
 * ```
 */
export function hash(seed: number | Key, ...words: readonly Word[]): Key {
  if (typeof seed === "number") absorbNumber(0, 0, seed);
  else lanes[0] = seed.high, lanes[1] = seed.low;
  for (const word of words) {
    if (typeof word === "number") absorbNumber(lanes[0], lanes[1], word);
    else absorbString(word);
  }
  return { high: lanes[0], low: lanes[1] };
}

/**
 * Computes the 64-bit keys `hash(key, number)` of many numbers, as two arrays of lanes.
 *
 * @param key The key under which the numbers are hashed.
 * @param numbers The numbers [n], or their count n for 0, 1, ..., n - 1.
 * @param high Upper lanes [n], overwritten.
 * @param low Lower lanes [n], overwritten.
 */
export function hashNumbers(
  key: Key,
  numbers: Uint32Array | number,
  high: Uint32Array,
  low: Uint32Array,
): void {
  const { high: key0, low: key1 } = key;
  const count = typeof numbers === "number" ? numbers : numbers.length;
  for (let i = 0; i < count; i++) {
    threefry(key0, key1, typeof numbers === "number" ? i : numbers[i], 0, lanes);
    high[i] = lanes[0];
    low[i] = lanes[1];
  }
}

/** The uniform 53-bit number in [0, 1) with the given index under `key`. */
export function keyedUniform(key: Key, index: number): number {
  absorbNumber(key.high, key.low, index);
  return uniformOf(lanes[0], lanes[1]);
}

/**
 * Fills `values` with `keyedUniform(key, i)`.
 *
 * @returns `values`
 */
export function fillUniform<T extends Float32Array | Float64Array>(key: Key, values: T): T {
  for (let i = 0; i < values.length; i++) {
    threefry(key.high, key.low, i, 0, lanes);
    values[i] = uniformOf(lanes[0], lanes[1]);
  }
  return values;
}

/**
 * Fills `values` with standard normal numbers under `key` (Box and Muller, the cosine branch), each
 * a function of its index alone.
 *
 * @returns `values`
 */
export function fillNormal<T extends Float32Array | Float64Array>(key: Key, values: T): T {
  for (let i = 0; i < values.length; i++) {
    threefry(key.high, key.low, i, 0, lanes);
    values[i] = normalOf(lanes[0], lanes[1]);
  }
  return values;
}

/**
 * A permutation of 0, 1, ..., count - 1 drawn uniformly under `key` (Fisher and Yates).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { hash, keyedPermutation } from "./random.ts";
 * const order = keyedPermutation(5, hash(7, "shuffle", 0));
 * assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4]);
 * ```
 */
export function keyedPermutation(count: number, key: Key): Uint32Array<ArrayBuffer> {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const draws = new KeyedSequence(key);
  for (let i = count - 1; i > 0; i--) {
    const j = draws.below(i + 1);
    const swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  return order;
}

/**
 * The sequence of draws under a key, for loops that need an unknown number of draws.
 *
 * One object serves many keys: `rekey(number)` restarts the draws, under `hash(key, number)`.
 */
export class KeyedSequence {
  readonly #base: Key;
  readonly #pair = new Uint32Array(2);
  readonly #key: Uint32Array;
  #drawCount = 0;

  constructor(key: Key) {
    this.#base = key;
    this.#key = Uint32Array.of(key.high, key.low);
  }

  /** Restarts at draw 0 of the key `hash(base, number)`; `number` is below 2^32. */
  rekey(number: number): void {
    threefry(this.#base.high, this.#base.low, number, 0, this.#key);
    this.#drawCount = 0;
  }

  /** The next 32 random bits. */
  next(): number {
    const lane = this.#drawCount & 1;
    if (lane === 0) threefry(this.#key[0], this.#key[1], this.#drawCount >>> 1, 0, this.#pair);
    this.#drawCount++;
    return this.#pair[lane];
  }

  /**
   * The next integer from 0 to `bound` - 1, without bias; `bound` is from 1 to 2^32.
   *
   * It is the upper half of the 64-bit product with 32 random bits (Lemire, "Fast random integer
   * generation in an interval", 2019). The float64 product is off by less than 2^12; after its
   * exact lower half is subtracted, it rounds to the right integer.
   */
  below(bound: number): number {
    let bits = this.next();
    let low = Math.imul(bits, bound) >>> 0;
    if (low < bound) {
      const rejected = TWO_32 % bound;
      while (low < rejected) {
        bits = this.next();
        low = Math.imul(bits, bound) >>> 0;
      }
    }
    return Math.round((bits * bound - low) / TWO_32);
  }
}

function uniformOf(high: number, low: number): number {
  return (high * 2 ** 21 + (low >>> 11)) * 2 ** -53;
}

function normalOf(high: number, low: number): number {
  const radius = Math.sqrt(-2 * Math.log((high + 0.5) / TWO_32));
  return radius * Math.cos(2 * Math.PI * (low / TWO_32));
}

function absorbNumber(key0: number, key1: number, word: number): void {
  if (!Number.isSafeInteger(word) || word < 0) {
    throw new RangeError(
      `Cannot hash a number: it must be an integer from 0 to 2^53 - 1, received ${word}`,
    );
  }
  threefry(key0, key1, word >>> 0, Math.floor(word / TWO_32), lanes);
}

/** Absorbs the byte length with a tag, then the UTF-8 bytes, eight at a time. */
function absorbString(word: string): void {
  const bytes = utf8.encode(word);
  threefry(lanes[0], lanes[1], bytes.length, STRING_TAG, lanes);
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  for (let offset = 0; offset < padded.length; offset += 8) {
    threefry(
      lanes[0],
      lanes[1],
      view.getUint32(offset, true),
      view.getUint32(offset + 4, true),
      lanes,
    );
  }
}

/**
 * Threefry-2x32 of 20 rounds: the block of counter (counter0, counter1) under key (key0, key1).
 *
 * @param out Two lanes, overwritten.
 */
export function threefry(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  out: Uint32Array,
): void {
  const key2 = 0x1bd11bda ^ key0 ^ key1;
  let x = (counter0 + key0) | 0;
  let y = (counter1 + key1) | 0;

  x = (x + y) | 0, y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0, y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0, y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0, y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + key1) | 0, y = (y + key2 + 1) | 0;

  x = (x + y) | 0, y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0, y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0, y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0, y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + key2) | 0, y = (y + key0 + 2) | 0;

  x = (x + y) | 0, y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0, y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0, y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0, y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + key0) | 0, y = (y + key1 + 3) | 0;

  x = (x + y) | 0, y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0, y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0, y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0, y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + key1) | 0, y = (y + key2 + 4) | 0;

  x = (x + y) | 0, y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0, y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0, y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0, y = ((y << 6) | (y >>> 26)) ^ x;
  out[0] = x + key2;
  out[1] = y + key0 + 5;
}
