/**
 * Entries of the stage cache that a run is writing.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { writeDurably } from "../../../io/atomic_write.ts";
import { tapePath } from "../../engine/channels/tape.ts";
import { type EntryRecord, FILES, RECORD_FILE, TAPES } from "./cache_entry.ts";
import { checksum, type ChecksummedFile, filesAt, totalBytes } from "./file_checksums.ts";

/** Locked by the process that writes entries, so that no other removes them as leftovers. */
export const LOCK_FILE = "lock";

/** Results of a stage. */
export interface StageResults extends Omit<EntryRecord, "made" | "files"> {
  /** The directory of the run, below which the stage wrote. */
  readonly directory: string;
  /** Number of recorded ranks; 0 for a stage without output. */
  readonly tapeCount: number;
}

/** The cache that gets the entries. */
interface Destination {
  readonly directory: string;
  readonly maxEntryBytes: number;
}

/** A temporary directory in which a run writes entries. */
export class PendingEntries implements AsyncDisposable {
  readonly #directory: string;
  readonly #cache: Destination;
  readonly #lock: Deno.FsFile;
  /** A directory per stage; names of stages may not be valid file names. */
  readonly #places = new Map<string, string>();

  private constructor(directory: string, cache: Destination, lock: Deno.FsFile) {
    this.#directory = directory;
    this.#cache = cache;
    this.#lock = lock;
  }

  /** Opens an empty directory for entries of `cache`. */
  static async open(directory: string, cache: Destination): Promise<PendingEntries> {
    const lock = await Deno.open(join(directory, LOCK_FILE), { write: true, create: true });
    await lock.tryLock(true);
    return new PendingEntries(directory, cache, lock);
  }

  /** The directory in which to record a stage. */
  async tapesOf(stage: string): Promise<string> {
    const directory = join(this.#placeOf(stage), TAPES);
    await Deno.mkdir(directory, { recursive: true });
    return directory;
  }

  /**
   * Saves results as an entry, unless they are too large or were not recorded to the end.
   *
   * @throws {Error} If the entry cannot be written, or the stage did not write what it declares.
   */
  async save({ directory, tapeCount, ...results }: StageResults): Promise<void> {
    const place = this.#placeOf(results.stage);
    const lists = await Promise.all(results.writes.map((path) => filesAt(directory, path)));
    const written = lists.flat();
    const tapes = Array.from({ length: tapeCount }, (_, rank) => tapePath(TAPES, rank));
    for (const tape of tapes) if (!await exists(join(place, tape))) return;
    const byteLength = await totalBytes(directory, written) + await totalBytes(place, tapes);
    if (byteLength > this.#cache.maxEntryBytes) return;
    const files: ChecksummedFile[] = [];
    for (const tape of tapes) files.push(await checksum(place, tape));
    for (const path of written) {
      // The checksums are those of the originals, so that a bad copy is detected.
      files.push({ ...await checksum(directory, path), path: `${FILES}/${path}` });
      await copyDurably(join(directory, path), join(place, FILES, path));
    }
    const record: EntryRecord = { ...results, made: new Date().toISOString(), files };
    await Deno.mkdir(place, { recursive: true });
    await writeDurably(join(place, RECORD_FILE), new TextEncoder().encode(JSON.stringify(record)));
    await publish(place, join(this.#cache.directory, results.key));
  }

  /** Removes what was not saved. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true }).catch(() => {});
    this.#lock.close();
  }

  #placeOf(stage: string): string {
    const known = this.#places.get(stage);
    if (known !== undefined) return known;
    const place = join(this.#directory, String(this.#places.size));
    this.#places.set(stage, place);
    return place;
  }
}

/** Gives an entry its name, unless another run has saved the same entry in the meantime. */
async function publish(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    const { code = "" } = error as { readonly code?: string | undefined };
    if (!["ENOTEMPTY", "EEXIST"].includes(code)) throw error;
  }
}

/** Copies a file and flushes the copy to disk. */
async function copyDurably(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
  using file = await Deno.open(to, { write: true });
  await file.syncData();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
