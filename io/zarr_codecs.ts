/**
 * Bounded decompression of Zarr chunks: a chunk never decompresses to more than its shape states.
 * zarrita's own codecs have no bound and do not verify `crc32c`.
 *
 * @module
 */

import { constants, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { registry } from "zarrita";
import { decompressLz4 } from "./lz4.ts";
import { NUMBER_BYTES, type NumberType } from "./zarr_layout.ts";

/** Decompresses to at most `maxBytes`. */
type Decompress = (bytes: Uint8Array, maxBytes: number) => Uint8Array | Promise<Uint8Array>;

/** The chunks that a codec is for. */
interface ChunkType {
  readonly dataType: string;
  readonly shape: readonly number[];
}

/** Codecs by name; zarrita's `bytes`, `transpose`, `shuffle` and `delta` preserve the size. */
const DECOMPRESSORS: Readonly<Record<string, Decompress>> = {
  gzip: (bytes, maxBytes) => gunzipSync(bytes, { maxOutputLength: maxBytes }),
  zlib: (bytes, maxBytes) =>
    inflateSync(bytes, { maxOutputLength: maxBytes, finishFlush: constants.Z_FINISH }),
  zstd: (bytes, maxBytes) => zstdDecompressSync(bytes, { maxOutputLength: maxBytes }),
  // The size, then one block.
  lz4: (bytes, maxBytes) => decompressLz4(bytes.subarray(4), statedBytes(bytes, 0, maxBytes)),
  blosc: decompressBlosc,
  crc32c: (bytes) => withoutCrc32c(bytes),
};

/** A chunk size with an allowance for headers, checksums and blocks that do not compress. */
export function withOverhead(bytes: number): number {
  return bytes + (bytes >> 3) + 65_536;
}

/** Registers these codecs with zarrita. */
export function boundCodecs(): void {
  for (const [name, decompress] of Object.entries(DECOMPRESSORS)) {
    const entry = {
      kind: "bytes_to_bytes" as const,
      fromConfig: (_: unknown, chunk: ChunkType) => new BoundedCodec(decompress, chunk),
    };
    registry.set(name, () => Promise.resolve(entry)).set(
      `numcodecs.${name}`,
      () => Promise.resolve(entry),
    );
  }
}

class BoundedCodec {
  readonly kind = "bytes_to_bytes";
  readonly #decompress: Decompress;
  readonly #maxBytes: number;

  constructor(decompress: Decompress, { dataType, shape }: ChunkType) {
    this.#decompress = decompress;
    // Another codec may follow, which needs the allowance.
    this.#maxBytes = withOverhead(
      shape.reduce((product, n) => product * n, NUMBER_BYTES[dataType as NumberType]),
    );
  }

  encode(): never {
    throw new RangeError("Cannot encode chunk: this codec only decodes");
  }

  async decode(bytes: Uint8Array): Promise<Uint8Array> {
    const decoded = await this.#decompress(bytes, this.#maxBytes);
    // Numbers are viewed in place and must be aligned.
    return decoded.byteOffset % 8 === 0 ? decoded : decoded.slice();
  }
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

/** The bytes before their CRC-32C. @throws {SyntaxError} If the checksum does not match */
function withoutCrc32c(bytes: Uint8Array): Uint8Array {
  const end = bytes.byteLength - 4;
  if (end < 0) throw new SyntaxError(`it has only ${bytes.byteLength} bytes`);
  const stated = new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true);
  const actual = crc32c(bytes.subarray(0, end));
  if (actual === stated) return bytes.subarray(0, end);
  throw new SyntaxError(
    `expected CRC-32C ${stated.toString(16)}, found ${actual.toString(16)}`,
  );
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
