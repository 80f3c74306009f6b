/**
 * The compressors of Zarr chunks, with a bound: a chunk never decompresses to more than its shape
 * says, however small it is. (zarrita's own decompress whatever comes, and do not verify `crc32c`.)
 *
 * @module
 */

import { constants, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { registry } from "zarrita";
import { decompressLz4 } from "./lz4.ts";
import { numberBytes, type NumberType } from "./zarr_layout.ts";

/** Decompresses, never to more than so many bytes. */
type Decompress = (bytes: Uint8Array, mostBytes: number) => Uint8Array | Promise<Uint8Array>;

/** What a codec is told of the chunks that it is for. */
interface ChunkType {
  readonly dataType: string;
  readonly shape: readonly number[];
}

/** Codecs by name; `bytes`, `transpose`, `shuffle` and `delta` keep the size and are zarrita's. */
const decompressors: Readonly<Record<string, Decompress>> = {
  gzip: (bytes, mostBytes) => gunzipSync(bytes, { maxOutputLength: mostBytes }),
  zlib: (bytes, mostBytes) =>
    inflateSync(bytes, { maxOutputLength: mostBytes, finishFlush: constants.Z_FINISH }),
  zstd: (bytes, mostBytes) => zstdDecompressSync(bytes, { maxOutputLength: mostBytes }),
  // The size, then one block.
  lz4: (bytes, mostBytes) => decompressLz4(bytes.subarray(4), statedBytes(bytes, 0, mostBytes)),
  blosc: decompressBlosc,
  crc32c: (bytes) => withoutCrc32c(bytes),
};

/**
 * Bytes by which a codec may make a chunk larger: headers, checksums, blocks that do not compress.
 */
export function withOverhead(bytes: number): number {
  return bytes + (bytes >> 3) + 65_536;
}

/** Makes zarrita decompress chunks with these functions. */
export function boundCodecs(): void {
  for (const [name, decompress] of Object.entries(decompressors)) {
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
  readonly #mostBytes: number;

  constructor(decompress: Decompress, { dataType, shape }: ChunkType) {
    this.#decompress = decompress;
    // Another codec may follow, so that a little more is right.
    this.#mostBytes = withOverhead(
      shape.reduce((product, n) => product * n, numberBytes[dataType as NumberType]),
    );
  }

  encode(): never {
    throw new RangeError("Cannot write with this codec as it only reads");
  }

  async decode(bytes: Uint8Array): Promise<Uint8Array> {
    const decoded = await this.#decompress(bytes, this.#mostBytes);
    // Numbers are viewed in place, so their buffer must start with them.
    return decoded.byteOffset % 8 === 0 ? decoded : decoded.slice();
  }
}

/** The size that a header states at a byte. @throws {SyntaxError} when it is too large */
function statedBytes(bytes: Uint8Array, at: number, mostBytes: number): number {
  if (bytes.byteLength < at + 4) throw new SyntaxError(`it has only ${bytes.byteLength} bytes`);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  if (size <= mostBytes) return size;
  throw new SyntaxError(`it states ${size} bytes where at most ${mostBytes} fit into a chunk`);
}

/** Where a header of Blosc states its sizes. */
const bloscHeader = { size: 4, blockSize: 8, compressedSize: 12, length: 16 } as const;

async function decompressBlosc(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  statedBytes(bytes, bloscHeader.size, mostBytes);
  statedBytes(bytes, bloscHeader.blockSize, mostBytes);
  const compressed = statedBytes(bytes, bloscHeader.compressedSize, Infinity);
  if (compressed !== bytes.byteLength) {
    throw new SyntaxError(
      `it states ${compressed} compressed bytes where there are ${bytes.byteLength}`,
    );
  }
  const { default: Blosc } = await import("numcodecs/blosc");
  return await Blosc.fromConfig({ id: "blosc", cname: "zstd", clevel: 0, shuffle: 0, blocksize: 0 })
    .decode(
      bytes,
    );
}

/** The bytes before a CRC-32C, which ends them. @throws {SyntaxError} when it is not theirs */
function withoutCrc32c(bytes: Uint8Array): Uint8Array {
  const end = bytes.byteLength - 4;
  if (end < 0) throw new SyntaxError(`it has only ${bytes.byteLength} bytes`);
  const stated = new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true);
  const actual = crc32c(bytes.subarray(0, end));
  if (actual === stated) return bytes.subarray(0, end);
  throw new SyntaxError(
    `its CRC-32C is ${actual.toString(16)} where ${stated.toString(16)} is expected`,
  );
}

/** Reflected polynomial of Castagnoli. */
const castagnoli = 0x82f63b78;

const crc32cTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >>> 1 ^ castagnoli : value >>> 1;
  return value;
});

/** The CRC-32C of bytes (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  let value = ~0;
  for (let i = 0; i < bytes.length; i++) {
    value = value >>> 8 ^ crc32cTable[(value ^ bytes[i]) & 255];
  }
  return ~value >>> 0;
}
