/**
 * Parser of files written by OpenFOAM: nested entries with lists of numbers, and lists alone, in
 * text or binary.
 *
 * @module
 */

/** A list of scalars, vectors or tensors. */
export interface FoamList {
  /** All components of all elements. */
  readonly values: Float64Array;
}

/** Value of an entry: a sub-dictionary, a list of numbers, or its text without the semicolon. */
export type ParsedValue = string | FoamList | ParsedDictionary;

/** Entries by keyword. */
export interface ParsedDictionary {
  readonly [keyword: string]: ParsedValue | undefined;
}

/** Whether a value is a list of numbers. */
export function isFoamList(value: ParsedValue | undefined): value is FoamList {
  return typeof value === "object" && value.values instanceof Float64Array;
}

/** The layout of binary numbers. */
interface Layout {
  readonly isLittleEndian: boolean;
  readonly labelBytes: 4 | 8;
  readonly scalarBytes: 4 | 8;
}

/** Layout of files that do not state one. */
const DEFAULT_LAYOUT: Layout = { isLittleEndian: true, labelBytes: 4, scalarBytes: 8 };

/** Numbers per element of the supported lists. */
const LIST_COMPONENTS: Readonly<Record<string, number>> = {
  scalar: 1,
  sphericalTensor: 1,
  vector: 3,
  symmTensor: 6,
  tensor: 9,
};

/** Deepest nesting of sub-dictionaries. */
const MAX_LEVELS = 64;

/** Reads one file. */
export class FoamFileParser {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  /** One character per byte. */
  readonly #text: string;
  #position = 0;
  #binary = false;
  #isCompact = false;
  #layout = DEFAULT_LAYOUT;
  #level = 0;

