/**
 * The metadata of a Zarr array, version 2 or 3, that locate its chunks and give their size. Both
 * become metadata of version 3 with codecs of `zarr_codecs.ts`, which zarrita reads.
 *
 * @module
 */

import { z } from "zod";
import { DataError, messageOf } from "../errors.ts";
import { listOf, parseUntrusted } from "./bounded_schemas.ts";
import { NUMBER_ARRAYS, type NumberType, parseNumpyType } from "./numpy_types.ts";
import { BYTE_CODECS, codecName, MAX_NUMBER_BYTES } from "./zarr_codecs.ts";
import { FILTER_NAMES, parseFilter } from "./zarr_filters.ts";

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
  /** Largest bytes per chunk before compression, of any type that a filter stores. */
  readonly maxChunkBytes: number;
  /** Files that hold several chunks. */
  readonly shards?: Shards | undefined;
  /** Value of chunks that are left out; 0 if the array states none. */
  readonly fillValue: number;
  /** Whether the array states a fill value. */
  readonly hasFillValue: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Metadata of version 3 for zarrita. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The file of a chunk, or of a shard, below the folder of the array. */
  chunkKey(chunk: readonly number[]): string;
}

/** Files that hold several chunks, with an index of `[offset, length]` of each. */
export interface Shards {
  readonly shape: readonly number[];
  readonly chunksPerShard: number;
  readonly isIndexFirst: boolean;
}

/** Maximum chunk size: hostile metadata must not cause a huge allocation. */
const MAX_CHUNK_BYTES = 2 ** 29;

/** Arrays have one dimension or two; more than this is hostile. */
const MAX_DIMENSIONS = 32;

const NATIVE_CODECS = ["bytes", "transpose"];

/** Readable codecs, by their names in version 3 and, after `numcodecs.`, in version 2. */
const READ_CODECS = [...NATIVE_CODECS, ...BYTE_CODECS, ...FILTER_NAMES];

const separator = z.enum([".", "/"]).optional();
const shape = listOf(z.int().nonnegative()).refine(
  (extents) => extents.length <= MAX_DIMENSIONS,
  "too many dimensions",
);
const chunkShape = listOf(z.int().positive());
const configuration = z.record(z.string(), z.unknown()).optional();
const codec = z.object({ name: z.string(), configuration });
const filter = z.looseObject({ id: z.string() });
const attributes = z.record(z.string(), z.unknown()).default({});

const version3 = z.object({
  node_type: z.literal("array"),
  shape,
  data_type: z.unknown(),
  chunk_grid: z.object({
    name: z.literal("regular"),
    configuration: z.object({ chunk_shape: chunkShape }),
  }),
  chunk_key_encoding: z.object({
    name: z.enum(["default", "v2"]),
    configuration: z.object({ separator }).optional(),
  }),
  codecs: listOf(codec),
  fill_value: z.unknown(),
  attributes,
});

const sharding = z.object({
  chunk_shape: chunkShape,
  codecs: listOf(codec),
  index_codecs: listOf(codec),
  index_location: z.enum(["start", "end"]).default("end"),
});

const version2 = z.object({
  shape,
  chunks: chunkShape,
  dtype: z.unknown(),
  order: z.enum(["C", "F"]).default("C"),
  compressor: filter.nullable(),
  filters: listOf(filter).nullable(),
  fill_value: z.unknown(),
  dimension_separator: separator,
});

type Codec = Readonly<z.infer<typeof codec>>;

/**
 * Reads the metadata of an array.
 *
 * @param name Description of the array, for errors
 * @param attributes Attributes of an array of version 2, which has them in a file of their own
 * @throws {DataError} If the metadata are malformed or describe an array that cannot be read
 */
export function parseZarrLayout(
  version: 2 | 3,
  json: unknown,
  name: string,
  attributes: Readonly<Record<string, unknown>> = {},
): ZarrLayout {
  return version === 3 ? parseVersion3(json, name) : parseVersion2(json, name, attributes);
}

function parseVersion3(json: unknown, name: string): ZarrLayout {
  const metadata = parseUntrusted(version3, json, "metadata", `Cannot read ${name}`);
  const { chunk_key_encoding: encoding, chunk_grid: grid, fill_value: fill } = metadata;
  const dataType = parseDataType(metadata.data_type, name);
  const shard = parseSharding(metadata.codecs, name);
  const outer = grid.configuration.chunk_shape;
  const prefix = encoding.name === "default" ? ["c"] : [];
  const join = encoding.configuration?.separator ?? (encoding.name === "default" ? "/" : ".");
  const codecs = normalised(shard?.codecs ?? metadata.codecs, name);
  return {
    ...layoutOf(metadata.shape, shard?.chunk_shape ?? outer, dataType, codecs, fill, name),
    shards: shard && shardsOf(outer, shard, name),
    attributes: metadata.attributes,
    metadata: {
      zarr_format: 3,
      node_type: "array",
      shape: metadata.shape,
      data_type: dataType,
      chunk_grid: grid,
      chunk_key_encoding: encoding,
      codecs: shard ? [shardingCodec(shard, codecs, name)] : codecs,
      fill_value: parseFill(fill, dataType, name),
      attributes: {},
    },
    chunkKey: (chunk) => [...prefix, ...chunk].join(join),
  };
}

