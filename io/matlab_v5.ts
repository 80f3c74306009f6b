/**
 * MATLAB files of version 5, written with `-v6` (plain) and `-v7` (each variable compressed).
 *
 * A file is a header of 128 bytes and a list of elements: type, size, data, padded to 8 bytes. A
 * variable is an element of type matrix, whose data are again elements: flags and class, extents,
 * name, numbers. The numbers have the smallest type that represents them, whatever the class. See
 * "MAT-File Format", The MathWorks.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { constants, inflateSync } from "node:zlib";
import { DataError, messageOf } from "../errors.ts";
import { exactNumbers, type MatlabFile, type StoredArray } from "./matlab_file.ts";

const HEADER_BYTES = 128;
const TAG_BYTES = 8;
const MATRIX_TYPE = 14;
const COMPRESSED_TYPE = 15;
/** Enough of a variable for its flags, extents and name. */
const PEEK_BYTES = 4096;
/** Deflate expands a byte to at most 1032. */
const MAX_PEEK_BYTES = 1032 * PEEK_BYTES;
const COMPLEX_FLAG = 0x08;
/** MATLAB has no limit; thousands of dimensions are hostile. */
const MAX_DIMENSIONS = 32;
/** Maximum size of a variable, as of version 7.3: a tag may state anything. */
const MAX_VARIABLE_BYTES = 2 ** 31 - 1;

/** The array class of each numeric element type. */
const STORAGES: Readonly<
  Record<number, {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBuffer, byteOffset: number, length: number): ArrayLike<number | bigint>;
  }>
> = {
  1: Int8Array,
  2: Uint8Array,
  3: Int16Array,
  4: Uint16Array,
  5: Int32Array,
  6: Uint32Array,
  7: Float32Array,
  9: Float64Array,
  12: BigInt64Array,
  13: BigUint64Array,
};

const CLASS_NAMES = [
  "unknown",
  "cell",
  "struct",
  "object",
  "char",
  "sparse",
  "double",
  "single",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
];
const SINGLE_CLASS = CLASS_NAMES.indexOf("single");
const FIRST_NUMBER_CLASS = CLASS_NAMES.indexOf("double");

/** A variable: its element in the file, and its name. */
interface Variable {
  readonly start: number;
  readonly size: number;
  readonly compressed: boolean;
  readonly name: string;
}

