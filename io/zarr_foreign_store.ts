/**
 * Mesh stores in Zarr that other programs wrote: attributes that are missing, numbers with more
 * digits than float32 holds, and missing values.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { fieldOffset, joinRanges, positionOrigin, type Ranges, rangesOf } from "./float_frame.ts";
import { isObject } from "./json_text.ts";
import {
  type FieldInfo,
  MESH_FORMAT,
  type MeshAttributes,
  SEALED_MESH_FORMAT,
} from "./mesh_attributes.ts";
import type { ZarrArray } from "./zarr_array.ts";
import type { ZarrGroup } from "./zarr_group.ts";

/** Attributes that a store must have, each with its meaning. */
const REQUIRED: Readonly<Record<string, string>> = {
  format: `"${MESH_FORMAT}"`,
  case: "a name",
  dimensions: "1, 2 or 3",
  fields: 'such as {"p": {"components": 1, "unit": "Pa", "role": "target"}}',
  ids: "a list with the name of each mesh",
  splits: 'sample numbers, such as {"train": [0, 1], "validation": [2], "test": [3]}',
};

/** Arrays that a store must have. */
const ARRAYS = ["offsets", "position"];

/** Names in a group that are no arrays. */
const METADATA = /^(\.z|zarr\.json$|\.)/;

/** Maximum arrays in an error. */
const MAX_NAMES = 8;

/** Samples by which the ranges of an array are found. */
const MAX_PROBES = 3;

/** Largest magnitude over extent of the positions of a sample, which leaves 10 bits. */
const MAX_SAMPLE_RATIO = 2 ** 14;

/**
 * Throws unless a group has the attributes of a mesh store, such as a group of xarray without them.
 *
 * @throws {DataError} If attributes are missing; names them, and the arrays that the group has
 */
export async function checkIsMeshStore({ path, attributes, files }: ZarrGroup): Promise<void> {
  const given = isObject(attributes) ? attributes : {};
  const missing = Object.keys(REQUIRED).filter((key) =>
    given[key] === undefined || given[key] === null
  );
  const isOther = missing.length === 0 && given.format !== MESH_FORMAT &&
    given.format !== SEALED_MESH_FORMAT;
  if (isOther) {
    throw new DataError(
      `Cannot open mesh store "${path}": its attribute "format" must be "${MESH_FORMAT}", ` +
        `received ${JSON.stringify(given.format)}`,
    );
  }
  if (missing.length === 0) return;
  const names = (await files.names()).filter((name) => !METADATA.test(name));
  const needs = [
    ...missing.map((key) => `attribute "${key}" (${REQUIRED[key]})`),
    ...ARRAYS.filter((name) => !names.includes(name)).map((name) => `array "${name}"`),
  ];
  const more = names.length > MAX_NAMES ? ", ..." : "";
  const has = names.length === 0
    ? "no arrays"
    : `the arrays ${names.slice(0, MAX_NAMES).join(", ")}${more}`;
  throw new DataError(
    `Cannot open mesh store "${path}": it is a Zarr group with ${has}, but lacks ` +
      `${needs.join(", ")}; add what is missing, see docs/your_own_data.md`,
  );
}

/** The frame of a store: its attributes with origin and offsets, and how positions are read. */
export interface StoreFrame {
  readonly attributes: MeshAttributes;
  /** Offsets to subtract from columns of fields, by name. */
  readonly offsets: ReadonlyMap<string, readonly number[]>;
  readPosition(sample: number): Promise<Float32Array>;
}

/**
 * Finds the origin of positions and the offsets of fields that float32 does not hold, from their
 * first, middle and last sample. Arrays of float32 stay as they are.
 */
