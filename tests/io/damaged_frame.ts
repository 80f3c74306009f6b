/**
 * Arrow messages with a changed frame.
 *
 * @module
 */

import assert from "node:assert/strict";

/** The message with one run of numbers, which must occur in it once, replaced. */
export function replaceNumbers(
  message: Uint8Array,
  numbers: Int32Array | BigInt64Array,
  by: Int32Array | BigInt64Array,
): Uint8Array<ArrayBuffer> {
  const hex = (array: ArrayBufferView) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).toHex();
  const parts = hex(message).split(hex(numbers));
  assert.equal(parts.length, 2);
  return Uint8Array.fromHex(parts.join(hex(by)));
}
