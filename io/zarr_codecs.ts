/**
 * Codecs of Zarr chunks: decompression, which never yields more than the shape of a chunk states,
 * checksums and filters. zarrita's own codecs have no bound, verify no checksums, and ignore
 * parameters of `shuffle` and `delta`.
 *
 * @module
 */

import { registry } from "zarrita";
import { decompressLz4 } from "./lz4.ts";
import { zlib } from "./node_zlib.ts";
import { type Numbers, type NumberType, readNumbers, writeNumbers } from "./numpy_types.ts";
import { type Filter, FILTER_NAMES, parseFilter } from "./zarr_filters.ts";

/** Bytes of the widest numbers. */
export const MAX_NUMBER_BYTES = 8;
const CHECKSUM_BYTES = 4;

/** Decompresses to at most `maxBytes`. */
type Decompress = (
  bytes: Uint8Array,
  maxBytes: number,
  configuration: Configuration,
) => Uint8Array | Promise<Uint8Array>;

/** Parameters of a codec, from untrusted metadata. */
type Configuration = Readonly<Record<string, unknown>>;

/** The chunks that a codec is for. */
interface ChunkType {
  readonly dataType: NumberType;
  readonly shape: readonly number[];
}

/** A chunk of zarrita. */
interface DecodedChunk {
  readonly data: Numbers;
  readonly shape: number[];
  readonly stride: number[];
}

/** Codecs of bytes by name. */
const DECOMPRESSORS: Readonly<Record<string, Decompress>> = {
  gzip: (bytes, maxBytes) => zlib().gunzipSync(bytes, { maxOutputLength: maxBytes }),
  zlib: (bytes, maxBytes) =>
    zlib().inflateSync(bytes, {
      maxOutputLength: maxBytes,
      finishFlush: zlib().constants.Z_FINISH,
    }),
  zstd: (bytes, maxBytes) => zlib().zstdDecompressSync(bytes, { maxOutputLength: maxBytes }),
  // The size, then one block.
  lz4: (bytes, maxBytes) => decompressLz4(bytes.subarray(4), statedBytes(bytes, 0, maxBytes)),
  blosc: decompressBlosc,
  shuffle: (bytes, _, { elementsize = 4 }) => unshuffle(bytes, elementsize),
  crc32c: (bytes, _, { location = "end" }) => withoutChecksum(bytes, "CRC-32C", crc32c, location),
  crc32: (bytes, _, { location = "start" }) =>
    withoutChecksum(bytes, "CRC-32", zlib().crc32, location),
  adler32: (bytes, _, { location = "start" }) =>
    withoutChecksum(bytes, "Adler-32", adler32, location),
  fletcher32: (bytes) => withoutChecksum(bytes, "Fletcher-32", fletcher32, "end"),
};

/** Names of the codecs that preserve or compress bytes. */
export const BYTE_CODECS: readonly string[] = Object.keys(DECOMPRESSORS);

/** A chunk size with an allowance for headers, checksums and blocks that do not compress. */
export function withOverhead(bytes: number): number {
  return bytes + (bytes >> 3) + 65_536;
}

/**
 * Registers all codecs with zarrita under names that its own do not have, so that none of those is
 * used: they have no bound, and ignore some parameters.
 */
export function registerCodecs(): void {
  const register = (
    name: string,
    fromConfig: (configuration: Configuration, chunk: ChunkType) => unknown,
  ) => {
    const entry = { fromConfig };
    registry.set(codecName(name), () => Promise.resolve(entry as never));
  };
  for (const [name, decompress] of Object.entries(DECOMPRESSORS)) {
    register(name, (configuration = {}, chunk) => new ByteCodec(decompress, configuration, chunk));
  }
  for (const name of FILTER_NAMES) {
    register(
      `${name}.bytes`,
      (configuration) => new BufferFilter(parseFilter(name, configuration)),
    );
    register(
      name,
      (configuration, chunk) => new ArrayFilter(parseFilter(name, configuration), chunk),
    );
  }
}

/** The name of a codec in metadata for zarrita. */
export function codecName(name: string): string {
  return `haloflow.${name}`;
}

/** A codec from bytes to bytes. */
class ByteCodec {
  readonly kind = "bytes_to_bytes";
  readonly #decompress: Decompress;
  readonly #configuration: Configuration;
  readonly #maxBytes: number;

  constructor(decompress: Decompress, configuration: Configuration, { shape }: ChunkType) {
    this.#decompress = decompress;
    this.#configuration = configuration;
    // A filter may store numbers as a wider type, and another codec may follow, which needs the
    // allowance.
    this.#maxBytes = withOverhead(shape.reduce((product, n) => product * n, MAX_NUMBER_BYTES));
  }

  encode(): never {
    throw new RangeError("Cannot encode chunk: this codec only decodes");
  }

  /** The size of the index of a shard, which a checksum may follow. */
  computeEncodedSize(size: number): number {
    return size + CHECKSUM_BYTES;
  }

  async decode(bytes: Uint8Array): Promise<Uint8Array> {
    const decoded = await this.#decompress(bytes, this.#maxBytes, this.#configuration);
    // Numbers are viewed in place and must be aligned. `slice` of Node's Buffer does not copy.
    return decoded.byteOffset % MAX_NUMBER_BYTES === 0
      ? new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength)
      : new Uint8Array(decoded);
  }
}