export async function findFrame(
  stated: MeshAttributes,
  position: ZarrArray,
  arrays: ReadonlyMap<string, ZarrArray>,
  rowsOf: (sample: number) => readonly [number, number],
  path: string,
): Promise<StoreFrame> {
  const sampleCount = stated.ids.length;
  const probes = [...new Set([0, sampleCount >> 1, sampleCount - 1])].slice(0, MAX_PROBES);
  const rangesIn = async (array: ZarrArray): Promise<Ranges> => {
    let ranges: Ranges | undefined;
    for (const sample of probes) {
      const found = rangesOf(await array.readDoubles(...rowsOf(sample)), array.columnCount);
      ranges = ranges === undefined ? found : joinRanges(ranges, found);
    }
    return ranges!;
  };
  const shift = position.isWide ? positionOrigin(await rangesIn(position)) : undefined;
  const origin = shift?.map((value, axis) => value + (stated.origin?.[axis] ?? 0));
  const offsets = new Map<string, readonly number[]>();
  const fields: Record<string, FieldInfo> = { ...stated.fields };
  for (const [name, array] of arrays) {
    if (!array.isWide || stated.mask === name) continue;
    const { min, max } = await rangesIn(array);
    const found = min.map((low, column) => fieldOffset(low, max[column]));
    if (found.every((value) => value === 0)) continue;
    offsets.set(name, found);
    const offset = found.map((value, column) => value + (fields[name].offset?.[column] ?? 0));
    fields[name] = { ...fields[name], offset };
  }
  const attributes = origin === undefined && offsets.size === 0
    ? stated
    : { ...stated, origin: origin ?? stated.origin, fields };
  return {
    attributes,
    offsets,
    async readPosition(sample) {
      const [start, end] = rowsOf(sample);
      if (position.isWide) {
        const wide = await position.readDoubles(start, end);
        const what = `sample ${sample} ("${stated.ids[sample]}")`;
        checkResolution(wide, shift ?? wide.slice(0, position.columnCount).fill(0), what, path);
      }
      return await position.readFloats(start, end, shift);
    },
  };
}

/** Throws if float32 does not hold the positions of a sample, which lies far from the others. */
function checkResolution(
  position: Float64Array,
  shift: ArrayLike<number>,
  what: string,
  path: string,
): void {
  const axes = shift.length;
  const { min, max } = rangesOf(position, axes);
  const extent = Math.max(...min.map((low, axis) => max[axis] - low));
  const magnitude = Math.max(
    ...min.map((low, axis) =>
      Math.max(Math.abs(low - shift[axis]), Math.abs(max[axis] - shift[axis]))
    ),
  );
  if (!(magnitude > MAX_SAMPLE_RATIO * extent) || extent === 0) return;
  const origin = Array.from(shift).join(", ");
  throw new DataError(
    `Cannot use ${what} of "${path}": its positions must lie near those of the other samples, ` +
      `received ${magnitude} from their origin ${origin} at an extent of ${extent}; ` +
      "subtract an origin of its own from each mesh",
  );
}

/** Sets missing targets to 0 where the mask states that they are missing. */
export function maskMissing(
  { mask, fields }: MeshAttributes,
  values: Readonly<Record<string, Float32Array>>,
): void {
  const known = mask === undefined ? undefined : values[mask];
  if (known === undefined) return;
  for (const [name, { components, role }] of Object.entries(fields)) {
    if (role !== "target") continue;
    for (let i = 0; i < values[name].length; i++) {
      if (known[Math.floor(i / components)] === 0 && Number.isNaN(values[name][i])) {
        values[name][i] = 0;
      }
    }
  }
}

/** Throws if a value is missing by the attributes of its array. */
export function refuseMissing(
  name: string,
  values: Float32Array,
  array: ZarrArray,
  what: string,
  path: string,
): void {
  if (array.missing === undefined) return;
  const at = values.findIndex(Number.isNaN);
  if (at < 0) return;
  throw new DataError(
    `Cannot use ${what} of "${path}": field "${name}" must have a value at every node, node ` +
      `${Math.floor(at / array.columnCount)} has none (${array.missing}); leave the node out, or ` +
      'name a field that is 0 there and 1 elsewhere by the attribute "mask"',
  );
}
