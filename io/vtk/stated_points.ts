/**
 * The size of a mesh from the first lines of its file.
 *
 * @module
 */

import { DataError, messageOf } from "../../errors.ts";

/** More than the lines before the first array of any file. */
const headBytes = 16_384;

/**
 * The points that the first piece of a `.vtu` or `.vtp` file states to have; undefined where its
 * first lines do not tell. Only a hint, for what must be planned before all files are read.
 *
 * @throws {DataError} when there is no such file
 */
export async function statedPoints(path: string): Promise<number | undefined> {
  let text: string;
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(headBytes);
    text = new TextDecoder("latin1").decode(head.subarray(0, await file.read(head) ?? 0));
  } catch (cause) {
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, {
      cause,
    });
  }
  const count = text.match(/<Piece\b[^>]*\bNumberOfPoints\s*=\s*["']\s*(\d{1,12})\s*["']/)?.[1];
  return count === undefined ? undefined : Number(count);
}
