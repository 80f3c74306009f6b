/**
 * Words and arrays of numbers in the bytes of a legacy VTK file. Errors are `SyntaxError`s that
 * name the fault; the reader adds the name of the file.
 *
 * @module
 */

import { swapBytes } from "../binary.ts";
import { NUMBER_TYPES, type NumberType, parseNumbers, type VtkNumbers } from "../numbers.ts";
import { decode } from "../xml.ts";

/** Types of numbers by their names in the file; VTK writes its ids as 32 bits in binary files. */
const TYPES: Readonly<Record<string, NumberType>> = {
  unsigned_char: "UInt8",
  char: "Int8",
  signed_char: "Int8",
  unsigned_short: "UInt16",
  short: "Int16",
  unsigned_int: "UInt32",
  int: "Int32",
  unsigned_long: "UInt64",
  unsigned_long_long: "UInt64",
  long: "Int64",
  long_long: "Int64",
  float: "Float32",
  double: "Float64",
  vtkidtype: "Int32",
  vtktypeint64: "Int64",
  vtktypeuint64: "UInt64",
};

/** An array that is not yet decoded. */
export interface LazyNumbers {
  /** @throws {SyntaxError} If a word is not a number of its type */
  read(): VtkNumbers;
}

/** A position in a file. */
export class LegacyCursor {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether arrays are big-endian bytes rather than words. */
  isBinary = false;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }

  /** The rest of the current line, without white space around it. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.#at);
    const stop = end < 0 ? this.bytes.length : end;
    const text = decode(this.bytes.subarray(this.#at, Math.min(stop, this.#at + 4096)), "latin1");
    this.#at = Math.min(this.bytes.length, stop + 1);
    return text.trim();
  }

  /** The rest of the current line, without passing its end: arrays begin there. */
  restOfLine(): string {
    const start = this.#at;
    const text = this.line();
    const end = this.bytes.indexOf(0x0a, start);
    this.#at = end < 0 ? this.bytes.length : end;
    return text;
  }

  /** The next word, or undefined at the end of the file. */
  word(): string | undefined {
    const [start, end] = this.#nextWord(this.#at);
    this.#at = end;
    return start === end ? undefined : decode(this.bytes.subarray(start, end), "latin1");
  }

  /** The next word in upper case without passing it; undefined at the end. */
  keyword(): string | undefined {
    const [start, end] = this.#nextWord(this.#at);
    return start === end
      ? undefined
      : decode(this.bytes.subarray(start, Math.min(end, start + 64)), "latin1").toUpperCase();
  }

  /** The next word as a count. @throws {SyntaxError} If it is none */
  count(what: string): number {
    const word = this.word() ?? "";
    if (/^\d{1,15}$/.test(word)) return Number(word);
    throw new SyntaxError(`${what} must be a count, received "${word.slice(0, 40)}"`);
  }

  /** The next word as a finite number. @throws {SyntaxError} If it is none */
  number(what: string): number {
    const word = this.word() ?? "";
    const value = Number(word);
    if (word !== "" && Number.isFinite(value)) return value;
    throw new SyntaxError(`${what} must be a number, received "${word.slice(0, 40)}"`);
  }

  /**
   * Passes an array of numbers.
   *
   * @param typeName Type as the file names it
   * @throws {SyntaxError} If it is cut short, or the type is unknown
   */
  array(typeName: string, count: number, what: string): LazyNumbers {
    const name = typeName.toLowerCase();
    if (this.isBinary) {
      return name === "bit" ? this.#bits(count, what) : this.#binary(name, count, what);
    }
    // An id is a word of any size in text.
    const type = name === "bit" ? "UInt8" : name === "vtkidtype" ? "Int64" : typeOf(name, what);
    const start = this.#at;
    for (let k = 0; k < count; k++) {
      const [wordStart, end] = this.#nextWord(this.#at);
      if (wordStart === end) cutShort(what, count, k);
      this.#at = end;
    }
    const bytes = this.bytes.subarray(start, this.#at);
    return { read: () => parseNumbers(decode(bytes, "latin1"), type, count) };
  }

  /** Passes texts. @throws {SyntaxError} If they are cut short */
  texts(count: number, what: string): void {
    if (!this.isBinary) {
      this.line();
      for (let k = 0; k < count; k++) {
        if (this.#at >= this.bytes.length) cutShort(what, count, k);
        this.line();
      }
      return;
    }
    this.line();
    for (let k = 0; k < count; k++) {
      // The two high bits of the first byte give the number of bytes of the length.
      const size = [8, 4, 2, 1][(this.bytes[this.#at] ?? 0) >> 6];
      if (this.#at + size > this.bytes.length) cutShort(what, count, k);
      let length = this.bytes[this.#at] & 0x3f;
      for (let i = 1; i < size; i++) length = length * 256 + this.bytes[this.#at + i];
      this.#at += size + length;
      if (this.#at > this.bytes.length) cutShort(what, count, k);
    }
  }

  #binary(name: string, count: number, what: string): LazyNumbers {
    const NumberArray = NUMBER_TYPES[typeOf(name, what)];
    const itemBytes = NumberArray.BYTES_PER_ELEMENT;
    const bytes = this.#take(count * itemBytes, what);
    return {
      read: () => {
        const copy = bytes.slice();
        swapBytes(copy, itemBytes);
        return new NumberArray(copy.buffer, 0, count);
      },
    };
  }

  /** Bits, the highest one of each byte first. */
  #bits(count: number, what: string): LazyNumbers {
    const bytes = this.#take(Math.ceil(count / 8), what);
    return {
      read: () => Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (7 - i % 8)) & 1),
    };
  }

  /** Bytes that begin after the current line. */
  #take(byteCount: number, what: string): Uint8Array<ArrayBuffer> {
    this.line();
    const end = this.#at + byteCount;
    if (end > this.bytes.length) {
      throw new SyntaxError(
        `it is cut short: ${what} must have ${byteCount} bytes, found ` +
          `${this.bytes.length - this.#at}`,
      );
    }
    const bytes = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  #nextWord(from: number): readonly [number, number] {
    let start = from;
    while (start < this.bytes.length && isSpace(this.bytes[start])) start++;
    let end = start;
    while (end < this.bytes.length && !isSpace(this.bytes[end])) end++;
    return [start, end];
  }
}

function typeOf(name: string, what: string): NumberType {
  if (Object.hasOwn(TYPES, name)) return TYPES[name];
  throw new SyntaxError(
    `the type of ${what} must be one of ${Object.keys(TYPES).join(", ")}, bit, string, received ` +
      `"${name.slice(0, 40)}"`,
  );
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte >= 0x09 && byte <= 0x0d;
}

function cutShort(what: string, expected: number, found: number): never {
  throw new SyntaxError(`it is cut short: ${what} must have ${expected} values, found ${found}`);
}
