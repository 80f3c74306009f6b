/**
 * Filters of numcodecs, which Zarr applies to the numbers of a chunk before compression. Only their
 * inverses, each exactly as numcodecs computes it: the parameters name the types on both sides.
 *
 * @module
 */

import { z } from "zod";
import {
  castNumbers,
  NUMBER_ARRAYS,
  type Numbers,
  type NumberType,
  type NumpyType,
  parseNumpyType,
  readNumbers,
  writeNumbers,
} from "./numpy_types.ts";

/** The inverse of a filter with its parameters. */
export interface Filter {
  /** Type of the stored numbers; undefined for that of the array. */
  readonly encodedType?: NumberType | undefined;
  /** Whether the order of the numbers matters. */
  readonly isSequential: boolean;
  /** Whether its types are in the byte order of this machine. */
  readonly isLittleEndian: boolean;
  /** The bytes of the decoded numbers. @throws {SyntaxError} If they are damaged */
  decode(bytes: Uint8Array): Uint8Array;
}

const numpyType = z.string().transform((text, context) => {
  const type = parseNumpyType(text);
  if (type !== undefined) return type;
  context.issues.push({ code: "custom", message: "must be a type of numbers", input: text });
  return z.NEVER;
});

const cast = z.object({ dtype: numpyType, astype: numpyType.optional() });
const types = z.object({ encode_dtype: numpyType, decode_dtype: numpyType });
const scaling = cast.extend({ scale: z.number(), offset: z.number() });
const rounding = z.object({ keepbits: z.number().optional() });

/** Filters by name. */
const FILTERS: Readonly<Record<string, (configuration: unknown) => Filter>> = {
  delta: (configuration) => {
    const { dtype, astype = dtype } = cast.parse(configuration);
    return filterOf(
      dtype,
      astype,
      (stored) => runningSum(castNumbers(stored, dtype.dataType)),
      true,
    );
  },
  fixedscaleoffset: (configuration) => {
    const { dtype, astype = dtype, scale, offset } = scaling.parse(configuration);
    return filterOf(dtype, astype, (stored) => {
      // numpy divides numbers of a narrow floating-point type in that type, integers in float64.
      const values = astype.dataType.startsWith("float")
        ? stored.slice() as Float64Array<ArrayBuffer>
        : Float64Array.from(stored as ArrayLike<number | bigint>, Number);
      for (let i = 0; i < values.length; i++) {
        values[i] = values[i] / scale;
        values[i] = values[i] + offset;
      }
      return castNumbers(values, dtype.dataType);
    });
  },
  quantize: (configuration) => {
    const { dtype, astype = dtype } = cast.parse(configuration);
    return filterOf(dtype, astype, (stored) => castNumbers(stored, dtype.dataType));
  },
  astype: (configuration) => {
    const { encode_dtype: stored, decode_dtype: decoded } = types.parse(configuration);
    return filterOf(decoded, stored, (numbers) => castNumbers(numbers, decoded.dataType));
  },
  bitround: (configuration) => {
    rounding.parse(configuration);
    return { isSequential: false, isLittleEndian: true, decode: (bytes) => bytes };
  },
  packbits: () => ({
    encodedType: "uint8",
    isSequential: true,
    isLittleEndian: true,
    decode: unpackBits,
  }),
};

/** Names of the filters. */
export const FILTER_NAMES: readonly string[] = Object.keys(FILTERS);

/**
 * Prepares a filter.
 *
 * @throws {SyntaxError} If its parameters are invalid
 */
export function parseFilter(name: string, configuration: unknown): Filter {
  try {
    return FILTERS[name](configuration ?? {});
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    const [{ path, message }] = cause.issues;
    throw new SyntaxError(`parameter "${path.join(".")}" of its codec "${name}": ${message}`, {
      cause,
    });
  }
}

function filterOf(
  decoded: NumpyType,
  stored: NumpyType,
  decode: (stored: Numbers) => Numbers,
  isSequential = false,
): Filter {
  return {
    encodedType: stored.dataType,
    isSequential,
    isLittleEndian: !decoded.isBigEndian && !stored.isBigEndian,
    decode: (bytes) => writeNumbers(decode(readNumbers(bytes, stored)), decoded.isBigEndian),
  };
}

/** Sums from the first number to each, in the type of the numbers: rounded or wrapped each time. */
function runningSum(numbers: Numbers): Numbers {
  if (numbers instanceof BigInt64Array || numbers instanceof BigUint64Array) {
    for (let i = 1; i < numbers.length; i++) numbers[i] += numbers[i - 1];
  } else {
    for (let i = 1; i < numbers.length; i++) numbers[i] += numbers[i - 1];
  }
  return numbers;
}

/** Truth values of bits, the highest first; the first byte counts the bits to drop at the end. */
function unpackBits(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0 || bytes[0] > 7) throw new SyntaxError("its packed bits are damaged");
  const count = 8 * (bytes.length - 1) - bytes[0];
  return Uint8Array.from(
    { length: Math.max(0, count) },
    (_, bit) => bytes[1 + (bit >> 3)] >> (7 - (bit & 7)) & 1,
  );
}

/** Bytes per number of a type. */
export function bytesPerNumber(dataType: NumberType): number {
  return NUMBER_ARRAYS[dataType].BYTES_PER_ELEMENT;
}
