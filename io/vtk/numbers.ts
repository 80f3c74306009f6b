/**
 * The types of numbers in VTK files, and numbers written as text.
 *
 * @module
 */

/** The array of each type of numbers. */
export const numberTypes = {
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

/** A type of numbers. */
export type NumberType = keyof typeof numberTypes;

/** Numbers as they stand in a file. */
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

/** Numbers that are not finite, as the C libraries print them. */
const notFinite: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, infinity: Infinity };
/** Texts that `Number` takes and that are no decimals: 0x1f, 0b1, 0o7, Infinity. */
const notDecimal = /[xobXOBI]/;
const integerPattern = /^-?\d{1,20}$/;
/** Integers of so many characters are exact as numbers. */
const exactDigits = 15;
const minus = 0x2d;
const zero = 0x30;

/**
 * Parses numbers between white space.
 *
 * @param expectedCount How many there must be, where that is known
 * @throws {SyntaxError} when one is no number of this type, or there are more or fewer
 */
export function parseNumbers(text: string, type: NumberType, expectedCount?: number): VtkNumbers {
  const count = countTokens(text);
  if (count !== (expectedCount ?? count)) {
    throw new SyntaxError(`it has ${count} numbers where ${expectedCount} are expected`);
  }
  const values = new numberTypes[type](count);
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

/** A short integer; most numbers of a mesh are such, and this is fast. */
function parseInteger(text: string, start: number, end: number): number | undefined {
  const digits = text.charCodeAt(start) === minus ? start + 1 : start;
  if (digits === end || end - digits > exactDigits) return undefined;
  let value = 0;
  for (let at = digits; at < end; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return digits === start ? value : -value;
}

function parseBigInt(text: string, start: number, end: number): bigint | undefined {
  const value = parseInteger(text, start, end);
  if (value !== undefined) return BigInt(value);
  const token = text.slice(start, end);
  return integerPattern.test(token) ? BigInt(token) : undefined;
}

function parseDecimal(token: string): number | undefined {
  const value = Number(token);
  if (!Number.isNaN(value)) return notDecimal.test(token) ? undefined : value;
  const word = token.replace(/^[+-]/, "").toLowerCase();
  if (!Object.hasOwn(notFinite, word)) return undefined;
  return token.startsWith("-") ? -notFinite[word] : notFinite[word];
}

function countTokens(text: string): number {
  let count = 0, inToken = false;
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
  throw new SyntaxError(`"${token.slice(0, 40)}" is no number of type ${type}`);
}
