/**
 * Blocks of LZ4, as VTK stores them: without the frame that the lz4 program writes.
 *
 * @module
 */

const minMatch = 4;
const longLength = 15;

/**
 * Decompresses a block into exactly `size` bytes.
 *
 * A block is a list of sequences: a token (lengths of both parts, 15 means that more follows),
 * literal bytes, then an offset back into the output and the bytes to repeat from there. The last
 * sequence has literals only. See "LZ4 Block Format Description", Y. Collet.
 *
 * @throws {SyntaxError} when the block is damaged or of another size
 */
export function decompressLz4(block: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(size);
  let from = 0, to = 0;
  const readLength = (short: number) => {
    let length = short;
    if (short === longLength) {
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
    const length = minMatch + readLength(token & 15);
    if (back === 0 || back > to || length > size - to) damaged();
    // Byte by byte, as the part to repeat may run into what it makes.
    for (const end = to + length; to < end; to++) output[to] = output[to - back];
  }
  if (to !== size) damaged();
  return output;
}

function damaged(): never {
  throw new SyntaxError("a compressed block is damaged");
}
