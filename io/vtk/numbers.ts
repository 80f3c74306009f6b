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
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** Numbers that are not finite, as the C libraries print them. */
const notFinite: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, infinity: Infinity };
const decimalPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const integerPattern = /^-?\d{1,20}$/;
/** Integers of so many digits are exact as numbers. */
const exactDigits = 15;
const minus = 0x2d;
const zero = 0x30;

/**
 * Parses numbers between white space.
 *
 * @param expectedCount How many there must be, where that is known
 * @throws {SyntaxError} when one is no number of this type, or there are more or fewer
 */
export function parseNumbers(
  text: Uint8Array<ArrayBuffer>,
  type: NumberType,
  expectedCount?: number,
): VtkNumbers {
  const count = countTokens(text);
  if (count !== (expectedCount ?? count)) {
    throw new SyntaxError(`it has ${count} numbers where ${expectedCount} are expected`);
  }
  const values = new numberTypes[type](count);
  let position = 0;
  for (let i = 0; i < count; i++) {
    while (isSpace(text[position])) position++;
    const start = position;
    while (position < text.length && !isSpace(text[position])) position++;
    const value = parseShortInteger(text, start, position);
    if (value === undefined) storeToken(values, i, text.subarray(start, position), type);
    else if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
      values[i] = BigInt(value);
      if (Number(values[i]) !== value) refuse(String(value), type);
    } else {
      values[i] = value;
      if (values[i] !== value && !isFloat(values)) refuse(String(value), type);
    }
  }
  return values;
}

/** An integer that is exact as a number; most of a mesh is such, and this is fast. */
function parseShortInteger(text: Uint8Array, start: number, end: number): number | undefined {
  const digits = text[start] === minus ? start + 1 : start;
  if (digits === end || end - digits > exactDigits) return undefined;
  let value = 0;
  for (let at = digits; at < end; at++) {
    const digit = text[at] - zero;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = 10 * value + digit;
  }
  return digits === start ? value : -value;
}

function storeToken(values: VtkNumbers, i: number, bytes: Uint8Array<ArrayBuffer>, type: NumberType): void {
  const token = new TextDecoder().decode(bytes);
  if (isFloat(values)) {
    const word = token.replace(/^[+-]/, "").toLowerCase();
    if (decimalPattern.test(token)) values[i] = Number(token);
    else if (Object.hasOwn(notFinite, word)) {
      values[i] = token[0] === "-" ? -notFinite[word] : notFinite[word];
    } else refuse(token, type);
  } else if (!integerPattern.test(token)) refuse(token, type);
  else if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    values[i] = BigInt(token);
    if (values[i] !== BigInt(token)) refuse(token, type);
  } else {
    values[i] = Number(token);
    if (values[i] !== Number(token)) refuse(token, type);
  }
}

function countTokens(text: Uint8Array): number {
  let count = 0, inToken = false;
  for (const byte of text) {
    const space = isSpace(byte);
    if (!space && !inToken) count++;
    inToken = !space;
  }
  return count;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function isFloat(values: VtkNumbers): values is Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> {
  return values instanceof Float32Array || values instanceof Float64Array;
}

function refuse(token: string, type: NumberType): never {
  throw new SyntaxError(`"${token.slice(0, 40)}" is no number of type ${type}`);
}