/** Opens a file and lists its variables. @throws {DataError} If it is cut short or damaged */
export function openMatlab5(path: string, littleEndian: boolean): MatlabFile {
  const file = openSync(path, "r");
  try {
    const source = new Source(file, path, littleEndian);
    const variables = listVariables(source);
    return {
      names: variables.map(({ name }) => name),
      read: (name) => readVariable(source, variables.find((variable) => variable.name === name)!),
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** The bytes of a file, and their byte order. */
class Source {
  readonly path: string;
  readonly littleEndian: boolean;
  readonly size: number;
  readonly #file: number;

  constructor(file: number, path: string, littleEndian: boolean) {
    this.path = path;
    this.littleEndian = littleEndian;
    this.size = fstatSync(file).size;
    this.#file = file;
  }

  read(start: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.#file, bytes, done, length - done, start + done);
      if (count === 0) throw this.damaged(`it is cut short at byte ${start + done}`);
      done += count;
    }
    return bytes;
  }

  damaged(reason: string, cause?: unknown): DataError {
    return new DataError(`Cannot read "${this.path}": ${reason}`, { cause });
  }
}

function listVariables(source: Source): Variable[] {
  const variables: Variable[] = [];
  for (let start = HEADER_BYTES; start < source.size;) {
    const tag = new DataView(source.read(start, Math.min(TAG_BYTES, source.size - start)).buffer);
    if (tag.byteLength < TAG_BYTES) throw source.damaged(`it is cut short at byte ${source.size}`);
    const type = tag.getUint32(0, source.littleEndian);
    const size = tag.getUint32(4, source.littleEndian);
    if (start + TAG_BYTES + size > source.size) {
      throw source.damaged(
        `it is cut short, an element ends at byte ${start + TAG_BYTES + size} of ${source.size}`,
      );
    }
    if (type === MATRIX_TYPE || type === COMPRESSED_TYPE) {
      const compressed = type === COMPRESSED_TYPE;
      const head = compressed
        ? inflate(source, source.read(start + TAG_BYTES, Math.min(size, PEEK_BYTES)), {
          partial: true,
        })
        : source.read(start, TAG_BYTES + Math.min(size, PEEK_BYTES));
      const { name } = parseHead(new Elements(source, head));
      variables.push({ start, size, compressed, name });
    }
    start += TAG_BYTES + size;
  }
  return variables;
}

function readVariable(source: Source, { start, size, compressed, name }: Variable): StoredArray {
  const action = `Cannot read variable "${name}" of "${source.path}"`;
  if (size > MAX_VARIABLE_BYTES) {
    throw new DataError(
      `${action}: it must have at most ${MAX_VARIABLE_BYTES} bytes, it has ${size}`,
    );
  }
  const bytes = source.read(
    start + (compressed ? TAG_BYTES : 0),
    compressed ? size : TAG_BYTES + size,
  );
  const elements = new Elements(source, compressed ? inflate(source, bytes) : bytes);
  const { classNumber, isComplex, shape } = parseHead(elements);
  const className = CLASS_NAMES[classNumber] ?? "unknown";
  if (classNumber < FIRST_NUMBER_CLASS || classNumber >= CLASS_NAMES.length || isComplex) {
    throw new DataError(
      `${action}: it must be an array of numbers, it is ${isComplex ? "complex" : className}`,
    );
  }
  const { type, data } = elements.next();
  const storage = STORAGES[type];
  if (!storage) throw source.damaged(`variable "${name}" has numbers of the unknown type ${type}`);
  const length = shape.reduce((product, n) => product * n, 1);
  const width = storage.BYTES_PER_ELEMENT;
  if (data.byteLength !== length * width) {
    throw new DataError(
      `${action}: ${shape.join(" × ")} has ${length} numbers, found ` +
        `${data.byteLength / width}; the file is damaged`,
    );
  }
  const ordered = source.littleEndian || width === 1 ? data.slice() : swapped(data, width);
  const values = exactNumbers(new storage(ordered.buffer, 0, length), action);
  return { shape, isSingle: classNumber === SINGLE_CLASS, values };
}

/** Reads the flags, extents and name before the numbers of a matrix. */
function parseHead(elements: Elements) {
  elements.enter();
  const flags = elements.next().data;
  const extents = elements.next().data;
  const name = elements.next().data;
  const word = new DataView(flags.buffer, flags.byteOffset, flags.byteLength);
  const view = new DataView(extents.buffer, extents.byteOffset, extents.byteLength);
  if (flags.byteLength < 8 || extents.byteLength % 4 !== 0) {
    throw elements.source.damaged("a variable has no flags or extents");
  }
  const { littleEndian } = elements.source;
  const flagWord = word.getUint32(0, littleEndian);
  const shape = Array.from(
    { length: extents.byteLength / 4 },
    (_, axis) => view.getInt32(4 * axis, littleEndian),
  );
  if (shape.length > MAX_DIMENSIONS) {
    throw elements.source.damaged(
      `a variable must have at most ${MAX_DIMENSIONS} extents, it has ${shape.length}`,
    );
  }
  if (shape.length < 2 || shape.some((n) => n < 0)) {
    throw elements.source.damaged(`a variable has the invalid extents ${shape.join(" × ")}`);
  }
  return {
    classNumber: flagWord & 0xff,
    isComplex: (flagWord >> 8 & COMPLEX_FLAG) !== 0,
    shape,
    name: Buffer.from(name).toString("latin1"),
  };
}

/** A cursor over elements in memory. */
class Elements {
  readonly source: Source;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(source: Source, bytes: Uint8Array<ArrayBuffer>) {
    this.source = source;
    this.#bytes = bytes;
  }

  /** Steps into a matrix. */
  enter(): void {
    const { type } = this.#tag();
    if (type !== MATRIX_TYPE) {
      throw this.source.damaged(`expected a variable, found an element of type ${type}`);
    }
  }

  /** The next element; small ones have their data in the tag. */
  next(): { type: number; data: Uint8Array<ArrayBuffer> } {
    const { type, size, small } = this.#tag();
    const start = this.#at - (small ? 4 : 0);
    if (start + size > this.#bytes.length) {
      throw this.source.damaged(
        `an element has ${size} bytes, found ${this.#bytes.length - start}`,
      );
    }
    if (!small) this.#at += Math.ceil(size / 8) * 8;
    return { type, data: this.#bytes.subarray(start, start + size) };
  }

  #tag(): { type: number; size: number; small: boolean } {
    if (this.#at + TAG_BYTES > this.#bytes.length) {
      throw this.source.damaged("a variable is cut short");
    }
    const { buffer, byteOffset } = this.#bytes;
    const view = new DataView(buffer, byteOffset + this.#at, TAG_BYTES);
    this.#at += TAG_BYTES;
    const word = view.getUint32(0, this.source.littleEndian);
    if (word >>> 16 === 0) {
      return { type: word, size: view.getUint32(4, this.source.littleEndian), small: false };
    }
    const size = word >>> 16;
    if (size > 4) throw this.source.damaged(`a small element has ${size} bytes`);
    return { type: word & 0xffff, size, small: true };
  }
}

/** Decompresses a variable, or its beginning, to at most the size in its tag. */
function inflate(
  source: Source,
  bytes: Uint8Array,
  { partial = false } = {},
): Uint8Array<ArrayBuffer> {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_PEEK_BYTES };
    const head = inflateSync(bytes.subarray(0, PEEK_BYTES), options);
    if (partial) return new Uint8Array(head);
    const size = new DataView(head.buffer, head.byteOffset).getUint32(4, source.littleEndian);
    if (size > MAX_VARIABLE_BYTES) {
      throw new RangeError(`it must have at most ${MAX_VARIABLE_BYTES} bytes, it has ${size}`);
    }
    return new Uint8Array(inflateSync(bytes, { maxOutputLength: TAG_BYTES + size }));
  } catch (cause) {
    throw source.damaged(`a compressed variable is damaged: ${messageOf(cause)}`, cause);
  }
}

function swapped(data: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    for (let i = 0; i < width; i++) result[start + i] = data[start + width - 1 - i];
  }
  return result;
}