  /** @param name Name for errors */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
    this.#text = new TextDecoder("latin1").decode(bytes);
  }

  /**
   * Reads all entries, the header `FoamFile` first.
   *
   * @param last Keyword after which the rest is not read @default the end of the file
   * @throws {SyntaxError} If the file is truncated
   */
  parse(last?: string): ParsedDictionary {
    return this.#entries("", last);
  }

  /** Reads the header `FoamFile`. @throws {SyntaxError} If there is none */
  header(): ParsedDictionary {
    const header = this.#entries("", "FoamFile").FoamFile;
    if (typeof header === "object" && !("values" in header)) return header;
    return this.#fail("it must begin with the header FoamFile");
  }

  /** The next list, of points: `3((0 0 0) (1 0 0) (0 1 0))`. */
  points(): Float64Array {
    const length = 3 * this.#count();
    return this.#numbers(length);
  }

  /** The next list, of integers. */
  labels(): Uint32Array {
    return this.#labels(this.#count());
  }

  /** The next list, of faces: `2(3(0 1 2) 4(3 4 5 6))`, or offsets and nodes if it is compact. */
  faces(): { readonly nodes: Uint32Array; readonly offsets: Uint32Array } {
    if (this.#isCompact) {
      const offsets = this.labels();
      const nodes = this.labels();
      return { nodes, offsets: offsets.length > 0 ? offsets : new Uint32Array(1) };
    }
    const count = this.#count();
    this.#requireRoom(count, 2);
    const offsets = new Uint32Array(count + 1);
    const nodes: number[] = [];
    this.#expect("(");
    for (let face = 0; face < count; face++) {
      const size = this.#count();
      for (const node of this.#labels(size)) nodes.push(node);
      offsets[face + 1] = nodes.length;
    }
    return { nodes: Uint32Array.from(nodes), offsets };
  }

  /** The next list, of dictionaries with names: `1( inlet { type patch; } )`. */
  dictionaries(): ReadonlyMap<string, ParsedDictionary> {
    const count = this.#count();
    this.#requireRoom(count, 2);
    const entries = new Map<string, ParsedDictionary>();
    this.#expect("(");
    for (let k = 0; k < count; k++) {
      const name = this.#token();
      const value = this.#value();
      if (typeof value === "string" || "values" in value) {
        this.#fail(`"${name}" must be a dictionary`);
      }
      entries.set(name, value);
    }
    return entries;
  }

  #entries(end: "" | "}", last?: string): ParsedDictionary {
    if (++this.#level > MAX_LEVELS) this.#fail(`it nests more than ${MAX_LEVELS} levels deep`);
    const entries: Record<string, ParsedValue> = {};
    for (let keyword = this.#token(); keyword !== end; keyword = this.#token()) {
      if (keyword === "" || keyword === "}") {
        this.#fail(`entries must be complete, the file ends in one at byte ${this.#position}`);
      }
      if (keyword.startsWith("#")) {
        this.#skipDirective(keyword);
        continue;
      }
      if (keyword === ";") continue;
      entries[keyword] = this.#value();
      if (keyword === "FoamFile") this.#readFormat(entries.FoamFile as ParsedDictionary);
      if (keyword === last) break;
    }
    this.#level--;
    return entries;
  }

  #value(): ParsedValue {
    this.#skipBlank();
    if (this.#text[this.#position] === "{") {
      this.#position++;
      return this.#entries("}");
    }
    if (this.#text.startsWith("#{", this.#position)) this.#skipCode();
    if (this.#text.startsWith("nonuniform", this.#position)) return this.#list();
    const upToSemicolon = /((?:"[^"]*"|[^";])*);/y;
    upToSemicolon.lastIndex = this.#position;
    const value = upToSemicolon.exec(this.#text)?.[1].trim();
    if (value === undefined) this.#fail("entries must end in a semicolon, the last one does not");
    this.#position = upToSemicolon.lastIndex;
    return value;
  }

  /** A list such as `nonuniform List<scalar> 3(1 2 3);`. */
  #list(): FoamList {
    const start = /nonuniform\s+(?:List<(\w+)>\s*)?(\d+)\s*/y;
    start.lastIndex = this.#position;
    const match = start.exec(this.#text);
    const components = match?.[1] === undefined ? 1 : LIST_COMPONENTS[match[1]];
    if (match === null || components === undefined) {
      this.#fail(
        `lists must be of scalars, vectors or tensors, not so at byte ${this.#position}`,
      );
    }
    this.#position = start.lastIndex;
    const length = Number(match[2]) * components;
    if (length === 0) {
      this.#value();
      return { values: new Float64Array() };
    }
    const values = this.#numbers(length);
    if (this.#token() !== ";") {
      this.#fail(`lists must end in a semicolon, not so at byte ${this.#position}`);
    }
    return { values };
  }

  /** The numbers of a list, from its bracket. */
  #numbers(length: number): Float64Array {
    this.#skipBlank();
    const isRepeated = this.#text[this.#position] === "{";
    if (length === 0) {
      this.#bracket();
      return new Float64Array();
    }
    return this.#binary && !isRepeated
      ? this.#binaryNumbers(length)
      : this.#plainNumbers(length, isRepeated);
  }

  #binaryNumbers(length: number): Float64Array {
    const { scalarBytes, isLittleEndian } = this.#layout;
    const { start, end } = this.#block(length * scalarBytes, `${length} numbers`);
    const bytes = this.#bytes.slice(start, end);
    if (scalarBytes === 8 && isLittleEndian) return new Float64Array(bytes.buffer);
    const view = new DataView(bytes.buffer);
    return Float64Array.from(
      { length },
      (_, i) =>
        scalarBytes === 8
          ? view.getFloat64(8 * i, isLittleEndian)
          : view.getFloat32(4 * i, isLittleEndian),
    );
  }

  #plainNumbers(length: number, isRepeated: boolean): Float64Array {
    const numbers = this.#bracket();
    if (isRepeated) {
      if (numbers.length === 0) this.#fail("a list of equal values must have a value");
      return Float64Array.from({ length }, (_, i) => numbers[i % numbers.length]);
    }
    if (numbers.length !== length) {
      this.#fail(`a list must have ${length} numbers, found ${numbers.length}`);
    }
    return numbers;
  }

  #labels(count: number): Uint32Array {
    this.#skipBlank();
    if (this.#binary && this.#text[this.#position] === "(") {
      const { labelBytes, isLittleEndian } = this.#layout;
      const { start } = this.#block(count * labelBytes, `${count} labels`);
      const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start);
      return Uint32Array.from({ length: count }, (_, i) =>
        this.#label(
          labelBytes === 4
            ? view.getInt32(4 * i, isLittleEndian)
            : Number(view.getBigInt64(8 * i, isLittleEndian)),
        ));
    }
    // An empty list may have no brackets in binary.
    if (count === 0 && this.#text[this.#position] !== "(") return new Uint32Array();
    const isRepeated = this.#text[this.#position] === "{";
    const numbers = this.#plainNumbers(count, isRepeated);
    return Uint32Array.from(numbers, (value) => this.#label(value));
  }

  #label(value: number): number {
    if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
    return this.#fail(`numbers of nodes, faces and cells must be counts, found ${value}`);
  }

  /** Numbers up to the bracket that closes the one here, without those of vectors. */
  #bracket(): Float64Array {
    this.#skipBlank();
    const start = this.#position;
    if (this.#text[start] !== "(" && this.#text[start] !== "{") {
      this.#fail(`expected a list at byte ${start}`);
    }
    let depth = 0;
    let end = start;
    do {
      const character = this.#text.charCodeAt(end);
      if (character === 0x28 || character === 0x7b) depth++;
      else if (character === 0x29 || character === 0x7d) depth--;
      else if (end >= this.#text.length) this.#fail("a list has no end");
      end++;
    } while (depth > 0);
    this.#position = end;
    const words = this.#text.slice(start, end).replace(/[(){}]/g, " ").trim();
    if (words === "") return new Float64Array();
    return Float64Array.from(words.split(/\s+/), (word) => {
      const value = Number(word);
      if (Number.isNaN(value) && !/^[-+]?nan$/i.test(word)) {
        this.#fail(`expected a number, found "${word.slice(0, 40)}"`);
      }
      return value;
    });
  }

  /** The bytes of a binary list, in brackets. */
  #block(length: number, what: string): { readonly start: number; readonly end: number } {
    const start = this.#position + 1;
    const end = start + length;
    if (this.#text[this.#position] !== "(" || this.#text[end] !== ")") {
      this.#fail(`a list of ${what} must end at byte ${end}`);
    }
    this.#position = end + 1;
    return { start, end };
  }

  /** The number of elements before a list. */
  #count(): number {
    this.#skipBlank();
    const digits = /\d{1,12}/y;
    digits.lastIndex = this.#position;
    const [text] = digits.exec(this.#text) ??
      this.#fail(`expected a count at byte ${this.#position}`);
    this.#position = digits.lastIndex;
    return Number(text);
  }

  /** Throws unless a number of elements fits into the rest of the file. */
  #requireRoom(count: number, bytes: number): void {
    if (count * bytes <= this.#bytes.length - this.#position) return;
    this.#fail(`it is cut short: it states ${count} elements`);
  }

  #expect(mark: string): void {
    this.#skipBlank();
    if (this.#text[this.#position] !== mark) {
      this.#fail(`expected "${mark}" at byte ${this.#position}`);
    }
    this.#position++;
  }

  #readFormat(header: ParsedDictionary): void {
    this.#binary = header.format === "binary";
    this.#isCompact = /Compact/.test(String(header.class));
    if (!this.#binary || header.arch === undefined) return;
    const [, order, label, scalar] =
      /\b(LSB|MSB)\b.*\blabel=(32|64)\b.*\bscalar=(32|64)\b/.exec(String(header.arch)) ??
        this.#fail(`its binary numbers must be of 32 or 64 bits, found ${header.arch}`);
    this.#layout = {
      isLittleEndian: order === "LSB",
      labelBytes: label === "64" ? 8 : 4,
      scalarBytes: scalar === "64" ? 8 : 4,
    };
  }

  /** The next word or mark; empty at the end. */
  #token(): string {
    this.#skipBlank();
    const token = /[{};]|"[^"]*"|[^\s{};]+/y;
    token.lastIndex = this.#position;
    const [text] = token.exec(this.#text) ?? [""];
    this.#position += text.length;
    return text;
  }

  #skipBlank(): void {
    const blank = /(?:\s+|\/\*[^]*?\*\/|\/\/[^\n]*)*/y;
    blank.lastIndex = this.#position;
    blank.exec(this.#text);
    this.#position = blank.lastIndex;
  }

  /** Skips a line such as `#include "initialConditions"`. */
  #skipDirective(keyword: string): void {
    if (keyword === "#") return this.#skipCode();
    const end = this.#text.indexOf("\n", this.#position);
    this.#position = end < 0 ? this.#text.length : end;
  }

  /** Skips C++ code in `#{ ... #}`. */
  #skipCode(): void {
    const end = this.#text.indexOf("#}", this.#position);
    if (end < 0) this.#fail("code must end in #}");
    this.#position = end + 2;
  }

  #fail(reason: string): never {
    throw new SyntaxError(`Cannot read OpenFOAM file "${this.#name}": ${reason}`);
  }
}
