/**
 * A small set of points that is cleared often.
 *
 * @module
 */

const EMPTY = 0xffffffff;

/**
 * Point numbers below 2^32 - 1 in a hash table sized for the set, so it stays in the cache whatever
 * the size of the mesh.
 */
export class PointSet {
  readonly #slots: Uint32Array;
  /** Shift that reduces a 32-bit product to a slot number. */
  readonly #shift: number;

  /** @param capacity The maximum number of points in the set. */
  constructor(capacity: number) {
    // At most half of the slots are used.
    const bits = Math.ceil(Math.log2(capacity)) + 1;
    this.#slots = new Uint32Array(2 ** bits).fill(EMPTY);
    this.#shift = 32 - bits;
  }

  /** Removes all points. */
  clear(): void {
    this.#slots.fill(EMPTY);
  }

  /**
   * Adds a point.
   *
   * @returns Whether the point is new.
   */
  add(point: number): boolean {
    const slots = this.#slots;
    const last = slots.length - 1;
    // Multiplication by the golden ratio spreads the points of a cell over the table.
    let slot = Math.imul(point, 0x9e3779b1) >>> this.#shift;
    while (slots[slot] !== EMPTY) {
      if (slots[slot] === point) return false;
      slot = (slot + 1) & last;
    }
    slots[slot] = point;
    return true;
  }
}
