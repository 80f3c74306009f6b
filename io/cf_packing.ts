/**
 * Physical values of arrays that other programs pack into few bits, by the attributes of the
 * climate and forecast conventions (CF): value = stored · scale_factor + add_offset, unless the
 * stored number means that the value is missing.
 *
 * @see {@link https://cfconventions.org/cf-conventions/cf-conventions.html#packed-data}
 * @module
 */

import { z } from "zod";
import { parseUntrusted } from "./bounded_schemas.ts";
import { castNumbers, type NumberType } from "./numpy_types.ts";
import type { ZarrLayout } from "./zarr_layout.ts";

/** The decoding of an array. */
export interface Packing {
  /** The physical value of a stored number; NaN if it is missing. */
  decode(stored: number): number;
  /** The attributes that state which values are missing, for errors; undefined if none do. */
  readonly missing: string | undefined;
}

/** A number, also NaN, which xarray states as the missing value of every array of floats. */
const anyNumber = z.union([z.number(), z.nan(), z.literal([Infinity, -Infinity]), z.string()]);
const numbers = z.union([anyNumber, z.array(anyNumber)]);

const attributes = z.object({
  scale_factor: z.number().optional(),
  add_offset: z.number().optional(),
  _FillValue: numbers.nullish(),
  missing_value: numbers.nullish(),
  valid_min: z.number().optional(),
  valid_max: z.number().optional(),
  valid_range: z.array(z.number()).length(2).optional(),
  _Unsigned: z.union([z.string(), z.boolean()]).optional(),
});

/** Bits of integers that `_Unsigned` reads as unsigned. */
const SIGNED_BITS: Readonly<Partial<Record<NumberType, number>>> = {
  int8: 8,
  int16: 16,
  int32: 32,
};

/** The part of an array's metadata that states its packing. */
export type PackedArray = Pick<
  ZarrLayout,
  "attributes" | "dataType" | "hasFillValue" | "fillValue"
>;

/**
 * Reads the packing of an array.
 *
 * @param name Description of the array, for errors
 * @returns Undefined if the stored numbers are the values
 * @throws {DataError} If an attribute is not a number
 */
export function parsePacking(layout: PackedArray, name: string): Packing | undefined {
  const given = parseUntrusted(attributes, layout.attributes, "attributes", `Cannot read ${name}`);
  const { scale_factor: scale = 1, add_offset: offset = 0, valid_range: range } = given;
  const { dataType } = layout;
  const missing = new Set<number>();
  const causes: string[] = [];
  for (const key of ["_FillValue", "missing_value"] as const) {
    const stated = [given[key] ?? []].flat().map((value) => toNumber(value, dataType));
    for (const value of stated) missing.add(value);
    if (stated.length > 0) causes.push(`${key} ${stated.join(", ")}`);
  }
  // Xarray, which names the dimensions, writes the missing value of version 2 as the fill value;
  // 0 is also what other programs state by default.
  const isPacked = scale !== 1 || offset !== 0;
  if (isOfXarray(layout) && (layout.fillValue !== 0 || isPacked)) {
    missing.add(toNumber(layout.fillValue, dataType));
    causes.push(`fill value ${layout.fillValue}`);
  }
  const min = range?.[0] ?? given.valid_min ?? -Infinity;
  const max = range?.[1] ?? given.valid_max ?? Infinity;
  if (min > -Infinity || max < Infinity) causes.push(`valid range ${min} to ${max}`);
  const isUnsigned = String(given._Unsigned).toLowerCase() === "true";
  const span = isUnsigned ? 2 ** (SIGNED_BITS[dataType] ?? 0) : 1;
  if (causes.length === 0 && scale === 1 && offset === 0 && span === 1) return undefined;
  return {
    missing: causes.length > 0 ? causes.join(", ") : undefined,
    decode(stored) {
      if (missing.has(stored)) return NaN;
      const value = stored < 0 && span > 1 ? stored + span : stored;
      return value < min || value > max ? NaN : value * scale + offset;
    },
  };
}

/** Whether xarray wrote an array, with a fill value that it takes for missing. */
function isOfXarray({ attributes, hasFillValue }: PackedArray): boolean {
  return Object.hasOwn(attributes, "_ARRAY_DIMENSIONS") && hasFillValue;
}

/** A sentence about zeros that may mean missing values; undefined if they cannot. */
export function zeroNote(layout: PackedArray, packing: Packing | undefined, name: string) {
  if (!isOfXarray(layout) || layout.fillValue !== 0 || packing !== undefined) return undefined;
  return `Array "${name}" has the fill value 0 and names of dimensions: xarray reads its zeros ` +
    "as missing, they are read as 0";
}

/** A number of the type of the array; xarray writes it in base64, as bytes of a float64. */
function toNumber(value: number | string, dataType: NumberType): number {
  let number = Number(value);
  if (typeof value === "string" && Number.isNaN(number) && value !== "NaN") {
    const bytes = decodeBase64(value);
    if (bytes?.length === 8) number = new DataView(bytes.buffer).getFloat64(0, true);
  }
  const isInteger = !dataType.startsWith("float");
  if (isInteger && !Number.isInteger(number)) return number;
  return Number(castNumbers(Float64Array.of(number), dataType)[0]);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}