function parseVersion2(
  json: unknown,
  name: string,
  attributes: Readonly<Record<string, unknown>>,
): ZarrLayout {
  const metadata = parseUntrusted(version2, json, "metadata", `Cannot read ${name}`);
  const { shape, chunks, dtype, order, compressor, filters, fill_value: fill } = metadata;
  const type = typeof dtype === "string" && /^[<>|]/.test(dtype)
    ? parseNumpyType(dtype)
    : undefined;
  if (type === undefined) throw notNumbers(name, dtype);
  const { dataType, isBigEndian } = type;
  const transpose = {
    name: "transpose",
    configuration: { order: shape.map((_, i) => i).reverse() },
  };
  const bytes = { name: "bytes", configuration: { endian: isBigEndian ? "big" : "little" } };
  // Filters work on the memory of a chunk, of any order and byte order, not on its numbers.
  const others = [...filters ?? [], compressor].filter((codec) => codec !== null).map((codec) => {
    const { id, ...configuration } = codec;
    return { name: id, configuration };
  });
  const codecs = [
    ...(order === "F" ? [transpose] : []),
    bytes,
    ...normalised(others, name, true),
  ];
  return {
    ...layoutOf(shape, chunks, dataType, codecs, fill, name),
    attributes,
    metadata: {
      zarr_format: 3,
      node_type: "array",
      shape,
      data_type: dataType,
      chunk_grid: { name: "regular", configuration: { chunk_shape: chunks } },
      chunk_key_encoding: {
        name: "v2",
        configuration: { separator: metadata.dimension_separator ?? "." },
      },
      codecs,
      fill_value: parseFill(fill, dataType, name),
      attributes: {},
    },
    chunkKey: (chunk) => chunk.join(metadata.dimension_separator ?? "."),
  };
}

function parseDataType(type: unknown, name: string): NumberType {
  if (type === "bool") return "uint8";
  if (typeof type === "string" && Object.hasOwn(NUMBER_ARRAYS, type)) return type as NumberType;
  throw notNumbers(name, type);
}

function notNumbers(name: string, type: unknown): DataError {
  return new DataError(
    `Cannot read ${name}: its type must be a number, received ${JSON.stringify(type)}`,
  );
}

/** The fill value as a number. */
function parseFill(fill: unknown, dataType: NumberType, name: string): number {
  if (fill === null || fill === undefined) return 0;
  if (typeof fill === "number") return fill;
  if (typeof fill === "boolean") return Number(fill);
  if (fill === "NaN") return NaN;
  if (fill === "Infinity" || fill === "-Infinity") {
    return fill === "Infinity" ? Infinity : -Infinity;
  }
  const digits = typeof fill === "string" ? /^0x([0-9a-f]+)$/i.exec(fill)?.[1] : undefined;
  const NumberArray = NUMBER_ARRAYS[dataType];
  if (digits?.length === 2 * NumberArray.BYTES_PER_ELEMENT) {
    return Number(new NumberArray(Uint8Array.fromHex(digits).reverse().buffer)[0]);
  }
  throw new DataError(
    `Cannot read ${name}: its fill value must be a number, received ${JSON.stringify(fill)}`,
  );
}

/** The sharding of an array, which must be its only codec. */
function parseSharding(codecs: readonly Codec[], name: string) {
  const found = codecs.find((codec) => codec.name === "sharding_indexed");
  if (found === undefined) return undefined;
  const shard = parseUntrusted(sharding, found.configuration, "sharding", `Cannot read ${name}`);
  const isOnly = codecs.length === 1 &&
    shard.codecs.every((codec) => codec.name !== "sharding_indexed");
  if (isOnly) return shard;
  const names = [...codecs, ...shard.codecs].map((codec) => codec.name);
  throw new DataError(
    `Cannot read ${name}: sharding must be its only codec, received ${names.join(", ")}; write ` +
      "it with simple shards",
  );
}

