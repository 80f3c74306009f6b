/**
 * Types of numbers as numpy names them, such as `<f4` for little-endian float32.
 *
 * @module
 */

/** Arrays that view numbers in the byte order of this machine. */
export const NUMBER_ARRAYS = {
  float16: Float16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
} as const;

export type NumberType = keyof typeof NUMBER_ARRAYS;

/** Numbers of any type. */
export type Numbers = InstanceType<(typeof NUMBER_ARRAYS)[NumberType]>;

/** A type and its byte order. */
export interface NumpyType {
  readonly dataType: NumberType;
  readonly isBigEndian: boolean;
}

/** Letters of numpy; `b1` is a truth value, a byte of 0 or 1. */
const LETTERS: Readonly<Record<string, NumberType>> = {
  f2: "float16",
  f4: "float32",
  f8: "float64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  b1: "uint8",
};

/** Parses `<f4`, `|u1`, `float32`; undefined for anything but numbers. */
export function parseNumpyType(text: string): NumpyType | undefined {
  if (Object.hasOwn(NUMBER_ARRAYS, text)) {
    return { dataType: text as NumberType, isBigEndian: false };
  }
  const [, order, letters] = /^([<>|=]?)([a-z]\d)$/.exec(text) ?? [];
  if (letters === undefined || !Object.hasOwn(LETTERS, letters)) return undefined;
  return { dataType: LETTERS[letters], isBigEndian: order === ">" };
}

/** Reads numbers of a type. @throws {SyntaxError} If there is not a whole number of them */
export function readNumbers(bytes: Uint8Array, { dataType, isBigEndian }: NumpyType): Numbers {
  const NumberArray = NUMBER_ARRAYS[dataType];
  const size = NumberArray.BYTES_PER_ELEMENT;
  if (bytes.length % size !== 0) {
    throw new SyntaxError(`${bytes.length} bytes are not a whole number of ${dataType}`);
  }
  const isViewed = bytes.byteOffset % size === 0 && !isBigEndian;
  const copy = isViewed ? bytes : new Uint8Array(bytes);
  if (isBigEndian) swapBytes(copy, size);
  return new NumberArray(copy.buffer as ArrayBuffer, copy.byteOffset, copy.length / size);
}

/** The bytes of numbers in the order of a type. */
export function writeNumbers(numbers: Numbers, isBigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  if (!isBigEndian) return bytes;
  const swapped = new Uint8Array(bytes);
  swapBytes(swapped, numbers.BYTES_PER_ELEMENT);
  return swapped;
}

/** Reverses the bytes of each item. */
function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Numbers as another type, as a cast in C rounds and wraps them. */
export function castNumbers(numbers: Numbers, dataType: NumberType): Numbers {
  const NumberArray = NUMBER_ARRAYS[dataType];
  const result = new NumberArray(numbers.length);
  const toBig = result instanceof BigInt64Array || result instanceof BigUint64Array;
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i];
    result[i] = toBig
      ? typeof value === "bigint" ? value : BigInt(Math.trunc(value))
      : Number(value);
  }
  return result;
}
