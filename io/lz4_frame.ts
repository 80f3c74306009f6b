/**
 * LZ4 frames: blocks of LZ4 with a header, as the lz4 program, Arrow and Feather write them. See
 * "LZ4 Frame Format Description", Y. Collet. Checksums are passed over: Arrow writes none.
 *
 * @module
 */

import { appendLz4 } from "./lz4.ts";

const MAGIC = 0x184d2204;

/** Bits of the first byte of the header. */
const FLAGS = { dictionary: 1, contentChecksum: 4, contentSize: 8, blockChecksum: 16 } as const;

const VERSION_SHIFT = 6;
const VERSION = 1;

/** Bit of a block's size: the block is stored without compression. */
const STORED_BIT = 0x80000000;

/**
 * Decompresses a frame into exactly `size` bytes.
 *
 * @throws {SyntaxError} If the frame is damaged or of another size
 */
export function decompressLz4Frame(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const output = new Uint8Array(size);
  const fail = (): never => {
    throw new SyntaxError("an LZ4 frame is damaged");
  };
  const word = (at: number) => at + 4 <= bytes.length ? view.getUint32(at, true) : fail();
  if (word(0) !== MAGIC) fail();
  const flags = bytes[4];
  if (flags >> VERSION_SHIFT !== VERSION || flags & FLAGS.dictionary) fail();
  let from = 7 + (flags & FLAGS.contentSize ? 8 : 0);
  let to = 0;
  for (let header = word(from); header !== 0; header = word(from)) {
    from += 4;
    const length = header & ~STORED_BIT;
    if (length < 0 || length > bytes.length - from) fail();
    const block = bytes.subarray(from, from + length);
    if (header & STORED_BIT) {
      if (length > size - to) fail();
      output.set(block, to);
      to += length;
    } else {
      to = appendLz4(block, output, to);
    }
    from += length + (flags & FLAGS.blockChecksum ? 4 : 0);
  }
  if (to !== size) fail();
  return output;
}
