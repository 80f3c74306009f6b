/**
 * Reads complete files up to a bound: a pipe, a device or a file of terabytes is an error, not an
 * endless wait or an allocation of all memory.
 *
 * @module
 */

import { DataError, messageOf } from "../errors.ts";

/** Maximum size of a file in memory. */
export const MAX_FILE_BYTES = 2 ** 32;

/**
 * Reads a complete file of up to 4 GiB.
 *
 * @throws {DataError} If there is no such file, it is not a file, or it is too large; its cause is
 *   Deno's error, if any
 */
export async function readWholeFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) {
      throw new DataError(`Cannot read "${path}": it must be a file, not a folder or a device`);
    }
    if (size > MAX_FILE_BYTES) {
      throw new DataError(
        `Cannot read "${path}": it must have at most ${MAX_FILE_BYTES} bytes, it has ${size}`,
      );
    }
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
  }
}
