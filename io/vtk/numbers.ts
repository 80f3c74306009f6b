/**
 * Number types of VTK files, and numbers as text.
 *
 * @module
 */

/** The array class of each number type. */
export const NUMBER_TYPES = {
  Int8: Int8Array,
  UInt8: Uint8Array,
  Int16: Int16Array,
  UInt16: Uint16Array,
  Int32: Int32Array,
  UInt32: Uint32Array,
  Int64: BigInt64Array,
  UInt64: BigUint64Array,
  Float32: Float32Array,
  Float64: Float64Array,
} as const;

/** A number type. */
export type NumberType = keyof typeof NUMBER_TYPES;

/** Numbers of a file. */
export type VtkNumbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Numbers that are not finite, as C libraries print them. */
const NOT_FINITE: Readonly<Record<string, number>> = {
  nan: NaN,
  inf: Infinity,
  infinity: Infinity,
};
/** Texts that `Number` accepts and that are not decimals: 0x1f, 0b1, 0o7, Infinity. */
const NOT_DECIMAL = /[xobXOBI]/;
const INTEGER = /^-?\d{1,20}$/;
/** Integers of up to this number of digits are exact. */
const EXACT_DIGITS = 15;
const MINUS = 0x2d;
const ZERO = 0x30;

/**
 * Parses numbers separated by white space.
 *
 * @param expectedCount Number of numbers, if known
 * @throws {SyntaxError} If one is not a number of this type, or there are more or fewer
 */
export function parseNumbers(text: string, type: NumberType, expectedCount?: number): VtkNumbers {
  const count = countTokens(text);
  if (count !== (expectedCount ?? count)) {
    throw new SyntaxError(`expected ${expectedCount} numbers, found ${count}`);
  }
  const values = new NUMBER_TYPES[type](count);
  let position = 0;
  for (let i = 0; i < count; i++) {
    while (isSpace(text.charCodeAt(position))) position++;
    const start = position;
    while (position < text.length && !isSpace(text.charCodeAt(position))) position++;
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
      const value = parseBigInt(text, start, position);
      values[i] = value ?? 0n;
      if (values[i] !== value) refuse(text.slice(start, position), type);
    } else {
      const value = parseInteger(text, start, position) ??
        parseDecimal(text.slice(start, position));
      const isFloat = values instanceof Float32Array || values instanceof Float64Array;
      values[i] = value ?? 0;
      if (isFloat ? value === undefined : values[i] !== value) {
        refuse(text.slice(start, position), type);
      }
    }
  }
  return values;
}

/** Parses a short integer, as most numbers of a mesh are, fast. */
function parseInteger(text: string, start: number, end: number): number | undefined {
  const digits = text.charCodeAt(start) === MINUS ? start + 1 : start;
  if (digits === end || end - digits > EXACT_DIGITS) return undefined;
  let value = 0;
  for (let at = digits; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return digits === start ? value : -value;
}

function parseBigInt(text: string, start: number, end: number): bigint | undefined {
  const value = parseInteger(text, start, end);
  if (value !== undefined) return BigInt(value);
  const token = text.slice(start, end);
  return INTEGER.test(token) ? BigInt(token) : undefined;
}

function parseDecimal(token: string): number | undefined {
  const value = Number(token);
  if (!Number.isNaN(value)) return NOT_DECIMAL.test(token) ? undefined : value;
  const word = token.replace(/^[+-]/, "").toLowerCase();
  if (!Object.hasOwn(NOT_FINITE, word)) return undefined;
  return token.startsWith("-") ? -NOT_FINITE[word] : NOT_FINITE[word];
}

function countTokens(text: string): number {
  let count = 0;
  let inToken = false;
  for (let at = 0; at < text.length; at++) {
    const space = isSpace(text.charCodeAt(at));
    if (!space && !inToken) count++;
    inToken = !space;
  }
  return count;
}

function isSpace(character: number): boolean {
  return character === 0x20 || (character >= 0x09 && character <= 0x0d);
}

function refuse(token: string, type: NumberType): never {
  throw new SyntaxError(`"${token.slice(0, 40)}" is not a number of type ${type}`);
}
