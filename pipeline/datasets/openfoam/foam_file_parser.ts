/**
 * Parser of files written by OpenFOAM: nested entries with lists of numbers, in text or binary.
 *
 * @module
 */

/** A list of scalars or vectors. */
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

/** The binary layout of Debian's OpenFOAM: little-endian doubles. */
const KNOWN_LAYOUT = /\bLSB\b.*\bscalar=64\b/;

/** Numbers per element of the supported lists. */
const LIST_COMPONENTS: Readonly<Record<string, number>> = { scalar: 1, vector: 3 };

/** Reads one file. */
export class FoamFileParser {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  /** One character per byte. */
  readonly #text: string;
  #position = 0;
  #binary = false;

  /** @param name Name for errors */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
    this.#text = new TextDecoder("latin1").decode(bytes);
  }

  /**
   * Reads all entries, the header `FoamFile` first.
   *
   * @throws {SyntaxError} If the file is truncated, or binary in a layout other than little-endian
   * doubles
   */
  parse(): ParsedDictionary {
    return this.#entries("");
  }

  #entries(end: "" | "}"): ParsedDictionary {
    const entries: Record<string, ParsedValue> = {};
    for (let keyword = this.#token(); keyword !== end; keyword = this.#token()) {
      if (keyword === "" || keyword === "}") {
        this.#fail(`entries must be complete, the file ends in one at byte ${this.#position}`);
      }
      entries[keyword] = this.#value();
      if (keyword === "FoamFile") this.#readFormat(entries.FoamFile as ParsedDictionary);
    }
    return entries;
  }

  #value(): ParsedValue {
    this.#skipBlank();
    if (this.#text[this.#position] === "{") {
      this.#position++;
      return this.#entries("}");
    }
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
      this.#fail(`lists must be of scalars or vectors, not so at byte ${this.#position}`);
    }
    this.#position = start.lastIndex;
    const length = Number(match[2]) * components;
    if (length === 0) {
      this.#value();
      return { values: new Float64Array() };
    }
    const repeated = this.#text[this.#position] === "{";
    const values = this.#binary && !repeated
      ? this.#binaryNumbers(length)
      : this.#plainNumbers(length, repeated);
    if (this.#token() !== ";") {
      this.#fail(`lists must end in a semicolon, not so at byte ${this.#position}`);
    }
    return { values };
  }

  #binaryNumbers(length: number): Float64Array {
    const start = this.#position + 1;
    const end = start + 8 * length;
    if (this.#text[this.#position] !== "(" || this.#text[end] !== ")") {
      this.#fail(`a list of ${length} numbers must end at byte ${end}`);
    }
    this.#position = end + 1;
    return new Float64Array(this.#bytes.slice(start, end).buffer);
  }

  #plainNumbers(length: number, repeated: boolean): Float64Array {
    const end = this.#text.indexOf(";", this.#position);
    const text = this.#text.slice(this.#position, end).replace(/[(){}]/g, " ").trim();
    const values = Float64Array.from(text.split(/\s+/), Number);
    this.#position = end;
    if (repeated) return Float64Array.from({ length }, (_, i) => values[i % values.length]);
    if (values.length !== length) {
      this.#fail(`a list must have ${length} numbers, found ${values.length}`);
    }
    return values;
  }

  #readFormat(header: ParsedDictionary): void {
    this.#binary = header.format === "binary";
    if (this.#binary && !KNOWN_LAYOUT.test(String(header.arch))) {
      this.#fail(
        `its binary numbers must be little-endian and of 64 bits, found ${header.arch}`,
      );
    }
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

  #fail(reason: string): never {
    throw new SyntaxError(`Cannot read OpenFOAM file "${this.#name}": ${reason}`);
  }
}