/** A filter of version 2, between the bytes of a chunk in memory and its compressor. */
class BufferFilter {
  readonly kind = "bytes_to_bytes";
  readonly #filter: Filter;

  constructor(filter: Filter) {
    this.#filter = filter;
  }

  encode(): never {
    throw new RangeError("Cannot encode chunk: this codec only decodes");
  }

  decode(bytes: Uint8Array): Uint8Array {
    return this.#filter.decode(bytes);
  }
}

/** A filter of version 3, which changes the type of the array that the codecs after it see. */
class ArrayFilter {
  readonly kind = "array_to_array";
  readonly #filter: Filter;
  readonly #chunk: ChunkType;

  constructor(filter: Filter, chunk: ChunkType) {
    this.#filter = filter;
    this.#chunk = chunk;
  }

  getEncodedMeta(chunk: ChunkType): ChunkType {
    return { ...chunk, dataType: this.#filter.encodedType ?? chunk.dataType };
  }

  encode(): never {
    throw new RangeError("Cannot encode chunk: this codec only decodes");
  }

  decode({ data, shape, stride }: DecodedChunk): DecodedChunk {
    const bytes = this.#filter.decode(writeNumbers(data, false));
    const type = { dataType: this.#chunk.dataType, isBigEndian: false };
    return { data: readNumbers(bytes, type), shape, stride };
  }
}

/** Puts the bytes of each element together again; the first bytes of all come first. */
function unshuffle(bytes: Uint8Array, elementSize: unknown): Uint8Array {
  if (typeof elementSize !== "number" || !Number.isSafeInteger(elementSize) || elementSize < 0) {
    throw new SyntaxError(`elementsize of its codec must be a count, received ${elementSize}`);
  }
  if (elementSize <= 1) return bytes;
  const count = bytes.length / elementSize;
  if (!Number.isInteger(count)) {
    throw new SyntaxError(
      `its ${bytes.length} bytes must be a multiple of the element size ${elementSize}`,
    );
  }
  const result = new Uint8Array(bytes.length);
  for (let byte = 0; byte < elementSize; byte++) {
    for (let i = 0; i < count; i++) result[i * elementSize + byte] = bytes[byte * count + i];
  }
  return result;
}

/** The size that a header states at a position. @throws {SyntaxError} If it is too large */
function statedBytes(bytes: Uint8Array, at: number, maxBytes: number): number {
  if (bytes.byteLength < at + 4) throw new SyntaxError(`it has only ${bytes.byteLength} bytes`);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  if (size <= maxBytes) return size;
  throw new SyntaxError(`it states ${size} bytes, more than the ${maxBytes} of a chunk`);
}

/** Positions of the sizes in a Blosc header. */
const BLOSC_HEADER = { size: 4, blockSize: 8, compressedSize: 12, length: 16 } as const;

async function decompressBlosc(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  statedBytes(bytes, BLOSC_HEADER.size, maxBytes);
  statedBytes(bytes, BLOSC_HEADER.blockSize, maxBytes);
  const compressed = statedBytes(bytes, BLOSC_HEADER.compressedSize, Infinity);
  if (compressed !== bytes.byteLength) {
    throw new SyntaxError(
      `it states ${compressed} compressed bytes, found ${bytes.byteLength}`,
    );
  }
  const { default: Blosc } = await import("numcodecs/blosc");
  return await Blosc.fromConfig({ id: "blosc", cname: "zstd", clevel: 0, shuffle: 0, blocksize: 0 })
    .decode(
      bytes,
    );
}

/** The bytes without their checksum. @throws {SyntaxError} If it does not match */
function withoutChecksum(
  bytes: Uint8Array,
  name: string,
  checksumOf: (bytes: Uint8Array) => number,
  location: unknown,
): Uint8Array {
  const length = bytes.byteLength - CHECKSUM_BYTES;
  if (length < 0) throw new SyntaxError(`it has only ${bytes.byteLength} bytes`);
  const isFirst = location === "start";
  const content = isFirst ? bytes.subarray(CHECKSUM_BYTES) : bytes.subarray(0, length);
  const stated = new DataView(bytes.buffer, bytes.byteOffset).getUint32(isFirst ? 0 : length, true);
  const actual = checksumOf(content);
  if (actual === stated) return content;
  throw new SyntaxError(
    `expected ${name} ${stated.toString(16)}, found ${actual.toString(16)}; the store is damaged`,
  );
}

/** Adler-32 (RFC 1950). */
function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return (high << 16 | low) >>> 0;
}

/** Fletcher-32 of big-endian words, as HDF5 computes it. */
function fletcher32(bytes: Uint8Array): number {
  let low = 0;
  let high = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    low = (low + (bytes[at] << 8 | (bytes[at + 1] ?? 0))) % 65_535;
    high = (high + low) % 65_535;
  }
  return (high << 16 | low) >>> 0;
}

/** The Castagnoli polynomial, reflected. */
const CASTAGNOLI = 0x82f63b78;

const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >>> 1 ^ CASTAGNOLI : value >>> 1;
  return value;
});

/** The CRC-32C of bytes (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  let value = ~0;
  for (let i = 0; i < bytes.length; i++) {
    value = value >>> 8 ^ CRC32C_TABLE[(value ^ bytes[i]) & 255];
  }
  return ~value >>> 0;
}
