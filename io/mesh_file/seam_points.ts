/**
 * Points that parts of a mesh share.
 *
 * @module
 */

import type { FileMesh } from "./mesh_file.ts";

/** Entries of the hash table per point. */
const TABLE_FACTOR = 2;

/** Where the points of parts coincide. */
export interface SeamPoints {
  /** The point that each point is merged into [N]: itself, or one of another part. */
  readonly numbers: Uint32Array;
  /** Points at places where one part has several. */
  readonly ambiguousCount: number;
}

/**
 * Finds the points of different parts that are one: those of one id, or at exactly one place. A
 * point that is not a copy is preferred to one that is, then an earlier to a later one. Points at
 * a place where one part has several, as on both sides of a crack, remain separate.
 *
 * @param starts First point of each part, and their total
 * @param ids Number of each point that is the same in all parts
 */
export function seamPoints(
  { points, axes, pointCount, ghostPoints }: Pick<
    FileMesh,
    "points" | "axes" | "pointCount" | "ghostPoints"
  >,
  starts: readonly number[],
  ids?: ArrayLike<number>,
): SeamPoints {
  const keys = ids ?? points;
  const width = ids === undefined ? axes : 1;
  const parts = partOf(starts);
  const table = new Table(keys, width, pointCount);
  // Chains of the points at one place, each from its first point.
  const next = new Uint32Array(pointCount).fill(pointCount);
  const last = new Uint32Array(pointCount);
  const first = new Uint32Array(pointCount);
  for (let point = 0; point < pointCount; point++) {
    const head = table.add(point);
    first[point] = head;
    if (head !== point) next[last[head]] = point;
    last[head] = point;
  }
  const numbers = Uint32Array.from({ length: pointCount }, (_, point) => point);
  let ambiguousCount = 0;
  for (let head = 0; head < pointCount; head++) {
    if (first[head] !== head || next[head] === pointCount) continue;
    const chain: number[] = [];
    for (let point = head; point < pointCount; point = next[point]) chain.push(point);
    if (new Set(chain.map((point) => parts[point])).size < chain.length) {
      if (chain.some((point) => parts[point] !== parts[head])) ambiguousCount += chain.length;
      continue;
    }
    const original = chain.find((point) => !ghostPoints?.[point]) ?? head;
    for (const point of chain) numbers[point] = original;
  }
  return { numbers, ambiguousCount };
}

/** The part of each point. */
function partOf(starts: readonly number[]): Uint32Array {
  const parts = new Uint32Array(starts.at(-1)!);
  for (let part = 0; part + 1 < starts.length; part++) {
    parts.fill(part, starts[part], starts[part + 1]);
  }
  return parts;
}

/** Rows of numbers by value: an open-addressing hash table. */
class Table {
  readonly #keys: ArrayLike<number>;
  readonly #width: number;
  readonly #slots: Uint32Array;
  readonly #number = new Float64Array(1);
  readonly #halves = new Uint32Array(this.#number.buffer);

  constructor(keys: ArrayLike<number>, width: number, count: number) {
    this.#keys = keys;
    this.#width = width;
    // A power of two; 0 is free, otherwise the row plus 1.
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(TABLE_FACTOR * count + 1)));
  }

  /** Adds a row, and returns the first row of the same numbers. */
  add(row: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(row) & mask;
    while (this.#slots[slot] !== 0) {
      if (this.#isSame(this.#slots[slot] - 1, row)) return this.#slots[slot] - 1;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = row + 1;
    return row;
  }

  #isSame(a: number, b: number): boolean {
    for (let k = 0; k < this.#width; k++) {
      if (this.#keys[this.#width * a + k] !== this.#keys[this.#width * b + k]) return false;
    }
    return true;
  }

  #hash(row: number): number {
    let hash = 0x9e3779b9;
    for (let k = 0; k < this.#width; k++) {
      // -0 and 0 are one place.
      this.#number[0] = this.#keys[this.#width * row + k] + 0;
      hash = Math.imul(hash ^ this.#halves[0], 0x85ebca6b);
      hash = Math.imul((hash ^ (hash >>> 13)) ^ this.#halves[1], 0xc2b2ae35);
      hash ^= hash >>> 16;
    }
    return hash >>> 0;
  }
}
