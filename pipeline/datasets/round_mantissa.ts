/**
 * Rounding of numbers to fewer bits, for better compression.
 *
 * @module
 */

/** Bits of the mantissa of a float32, without the leading one. */
export const MANTISSA_BITS = 23;

/**
 * Rounds numbers to `bits` bits of the mantissa, half to even, as BitRound of numcodecs does: the
 * relative error is at most 2^-(bits + 1).
 *
 * @param bits 1 to 23
 * @throws {RangeError} If there are fewer or more bits
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * // In binary 1.0001, 1.01 and 1.11, the last two of which are halfway.
 * assert.deepEqual([...roundMantissa(Float32Array.of(1.0625, 1.25, 1.75), 1)], [1, 1, 2]);
 * ```
 */
export function roundMantissa(values: Float32Array, bits: number): Float32Array<ArrayBuffer> {
  if (!Number.isInteger(bits) || bits < 1 || bits > MANTISSA_BITS) {
    throw new RangeError(
      `Cannot round numbers: mantissa bits must be 1 to ${MANTISSA_BITS}, received ${bits}`,
    );
  }
  const rounded = Float32Array.from(values);
  const dropped = MANTISSA_BITS - bits;
  if (dropped === 0) return rounded;
  const words = new Uint32Array(rounded.buffer);
  const almostHalf = 2 ** (dropped - 1) - 1;
  for (let k = 0; k < words.length; k++) {
    // One more if the last remaining bit is odd: half to even. A carry increases the exponent.
    const isOdd = words[k] >>> dropped & 1;
    words[k] = (words[k] + almostHalf + isOdd) >>> dropped << dropped;
  }
  return rounded;
}
