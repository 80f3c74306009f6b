/**
 * The bytes of binary arrays: base64, headers with byte counts, compressed blocks, byte order.
 * Errors are `SyntaxError`s that name the fault; the reader adds the names of array and file.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import { messageOf } from "../../errors.ts";
import { decompressLz4 } from "../lz4.ts";
import { decode } from "./xml.ts";

/** Size of written blocks, as in VTK. */
const BLOCK_BYTES = 32768;
/** Compresses as well as zlib's default of 6, in half the time. */
const ZLIB_LEVEL = 3;

/** The encoding of the arrays of a file. */
export interface Packing {
  readonly littleEndian: boolean;
  /** Bytes per number of a header. */
  readonly headerBytes: 4 | 8;
  readonly compressor?: Compressor | undefined;
}

/** Decompresses a block into exactly `size` bytes, or throws. */
export interface Compressor {
  readonly decompress: (block: Uint8Array, size: number) => Uint8Array;
  /** Maximum factor by which a block grows; a larger stated size is refused before allocation. */
  readonly maxRatio: number;
}

/** Compressors by VTK's class, without LZMA: no package for it is both small and maintained. */
export const COMPRESSORS: Readonly<Record<string, Compressor>> = {
  vtkZLibDataCompressor: { decompress: inflate, maxRatio: 1032 },
  vtkLZ4DataCompressor: { decompress: decompressLz4, maxRatio: 255 },
};

/**
 * Decodes base64. Padding may end one stream and another follow, as after a header of compressed
 * blocks.
 */
export function decodeBase64(text: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const streams = decode(text, "latin1").match(/[^=]+=*/g) ?? [];
  try {
    const parts = streams.map((stream) => Uint8Array.fromBase64(stream));
    return parts.length === 1 ? parts[0] : concatenated(parts);
  } catch (cause) {
    throw new SyntaxError("its base64 is damaged or cut short", { cause });
  }
}

/**
 * Unpacks the bytes of numbers, in the byte order of the machine, into a new buffer.
 *
 * A plain array is its byte count and its bytes. A compressed one is the number of blocks, their
 * size, the size of the last one if it is smaller (else 0), the compressed size of each, and the
 * blocks.
 *
 * @param packed Bytes in the file; others may follow
 * @param itemBytes Bytes per number
 * @param expectedBytes Size of the array, if known
 * @param maxBytes Maximum size of the array
 */
export function unpack(
  packed: Uint8Array<ArrayBuffer>,
  packing: Packing,
  itemBytes: number,
  expectedBytes?: number,
  maxBytes = Infinity,
): Uint8Array<ArrayBuffer> {
  const bytes = packing.compressor === undefined
    ? unpackPlain(packed, packing, expectedBytes)
    : unpackBlocks(packed, packing, packing.compressor, expectedBytes, maxBytes);
  if (bytes.length % itemBytes !== 0) {
    throw new SyntaxError(
      `its ${bytes.length} bytes are not a multiple of the ${itemBytes} of a number`,
    );
  }
  if (!packing.littleEndian) swapBytes(bytes, itemBytes);
  return bytes;
}

/** Packs bytes for `unpack`, in zlib blocks with a 64-bit header. */
export function packZlib(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    blocks.push(deflateSync(bytes.subarray(start, start + BLOCK_BYTES), { level: ZLIB_LEVEL }));
  }
  const header = [
    blocks.length,
    BLOCK_BYTES,
    bytes.length % BLOCK_BYTES,
    ...blocks.map(({ length }) => length),
  ];
  return concatenated([new Uint8Array(BigUint64Array.from(header, BigInt).buffer), ...blocks]);
}

function unpackPlain(packed: Uint8Array<ArrayBuffer>, packing: Packing, expectedBytes?: number) {
  const [size] = readHeader(packed, packing, 0, 1);
  checkSize(size, expectedBytes);
  const available = packed.length - packing.headerBytes;
  if (size > available) {
    throw new SyntaxError(`it states ${size} bytes, found ${available}`);
  }
  return packed.slice(packing.headerBytes, packing.headerBytes + size);
}

function unpackBlocks(
  packed: Uint8Array<ArrayBuffer>,
  packing: Packing,
  { decompress, maxRatio }: Compressor,
  expectedBytes: number | undefined,
  maxBytes: number,
) {
  const [count, blockSize, lastSize] = readHeader(packed, packing, 0, 3);
  const sizes = readHeader(packed, packing, 3, count);
  const size = count === 0 ? 0 : (count - 1) * blockSize + (lastSize || blockSize);
  checkSize(size, expectedBytes);
  let start = (3 + count) * packing.headerBytes;
  if (lastSize > blockSize || size > (packed.length - start) * maxRatio) {
    throw new SyntaxError(
      `it states ${size} bytes in ${count} blocks, found ${packed.length - start} compressed bytes`,
    );
  }
  if (size > maxBytes) {
    throw new SyntaxError(
      `it states ${size} bytes, the arrays of a file may have ${maxBytes} more`,
    );
  }
  const bytes = new Uint8Array(size);
  for (let block = 0; block < count; block++) {
    const end = start + sizes[block];
    if (end > packed.length) {
      throw new SyntaxError(`compressed block ${block} of ${count} ends after the data`);
    }
    const at = block * blockSize;
    bytes.set(decompress(packed.subarray(start, end), Math.min(blockSize, size - at)), at);
    start = end;
  }
  return bytes;
}

/** Numbers `first` to `first + count` of a header. */
function readHeader(
  packed: Uint8Array<ArrayBuffer>,
  { headerBytes, littleEndian }: Packing,
  first: number,
  count: number,
): number[] {
  if ((first + count) * headerBytes > packed.length) {
    throw new SyntaxError(`its header is cut short, found ${packed.length} bytes`);
  }
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: count }, (_, i) => {
    const at = (first + i) * headerBytes;
    return headerBytes === 8
      ? Number(view.getBigUint64(at, littleEndian))
      : view.getUint32(at, littleEndian);
  });
}

function checkSize(size: number, expectedBytes = size): void {
  if (size !== expectedBytes) {
    throw new SyntaxError(`expected ${expectedBytes} bytes, found ${size}`);
  }
}

function inflate(block: Uint8Array, size: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = inflateSync(block, { maxOutputLength: size, chunkSize: Math.max(64, size) });
  } catch (cause) {
    throw new SyntaxError(`a compressed block is damaged: ${messageOf(cause)}`, { cause });
  }
  if (bytes.length !== size) {
    throw new SyntaxError(
      `expected ${size} bytes in a compressed block, found ${bytes.length}`,
    );
  }
  return bytes;
}

/** Reverses the bytes of each number in place; the bytes must be the whole of their buffer. */
export function swapBytes(bytes: Uint8Array<ArrayBuffer>, itemBytes: number): void {
  const buffer = Buffer.from(bytes.buffer);
  if (itemBytes === 2) buffer.swap16();
  else if (itemBytes === 4) buffer.swap32();
  else if (itemBytes === 8) buffer.swap64();
}

/** Concatenates arrays of bytes. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let start = 0;
  for (const part of parts) {
    bytes.set(part, start);
    start += part.length;
  }
  return bytes;
}
