/**
 * Rounding of numbers to fewer bits, whose zeros then compress to nothing.
 *
 * @module
 */

/** Bits of the mantissa of a float32, without the leading one. */
export const MANTISSA_BITS = 23;

/**
 * Rounds numbers to so many bits of the mantissa, halves to even: a relative error of at most
 * 2^-(bits + 1). The result is what numcodecs calls BitRound.
 *
 * @param bits 1 to 23, all
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * // In binary 1.0001, 1.01 and 1.11, the last two of them halfway.
 * assert.deepEqual([...roundMantissa(Float32Array.of(1.0625, 1.25, 1.75), 1)], [1, 1, 2]);
 * ```
 */
export function roundMantissa(values: Float32Array, bits: number): Float32Array<ArrayBuffer> {
  if (!Number.isInteger(bits) || bits < 1 || bits > MANTISSA_BITS) {
    throw new RangeError(
      `Cannot round numbers as the bits kept must be 1 to ${MANTISSA_BITS}: received ${bits}`,
    );
  }
  const rounded = Float32Array.from(values);
  const dropped = MANTISSA_BITS - bits;
  if (dropped === 0) return rounded;
  const words = new Uint32Array(rounded.buffer);
  const almostHalf = 2 ** (dropped - 1) - 1;
  for (let k = 0; k < words.length; k++) {
    // One more where the last bit kept is odd: halves go to even. A carry moves into the exponent,
    // as it must.
    const isOdd = words[k] >>> dropped & 1;
    words[k] = (words[k] + almostHalf + isOdd) >>> dropped << dropped;
  }
  return rounded;
}
