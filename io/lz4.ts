/**
 * LZ4 blocks, without the frame that the lz4 program writes: VTK and Zarr store these. numcodecs
 * has no raw block decoder with a bound: it takes the size from the block and traps on damaged
 * ones, in WebAssembly memory that it never frees.
 *
 * @module
 */

const MIN_MATCH = 4;
/** A length in a token that continues in the next bytes. */
const LONG_LENGTH = 15;

/**
 * Decompresses a block into exactly `size` bytes.
 *
 * @throws {SyntaxError} If the block is damaged or of another size
 */
export function decompressLz4(block: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(size);
  if (appendLz4(block, output, 0) !== size) damaged();
  return output;
}

/**
 * Decompresses a block into `output` from `start`, where it may repeat bytes before `start`.
 *
 * A block is a list of sequences: a token (lengths of both parts), literal bytes, then an offset
 * back into the output and the bytes to repeat from there. The last sequence has literals only. See
 * "LZ4 Block Format Description", Y. Collet.
 *
 * @returns The end of the bytes in `output`
 * @throws {SyntaxError} If the block is damaged or does not fit
 */
export function appendLz4(block: Uint8Array, output: Uint8Array, start: number): number {
  const size = output.length;
  let from = 0;
  let to = start;
  const readLength = (short: number) => {
    let length = short;
    if (short === LONG_LENGTH) {
      let byte: number;
      do length += byte = from < block.length ? block[from++] : damaged(); while (byte === 255);
    }
    return length;
  };
  while (from < block.length) {
    const token = block[from++];
    const literals = readLength(token >> 4);
    if (literals > block.length - from || literals > size - to) damaged();
    for (const end = to + literals; to < end;) output[to++] = block[from++];
    if (from === block.length) break;

    if (from + 2 > block.length) damaged();
    const back = block[from] | block[from + 1] << 8;
    from += 2;
    const length = MIN_MATCH + readLength(token & 15);
    if (back === 0 || back > to || length > size - to) damaged();
    // Byte by byte: the part to repeat may overlap the output.
    for (const end = to + length; to < end; to++) output[to] = output[to - back];
  }
  return to;
}

function damaged(): never {
  throw new SyntaxError("a compressed block is damaged");
}
