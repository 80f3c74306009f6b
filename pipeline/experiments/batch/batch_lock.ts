/**
 * A lock that the processes of one batch share: shards write the same table.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../../errors.ts";
import { writeError } from "../../../io/atomic_write.ts";

const LOCK_FILE = "lock";

/** Interval between attempts to acquire the lock. */
const POLL_MILLISECONDS = 50;

/**
 * Runs `work` while no other process of the batch holds the lock.
 *
 * The system releases the lock when a process is killed. A shared file system must support locks,
 * as NFS and Lustre do by default.
 *
 * @throws {UserError} If the signal is aborted first.
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
