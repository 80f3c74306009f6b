/**
 * Damage to the bytes of a file, as data that fast-check draws and shrinks.
 *
 * @module
 */

import fc from "fast-check";

/** One change of bytes. Positions count modulo the length of the file. */
export type Edit =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "digit"; readonly at: number; readonly digit: number }
  | { readonly kind: "zeros" | "repeat"; readonly at: number; readonly length: number }
  | { readonly kind: "move"; readonly at: number; readonly length: number; readonly to: number }
  | {
    readonly kind: "replace";
    readonly at: number;
    /** Bytes removed at `at`. */
    readonly removed: number;
    readonly inserted: Uint8Array;
  };

/** Integers that break sizes and counts: zero, off by one, the ends of 8 to 64 bits. */
const INTEGERS = [
  0n,
  1n,
  2n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 53n,
  -1n,
];

/** Texts that break numbers and names: signs, exponents, paths, nesting, ends of strings. */
const TEXTS = [
  "-",
  "9",
  "99999999",
  "1e9",
  "1e308",
  "0x10",
  "NaN",
  "null",
  "..",
  "/",
  '"',
  "\\",
  "[[[[",
  "{",
  "<",
  "&",
  "\0",
];

/** A position, or with {@linkcode EVERYTHING} a length, in a file of any size. */
const position = fc.nat(2 ** 31 - 1);

/** A length beyond the end of every file of these tests. */
const EVERYTHING = 2 ** 31 - 1;

/** Mostly a short part, sometimes all that follows. */
const length = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 16 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4096 }) },
);

const packedInteger = fc.record({
  value: fc.constantFrom(...INTEGERS),
  width: fc.constantFrom(1, 2, 4, 8),
  littleEndian: fc.oneof(
    { weight: 3, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
}).map(({ value, width, littleEndian }) => {
  const bytes = new Uint8Array(8);
  const aligned = littleEndian ? value : value << BigInt(64 - 8 * width);
  new DataView(bytes.buffer).setBigInt64(0, aligned, littleEndian);
  return bytes.subarray(0, width);
});

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant("flip"), at: position, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("digit"), at: position, digit: fc.nat(9) }),
  fc.record({ kind: fc.constantFrom("zeros", "repeat"), at: position, length }),
  fc.record({ kind: fc.constant("move"), at: position, length, to: position }),
  replacement(fc.uint8Array({ minLength: 1, maxLength: 4 })),
  replacement(packedInteger),
  replacement(
    fc.constantFrom(...TEXTS).map((text) => new TextEncoder().encode(text)),
    fc.nat(2),
  ),
  replacement(fc.constant(new Uint8Array()), length),
  replacement(fc.constant(new Uint8Array()), fc.constant(EVERYTHING)),
);

/** One edit, sometimes two. */
export const edits: fc.Arbitrary<readonly Edit[]> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(edit) },
  { weight: 1, arbitrary: fc.tuple(edit, edit) },
);

/** Edited bytes; the given ones stay unchanged. */
export function editBytes(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return edits.reduce(editOnce, bytes);
}

function editOnce(bytes: Uint8Array, edit: Edit): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(edit.at % 256);
  const at = edit.at % bytes.length;
  switch (edit.kind) {
    case "flip":
      return bytes.with(at, bytes[at] ^ 1 << edit.bit);
    case "digit": {
      const digitAt = bytes.findIndex((byte, i) => i >= at && byte >= 0x30 && byte <= 0x39);
      return digitAt < 0 ? bytes.slice(0, at) : bytes.with(digitAt, 0x30 + edit.digit);
    }
    case "zeros":
      return bytes.slice().fill(0, at, at + edit.length);
    case "repeat":
      return joined(bytes.subarray(0, at + edit.length), bytes.subarray(at));
    case "move":
      return bytes.slice().copyWithin(edit.to % bytes.length, at, at + edit.length);
    case "replace":
      return joined(bytes.subarray(0, at), edit.inserted, bytes.subarray(at + edit.removed));
  }
}

/** @param removed Bytes that are removed; as many as are inserted by default */
function replacement(
  inserted: fc.Arbitrary<Uint8Array>,
  removed?: fc.Arbitrary<number>,
): fc.Arbitrary<Edit> {
  return fc.tuple(position, inserted, removed ?? fc.constant(undefined)).map((
    [at, inserted, removed],
  ) => ({ kind: "replace", at, removed: removed ?? inserted.length, inserted }));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}
