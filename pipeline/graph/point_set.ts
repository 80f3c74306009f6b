/**
 * A small set of points that is emptied often.
 *
 * @module
 */

const EMPTY = 0xffffffff;

/**
 * Point numbers below 2^32 - 1 in a hash table that fits the cache however many points there are.
 */
export class PointSet {
  readonly #slots: Uint32Array;
  /** Leaves of a 32-bit product the bits that number the slots. */
  readonly #shift: number;

  /** @param capacity The most points that will be in the set. */
  constructor(capacity: number) {
    // At most half full.
    const bits = Math.ceil(Math.log2(capacity)) + 1;
    this.#slots = new Uint32Array(2 ** bits).fill(EMPTY);
    this.#shift = 32 - bits;
  }

  /** Takes all points out. */
  clear(): void {
    this.#slots.fill(EMPTY);
  }

  /** Puts a point in. @returns Whether it was not there. */
  add(point: number): boolean {
    const slots = this.#slots;
    const last = slots.length - 1;
    // Multiplication by the golden ratio spreads the neighbours in a cell over the table.
    let slot = Math.imul(point, 0x9e3779b1) >>> this.#shift;
    while (slots[slot] !== EMPTY) {
      if (slots[slot] === point) return false;
      slot = (slot + 1) & last;
    }
    slots[slot] = point;
    return true;
  }
}
