/**
 * Files that are read as a whole, with a bound: the name of a pipe, a device or a file of terabytes
 * ends in an error, not in waiting or in all of the memory taken.
 *
 * @module
 */

import { DataError, messageOf } from "../errors.ts";

/** The most that is held in memory of one file. */
export const mostFileBytes = 2 ** 32;

/**
 * Reads a whole file.
 *
 * @param mostBytes Larger files are refused. @default 4 GiB
 * @throws {DataError} when there is no such file, it is not a file, or too large; its cause is
 * Deno's error if there is one
 */
export async function readWholeFile(
  path: string,
  mostBytes = mostFileBytes,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) {
      throw new DataError(`Cannot read "${path}" as it must be a file: it is a folder or a device`);
    }
    if (size > mostBytes) {
      throw new DataError(
        `Cannot read "${path}" as it must have at most ${mostBytes} bytes: it has ${size}`,
      );
    }
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, {
      cause,
    });
  }
}
