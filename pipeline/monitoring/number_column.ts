/** A growing list of numbers, 8 bytes each. @module */

/** First number of places. */
const FIRST_PLACES = 256;

/** A list of numbers that grows at its end. */
export class NumberColumn {
  #values = new Float64Array(FIRST_PLACES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The last number; undefined if there is none. */
  get last(): number | undefined {
    return this.#length === 0 ? undefined : this.#values[this.#length - 1];
  }

  /** The number at a place; NaN outside. */
  at(place: number): number {
    return place >= 0 && place < this.#length ? this.#values[place] : NaN;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** Removes all numbers from place `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  /** A view of the numbers, valid until the next `push`. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  /** The first place whose number is at least `value`, of numbers in ascending order. */
  firstAtLeast(value: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