function shardsOf(
  outer: readonly number[],
  { chunk_shape: inner, index_location }: z.infer<typeof sharding>,
  name: string,
): Shards {
  if (outer.length !== inner.length || outer.some((n, axis) => n % inner[axis] !== 0)) {
    throw new DataError(
      `Cannot read ${name}: a shard must consist of whole chunks, ${outer.join(" × ")} is not a ` +
        `multiple of ${inner.join(" × ")}`,
    );
  }
  const chunksPerShard = outer.reduce((product, n, axis) => product * (n / inner[axis]), 1);
  if (chunksPerShard * 16 > MAX_CHUNK_BYTES) {
    throw new DataError(`Cannot read ${name}: a shard has too many chunks, ${chunksPerShard}`);
  }
  return { shape: outer, chunksPerShard, isIndexFirst: index_location === "start" };
}

function shardingCodec(
  { chunk_shape, index_codecs }: z.infer<typeof sharding>,
  codecs: readonly Codec[],
  name: string,
): Codec {
  const index = normalised(index_codecs, name);
  const known = ["bytes", codecName("crc32c")];
  if (index.length > 2 || index.some((codec, k) => codec.name !== known[k])) {
    throw new DataError(
      `Cannot read ${name}: the index of its shards must have the codecs bytes and crc32c, ` +
        `received ${index_codecs.map((codec) => codec.name).join(", ")}`,
    );
  }
  return { name: "sharding_indexed", configuration: { chunk_shape, codecs, index_codecs: index } };
}

/**
 * Codecs under their names for zarrita.
 *
 * @param areBuffers Whether filters work on memory, as in version 2
 * @throws {DataError} If one of them is not readable
 */
function normalised(codecs: readonly Codec[], array: string, areBuffers = false): Codec[] {
  const names = codecs.map(({ name }) => name.replace(/^numcodecs\./, ""));
  const unknown = names.findIndex((name) => !READ_CODECS.includes(name));
  if (unknown >= 0) {
    throw new DataError(
      `Cannot read ${array}: its codecs must be among ${READ_CODECS.join(", ")}, received ` +
        `"${codecs[unknown].name}"; write it with one of these`,
    );
  }
  return codecs.map(({ configuration = {} }, k) => {
    const name = names[k];
    if (NATIVE_CODECS.includes(name)) return { name, configuration };
    if (!FILTER_NAMES.includes(name)) return { name: codecName(name), configuration };
    const { isSequential, isLittleEndian } = attempt(() => parseFilter(name, configuration), array);
    if (areBuffers) return { name: codecName(`${name}.bytes`), configuration };
    if (isSequential && names.includes("transpose")) {
      throw new DataError(
        `Cannot read ${array}: its codec "${name}" must not occur together with "transpose", ` +
          "which changes the order of the numbers; write it without one of them",
      );
    }
    if (!isLittleEndian) {
      throw new DataError(
        `Cannot read ${array}: the types of its codec "${name}" must be little-endian`,
      );
    }
    return { name: codecName(name), configuration };
  });
}

function attempt<T>(step: () => T, array: string): T {
  try {
    return step();
  } catch (cause) {
    throw new DataError(`Cannot read ${array}: ${messageOf(cause)}`, { cause });
  }
}

function layoutOf(
  shape: readonly number[],
  chunkShape: readonly number[],
  dataType: NumberType,
  codecs: readonly Codec[],
  fill: unknown,
  name: string,
) {
  if (shape.length !== chunkShape.length) {
    throw new DataError(
      `Cannot read ${name}: its chunks must have ${shape.length} dimensions, they have ` +
        `${chunkShape.length}`,
    );
  }
  const raw = codecs.every((codec) => NATIVE_CODECS.includes(codec.name));
  const isFiltered = codecs.some(({ name }) =>
    FILTER_NAMES.some((filter) => name.startsWith(codecName(filter)))
  );
  const numberBytes = NUMBER_ARRAYS[dataType].BYTES_PER_ELEMENT;
  const chunkLength = chunkShape.reduce((product, n) => product * n, 1);
  const chunkBytes = chunkLength * numberBytes;
  if (chunkBytes > MAX_CHUNK_BYTES) {
    throw new DataError(
      `Cannot read ${name}: a chunk must have at most ${MAX_CHUNK_BYTES} bytes, ` +
        `${chunkShape.join(" × ")} ${dataType} has ${chunkBytes}; write it in smaller chunks`,
    );
  }
  return {
    shape,
    chunkShape,
    dataType,
    raw,
    chunkLength,
    chunkBytes,
    maxChunkBytes: chunkLength * (isFiltered ? MAX_NUMBER_BYTES : numberBytes),
    fillValue: parseFill(fill, dataType, name),
    hasFillValue: fill !== null && fill !== undefined,
  };
}
