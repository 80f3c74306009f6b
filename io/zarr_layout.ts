/**
 * The metadata of a Zarr array, version 2 or 3, that locate its chunks and give their size.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../errors.ts";
import { listOf, parseUntrusted } from "./bounded_schemas.ts";

/** The shape of an array and of its chunks, and the files of the chunks. */
export interface ZarrLayout {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: NumberType;
  /** Whether chunks are not compressed. */
  readonly raw: boolean;
  /** Numbers per chunk and bytes per chunk before compression. */
  readonly chunkLength: number;
  readonly chunkBytes: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The file of a chunk, below the folder of the array. */
  chunkKey(chunk: readonly number[]): string;
}

/** Readable number types and their sizes. */
export const NUMBER_BYTES = {
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
} as const;

export type NumberType = keyof typeof NUMBER_BYTES;

/** Maximum chunk size: hostile metadata must not cause a huge allocation. */
const MAX_CHUNK_BYTES = 2 ** 29;

/** Arrays have one dimension or two; more than this is hostile. */
const MAX_DIMENSIONS = 32;

/** Readable codecs, by their names in version 3 and, after `numcodecs.`, in version 2. */
const READ_CODECS = [
  "bytes",
  "transpose",
  "blosc",
  "zstd",
  "gzip",
  "zlib",
  "lz4",
  "crc32c",
  "shuffle",
  "delta",
];

const separator = z.enum([".", "/"]).optional();
const shape = listOf(z.int().nonnegative()).refine(
  (extents) => extents.length <= MAX_DIMENSIONS,
  "too many dimensions",
);
const chunkShape = listOf(z.int().positive());
const codec = z.looseObject({ name: z.string() });
const filter = z.looseObject({ id: z.string() });
const dataType = z.enum(Object.keys(NUMBER_BYTES) as NumberType[]);

const version3 = z.object({
  node_type: z.literal("array"),
  shape,
  data_type: dataType,
  chunk_grid: z.object({
    name: z.literal("regular"),
    configuration: z.object({ chunk_shape: chunkShape }),
  }),
  chunk_key_encoding: z.object({
    name: z.enum(["default", "v2"]),
    configuration: z.object({ separator }).optional(),
  }),
  codecs: listOf(codec),
  attributes: z.record(z.string(), z.unknown()).default({}),
});

const version2 = z.object({
  shape,
  chunks: chunkShape,
  dtype: z.string(),
  compressor: filter.nullable(),
  filters: listOf(filter).nullable(),
  dimension_separator: separator,
});

/** Type codes of version 2, without the byte order. */
const VERSION_2_TYPES: Readonly<Record<string, NumberType>> = {
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
};

/**
 * Reads the metadata of an array.
 *
 * @param name Description of the array, for errors
 * @throws {DataError} If the metadata are malformed or describe an array that cannot be read
 */
export function parseZarrLayout(version: 2 | 3, json: unknown, name: string): ZarrLayout {
  return version === 3 ? parseVersion3(json, name) : parseVersion2(json, name);
}

function parseVersion3(json: unknown, name: string): ZarrLayout {
  const metadata = parseUntrusted(version3, json, "metadata", `Cannot read ${name}`);
  const { shape, data_type, codecs, attributes, chunk_key_encoding: encoding } = metadata;
  if (codecs.some((codec) => codec.name === "sharding_indexed")) {
    throw new DataError(`Cannot read ${name}: it is sharded; write it without shards`);
  }
  checkCodecs(codecs.map((codec) => codec.name), name);
  const prefix = encoding.name === "default" ? ["c"] : [];
  const join = encoding.configuration?.separator ?? (encoding.name === "default" ? "/" : ".");
  return {
    ...sizes(shape, metadata.chunk_grid.configuration.chunk_shape, data_type, name),
    raw: codecs.every((codec) => codec.name === "bytes" || codec.name === "transpose"),
    attributes,
    chunkKey: (chunk) => [...prefix, ...chunk].join(join),
  };
}

function parseVersion2(json: unknown, name: string): ZarrLayout {
  const { shape, chunks, dtype, compressor, filters, dimension_separator } = parseUntrusted(
    version2,
    json,
    "metadata",
    `Cannot read ${name}`,
  );
  const type = /^[<>|]/.test(dtype) ? VERSION_2_TYPES[dtype.slice(1)] : undefined;
  if (!type) {
    throw new DataError(`Cannot read ${name}: its type must be a number, received "${dtype}"`);
  }
  const codecs = [...filters ?? [], compressor].filter((codec) => codec !== null);
  checkCodecs(codecs.map(({ id }) => id), name);
  return {
    ...sizes(shape, chunks, type, name),
    raw: codecs.length === 0,
    attributes: {},
    chunkKey: (chunk) => chunk.join(dimension_separator ?? "."),
  };
}

/** Throws if one of the codecs is not readable. */
function checkCodecs(names: readonly string[], array: string): void {
  const unknown = names.find((name) => !READ_CODECS.includes(name.replace(/^numcodecs\./, "")));
  if (unknown === undefined) return;
  throw new DataError(
    `Cannot read ${array}: its codecs must be among ${READ_CODECS.join(", ")}, received ` +
      `"${unknown}"; write it with one of these`,
  );
}

function sizes(shape: number[], chunkShape: number[], dataType: NumberType, name: string) {
  if (shape.length !== chunkShape.length) {
    throw new DataError(
      `Cannot read ${name}: its chunks must have ${shape.length} dimensions, they have ` +
        `${chunkShape.length}`,
    );
  }
  const chunkLength = chunkShape.reduce((product, n) => product * n, 1);
  const chunkBytes = chunkLength * NUMBER_BYTES[dataType];
  if (chunkBytes > MAX_CHUNK_BYTES) {
    throw new DataError(
      `Cannot read ${name}: a chunk must have at most ${MAX_CHUNK_BYTES} bytes, ` +
        `${chunkShape.join(" × ")} ${dataType} has ${chunkBytes}; write it in smaller chunks`,
    );
  }
  return { shape, chunkShape, dataType, chunkLength, chunkBytes };
}
