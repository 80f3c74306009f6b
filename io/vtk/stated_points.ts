/**
 * The size of a mesh in the first lines of its file.
 *
 * @module
 */

import { DataError, messageOf } from "../../errors.ts";

/** Bytes that contain all lines before the first array. */
const HEAD_BYTES = 16_384;

/**
 * The number of points that the first piece of a `.vtu` or `.vtp` file states; undefined if its
 * first lines do not. Only a hint, for planning before all files are read.
 *
 * @throws {DataError} If there is no such file
 */
export async function statedPoints(path: string): Promise<number | undefined> {
  let text: string;
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(HEAD_BYTES);
    text = new TextDecoder("latin1").decode(head.subarray(0, await file.read(head) ?? 0));
  } catch (cause) {
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
  }
  const count = text.match(/<Piece\b[^>]*\bNumberOfPoints\s*=\s*["']\s*(\d{1,12})\s*["']/)?.[1];
  return count === undefined ? undefined : Number(count);
}
