/**
 * A lock that the processes of one batch share: shards write the same table.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../../errors.ts";
import { writeError } from "../../../io/atomic_write.ts";

const LOCK_FILE = "lock";

/** How often it is asked for. */
const POLL_MILLISECONDS = 50;

/**
 * Does something while no other process of the batch does.
 *
 * The system gives the lock back when a process is killed. On a shared file system it must know
 * locks, as NFS and Lustre do unless they are told not to.
 *
 * @throws {UserError} If the signal is aborted before.
 */
export async function whileLocked<T>(
  directory: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  using file = await openLock(directory);
  while (!await file.tryLock(true)) {
    if (signal.aborted) {
      throw new UserError("Cannot wait for another process of the batch: interrupted");
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  return await work();
}

async function openLock(directory: string): Promise<Deno.FsFile> {
  const path = join(directory, LOCK_FILE);
  try {
    await Deno.mkdir(directory, { recursive: true });
    return await Deno.open(path, { write: true, create: true });
  } catch (cause) {
    throw writeError(path, cause);
  }
}
