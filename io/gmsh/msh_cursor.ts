/**
 * Numbers and lines of a Gmsh file, one after another, as text or in binary.
 *
 * @module
 */

const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 34;

/** Longest token of a number. */
const MAX_TOKEN_BYTES = 64;

/** A position in a file. */
export class MshCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at: number;
  /** Whether numbers are binary; set by the format section. */
  isBinary = false;
  isLittleEndian = true;
  /** Bytes of counts and tags of version 4. */
  sizeBytes: 4 | 8 = 8;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** A cursor at another position with the same format. */
  from(at: number): MshCursor {
    const cursor = new MshCursor(this.#bytes, at);
    cursor.isBinary = this.isBinary;
    cursor.isLittleEndian = this.isLittleEndian;
    cursor.sizeBytes = this.sizeBytes;
    return cursor;
  }

  /** The rest of a line without its end. */
  line(): string {
    const end = this.#bytes.indexOf(NEWLINE, this.at);
    const stop = end < 0 ? this.#bytes.length : end;
    const line = new TextDecoder().decode(this.#bytes.subarray(this.at, stop)).trim();
    this.at = stop + 1;
    return line;
  }

  /** The next line that is not empty. */
  filledLine(): string {
    let line = this.line();
    while (line === "" && !this.isAtEnd) line = this.line();
    return line;
  }

  /** The next word of a text, which may be in quotes. */
  word(): string {
    this.#skipBlanks();
    const isQuoted = this.#bytes[this.at] === QUOTE;
    const start = isQuoted ? this.at + 1 : this.at;
    let end = start;
    const isEnd = (byte: number) => isQuoted ? byte === QUOTE : byte <= SPACE;
    while (end < this.#bytes.length && !isEnd(this.#bytes[end])) end++;
    if (end === start && !isQuoted) throw new SyntaxError("it is cut short");
    this.at = isQuoted ? end + 1 : end;
    return new TextDecoder().decode(this.#bytes.subarray(start, end));
  }

  /** A number of a text, in ASCII or binary files alike. */
  number(): number {
    this.#skipBlanks();
    const start = this.at;
    while (this.at < this.#bytes.length && this.#bytes[this.at] > SPACE) this.at++;
    if (this.at === start) throw new SyntaxError("it is cut short");
    if (this.at - start > MAX_TOKEN_BYTES) throw new SyntaxError("a number has too many digits");
    const text = String.fromCharCode(...this.#bytes.subarray(start, this.at));
    const value = Number(text);
    if (!Number.isNaN(value) || /^[-+]?nan/i.test(text)) return value;
    if (/^[-+]?inf/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
    throw new SyntaxError(`expected a number, found "${text}"`);
  }

  /** A 32-bit integer. */
  int(): number {
    if (!this.isBinary) return this.#integer(-(2 ** 31));
    const value = this.#view.getInt32(this.#advance(4), this.isLittleEndian);
    return value;
  }

  /** A count or a tag of version 4. */
  size(): number {
    if (!this.isBinary) return this.#integer(0);
    const at = this.#advance(this.sizeBytes);
    if (this.sizeBytes === 4) return this.#view.getUint32(at, this.isLittleEndian);
    const value = Number(this.#view.getBigUint64(at, this.isLittleEndian));
    if (Number.isSafeInteger(value)) return value;
    throw new SyntaxError(`a count must be below 2^53, received ${value}`);
  }

  double(): number {
    return this.isBinary
      ? this.#view.getFloat64(this.#advance(8), this.isLittleEndian)
      : this.number();
  }

  /** Checks that a number of items can follow. @throws {SyntaxError} If the file is too short */
  requireItems(count: number, binaryBytes: number): void {
    // A number of text takes a digit and a blank.
    const bytes = count * (this.isBinary ? binaryBytes : 2);
    if (count >= 0 && bytes <= this.#bytes.length - this.at + 1) return;
    throw new SyntaxError(`it is cut short: it states ${count} entries that do not fit into it`);
  }

  /** Moves over bytes of a binary file. */
  skip(bytes: number): void {
    this.#advance(bytes);
  }

  /**
   * Moves behind the line that ends a section.
   *
   * @throws {SyntaxError} If there is none
   */
  endSection(name: string): void {
    const mark = new TextEncoder().encode(`$End${name}`);
    for (let at = this.#bytes.indexOf(mark[0], this.at); at >= 0;) {
      if (mark.every((byte, i) => this.#bytes[at + i] === byte)) {
        this.at = at + mark.length;
        this.line();
        return;
      }
      at = this.#bytes.indexOf(mark[0], at + 1);
    }
    throw new SyntaxError(`it is cut short: section $${name} has no end`);
  }

  #integer(min: number): number {
    const value = this.number();
    if (Number.isSafeInteger(value) && value >= min) return value;
    throw new SyntaxError(`expected an integer, found ${value}`);
  }

  #advance(bytes: number): number {
    const at = this.at;
    if (at + bytes > this.#bytes.length) throw new SyntaxError("it is cut short");
    this.at += bytes;
    return at;
  }

  #skipBlanks(): void {
    while (this.at < this.#bytes.length && this.#bytes[this.at] <= SPACE) this.at++;
  }
}
