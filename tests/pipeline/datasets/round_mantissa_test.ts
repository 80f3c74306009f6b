import assert from "node:assert/strict";
import fc from "fast-check";
import { MANTISSA_BITS, roundMantissa } from "../../../pipeline/datasets/round_mantissa.ts";

const float = fc.float({
  noNaN: true,
  noDefaultInfinity: true,
  min: Math.fround(-1e30),
  max: Math.fround(1e30),
});
const bits = fc.integer({ min: 1, max: MANTISSA_BITS });

Deno.test("roundMantissa() gives the nearest number with the given bits", () => {
  fc.assert(fc.property(float, bits, (value, bitCount) => {
    const [rounded] = roundMantissa(Float32Array.of(value), bitCount);
    // Of numbers between two powers of two, the nearest multiple of the last bit.
    const exponent = Math.floor(Math.log2(Math.abs(value)));
    if (value === 0 || exponent < -126) {
      return assert.ok(Math.abs(rounded - value) <= 2 ** (-127 - bitCount));
    }
    const unit = 2 ** (exponent - bitCount);
    assert.ok(Number.isInteger(rounded / unit), `${rounded} of ${value}`);
    assert.ok(Math.abs(rounded - value) <= unit / 2, `${rounded} of ${value}`);
  }));
});

Deno.test("roundMantissa() rounds half to even, preserves zeros, signs and 23 bits", () => {
  const values = Float32Array.of(1.25, 1.75, -1.25, 0, -0, 1e-40, 3.999);
  assert.deepEqual([...roundMantissa(values, 1)].slice(0, 5), [1, 2, -1, 0, -0]);
  assert.equal(roundMantissa(values, 1)[6], 4);
  assert.deepEqual(roundMantissa(values, MANTISSA_BITS), values);
  assert.equal(values[0], 1.25);
});

Deno.test("roundMantissa() gives what BitRound of numcodecs gives", () => {
  // numcodecs.BitRound(keepbits=13).encode(np.float32([3.14159265, -1234.5678, 1.0000611,
  // 7.7e-12]))
  const values = Float32Array.of(3.14159265, -1234.5678, 1.0000611, 7.7e-12);
  assert.deepEqual([...roundMantissa(values, 13)], [
    3.1416015625,
    -1234.625,
    1.0001220703125,
    7.699618720380386e-12,
  ]);
});

Deno.test("roundMantissa() rejects fewer and more bits", () => {
  for (const bits of [0, 24, 1.5]) {
    assert.throws(
      () => roundMantissa(new Float32Array(1), bits),
      /must be 1 to 23, received/,
    );
  }
});
