/**
 * The bytes of binary arrays: base64, byte counts and compressed blocks in front of them, byte
 * order. Errors are `SyntaxError`s that say what is wrong; the reader adds the names of array and
 * file.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import { messageOf } from "../../errors.ts";
import { decompressLz4 } from "../lz4.ts";
import { decode } from "./xml.ts";

/** Size of the blocks that are written, as VTK's own. */
const blockBytes = 32768;
/** Files as small as by zlib's default of 6, in half the time. */
const zlibLevel = 3;

/** How a file packs its arrays. */
export interface Packing {
  readonly littleEndian: boolean;
  /** Bytes of each number of a header. */
  readonly headerBytes: 4 | 8;
  readonly compressor?: Compressor | undefined;
}

/** Decompresses a block into exactly `size` bytes, or throws. */
export interface Compressor {
  readonly decompress: (block: Uint8Array, size: number) => Uint8Array;
  /** No block grows by more than this: a larger size is a lie, found before any memory is taken. */
  readonly maxRatio: number;
}

/**
 * Compressors by VTK's class. LZMA is not among them: no package for it is both small and well
 * kept.
 */
export const compressors: Readonly<Record<string, Compressor>> = {
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
 * The numbers' bytes, in this machine's order, at the start of a buffer of their own.
 *
 * A plain array is its byte count and its bytes. A compressed one is the count of blocks, their
 * size, that of the last one if it is smaller (else 0), the compressed size of each, and the
 * blocks.
 *
 * @param packed What the file holds; bytes may follow
 * @param itemBytes Bytes of a number
 * @param expectedBytes What the array must have, where that is known
 * @param mostBytes What there is room for
 */
export function unpack(
  packed: Uint8Array<ArrayBuffer>,
  packing: Packing,
  itemBytes: number,
  expectedBytes?: number,
  mostBytes = Infinity,
): Uint8Array<ArrayBuffer> {
  const bytes = packing.compressor === undefined
    ? unpackPlain(packed, packing, expectedBytes)
    : unpackBlocks(packed, packing, packing.compressor, expectedBytes, mostBytes);
  if (bytes.length % itemBytes !== 0) {
    throw new SyntaxError(`${bytes.length} bytes are no whole count of numbers of ${itemBytes}`);
  }
  if (!packing.littleEndian) swapBytes(bytes, itemBytes);
  return bytes;
}

/** Packs bytes as `unpack` takes them back, in zlib blocks with a 64-bit header. */
export function packZlib(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += blockBytes) {
    blocks.push(deflateSync(bytes.subarray(start, start + blockBytes), { level: zlibLevel }));
  }
  const header = [
    blocks.length,
    blockBytes,
    bytes.length % blockBytes,
    ...blocks.map(({ length }) => length),
  ];
  return concatenated([new Uint8Array(BigUint64Array.from(header, BigInt).buffer), ...blocks]);
}

function unpackPlain(packed: Uint8Array<ArrayBuffer>, packing: Packing, expectedBytes?: number) {
  const [size] = readHeader(packed, packing, 0, 1);
  checkSize(size, expectedBytes);
  const available = packed.length - packing.headerBytes;
  if (size > available) {
    throw new SyntaxError(`it states ${size} bytes where ${available} are left`);
  }
  return packed.slice(packing.headerBytes, packing.headerBytes + size);
}

function unpackBlocks(
  packed: Uint8Array<ArrayBuffer>,
  packing: Packing,
  { decompress, maxRatio }: Compressor,
  expectedBytes: number | undefined,
  mostBytes: number,
) {
  const [count, blockSize, lastSize] = readHeader(packed, packing, 0, 3);
  const sizes = readHeader(packed, packing, 3, count);
  const size = count === 0 ? 0 : (count - 1) * blockSize + (lastSize || blockSize);
  checkSize(size, expectedBytes);
  let start = (3 + count) * packing.headerBytes;
  if (lastSize > blockSize || size > (packed.length - start) * maxRatio) {
    throw new SyntaxError(
      `it states ${size} bytes in ${count} blocks where ${packed.length - start} ` +
        "compressed bytes are left",
    );
  }
  if (size > mostBytes) {
    throw new SyntaxError(
      `it states ${size} bytes where the arrays of a file may have ${mostBytes} more`,
    );
  }
  const bytes = new Uint8Array(size);
  for (let block = 0; block < count; block++) {
    const end = start + sizes[block];
    if (end > packed.length) {
      throw new SyntaxError(`compressed block ${block} of ${count} ends behind the data`);
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
    throw new SyntaxError(`its header is cut short: ${packed.length} bytes are left`);
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
    throw new SyntaxError(`it has ${size} bytes where ${expectedBytes} are expected`);
  }
}

function inflate(block: Uint8Array, size: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = inflateSync(block, { maxOutputLength: size, chunkSize: Math.max(64, size) });
  } catch (cause) {
    const reason = messageOf(cause);
    throw new SyntaxError(`a compressed block is damaged: ${reason}`, { cause });
  }
  if (bytes.length !== size) {
    throw new SyntaxError(
      `a compressed block has ${bytes.length} bytes where ${size} are expected`,
    );
  }
  return bytes;
}

function swapBytes(bytes: Uint8Array<ArrayBuffer>, itemBytes: number): void {
  const buffer = Buffer.from(bytes.buffer);
  if (itemBytes === 2) buffer.swap16();
  else if (itemBytes === 4) buffer.swap32();
  else if (itemBytes === 8) buffer.swap64();
}

/** One array of bytes behind the other. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let start = 0;
  for (const part of parts) {
    bytes.set(part, start);
    start += part.length;
  }
  return bytes;
}
