/** Files that may be absent. @module */

/**
 * The result of an operation on a file; undefined if there is no such file.
 *
 * @throws {Error} If the operation fails for another reason.
 */
export async function ifPresent<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
