/**
 * Damage to the bytes of a file, drawn from keyed random numbers: the same key makes the same
 * damage.
 *
 * @module
 */

import type { KeyedSequence } from "../../pipeline/graph/random.ts";

/** Bytes after some damage, and what was done, for the report. */
export interface Mutation {
  readonly bytes: Uint8Array;
  readonly what: string;
}

/** Makes other bytes of `bytes`, which stay as they are. */
type Mutator = (bytes: Uint8Array, draws: KeyedSequence) => Mutation;

/**
 * Numbers that break sizes and counts: none, one too many, the ends of the ranges of 16 to 64 bits.
 */
const integers = [
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
const texts = [
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

const encoder = new TextEncoder();

const mutators: Readonly<Record<string, Mutator>> = {
  "a bit flipped": (bytes, draws) => {
    const at = draws.below(bytes.length);
    const bit = draws.below(8);
    return {
      bytes: bytes.with(at, bytes[at] ^ 1 << bit),
      what: `bit ${bit} of byte ${at} flipped`,
    };
  },
  "bytes replaced": (bytes, draws) => {
    const damaged = bytes.slice();
    const places = Array.from({ length: 1 + draws.below(4) }, () => draws.below(bytes.length));
    for (const at of places) damaged[at] = draws.below(256);
    return { bytes: damaged, what: `bytes ${places.join(", ")} replaced` };
  },
  "an integer replaced": (bytes, draws) => {
    const width = [1, 2, 4, 8][draws.below(4)];
    const littleEndian = draws.below(4) > 0;
    const value = integers[draws.below(integers.length)];
    const at = draws.below(bytes.length);
    const packed = new DataView(new ArrayBuffer(8));
    packed.setBigInt64(0, littleEndian ? value : value << BigInt(64 - 8 * width), littleEndian);
    const damaged = bytes.slice();
    const piece = new Uint8Array(packed.buffer, 0, Math.min(width, bytes.length - at));
    damaged.set(piece, at);
    return { bytes: damaged, what: `${piece.length} bytes at ${at} set to ${value}` };
  },
  "a digit replaced": (bytes, draws) => {
    const start = draws.below(bytes.length);
    const at = bytes.findIndex((byte, i) => i >= start && byte >= 0x30 && byte <= 0x39);
    if (at < 0) return { bytes: bytes.slice(0, start), what: `cut to ${start} bytes` };
    return { bytes: bytes.with(at, 0x30 + draws.below(10)), what: `digit at byte ${at} replaced` };
  },
  "a text inserted": (bytes, draws) => {
    const text = texts[draws.below(texts.length)];
    const at = draws.below(bytes.length + 1);
    const skip = draws.below(3);
    const bytesAfter = joined(
      bytes.subarray(0, at),
      encoder.encode(text),
      bytes.subarray(at + skip),
    );
    return {
      bytes: bytesAfter,
      what: `${JSON.stringify(text)} in place of ${skip} bytes at ${at}`,
    };
  },
  "cut short": (bytes, draws) => {
    const length = draws.below(bytes.length);
    return { bytes: bytes.slice(0, length), what: `cut to ${length} of ${bytes.length} bytes` };
  },
  "a part left out": (bytes, draws) => {
    const { start, end } = rangeOf(bytes, draws);
    return {
      bytes: joined(bytes.subarray(0, start), bytes.subarray(end)),
      what: `bytes ${start} to ${end} left out`,
    };
  },
  "a part twice": (bytes, draws) => {
    const { start, end } = rangeOf(bytes, draws);
    return {
      bytes: joined(bytes.subarray(0, end), bytes.subarray(start)),
      what: `bytes ${start} to ${end} twice`,
    };
  },
  "a part set to zeros": (bytes, draws) => {
    const { start, end } = rangeOf(bytes, draws);
    return { bytes: bytes.slice().fill(0, start, end), what: `bytes ${start} to ${end} set to 0` };
  },
  "a part moved": (bytes, draws) => {
    const { start, end } = rangeOf(bytes, draws);
    const to = draws.below(bytes.length);
    return {
      bytes: bytes.slice().copyWithin(to, start, end),
      what: `bytes ${start} to ${end} copied to ${to}`,
    };
  },
};

/** Damages bytes in one way, sometimes in two. */
export function mutate(bytes: Uint8Array, draws: KeyedSequence): Mutation {
  const first = mutateOnce(bytes, draws);
  if (draws.below(4) > 0) return first;
  const second = mutateOnce(first.bytes, draws);
  return { bytes: second.bytes, what: `${first.what}, then ${second.what}` };
}

function mutateOnce(bytes: Uint8Array, draws: KeyedSequence): Mutation {
  if (bytes.length === 0) {
    return { bytes: Uint8Array.of(draws.below(256)), what: "a byte in an empty file" };
  }
  const names = Object.keys(mutators);
  return mutators[names[draws.below(names.length)]](bytes, draws);
}

/** A part of at least a byte, mostly a short one. */
function rangeOf(
  bytes: Uint8Array,
  draws: KeyedSequence,
): { readonly start: number; readonly end: number } {
  const start = draws.below(bytes.length);
  const length = 1 + draws.below(draws.below(4) > 0 ? 16 : bytes.length);
  return { start, end: Math.min(bytes.length, start + length) };
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
