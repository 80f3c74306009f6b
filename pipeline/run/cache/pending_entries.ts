/**
 * Entries of the cache in the making.
 *
 * @module
 */

import { join } from "node:path";
import { writeDurably } from "../../../io/atomic_write.ts";
import { tapePath } from "../../engine/channels/tape.ts";
import { type EntryRecord, FILES, RECORD_FILE, TAPES } from "./cache_entry.ts";
import { copyDurably, filesAt, type KeptFile, keptFile, totalBytes } from "./saved_files.ts";

/**
 * Held by the process that makes entries in a temporary directory, so that nobody takes it for a
 * leftover.
 */
export const LOCK_FILE = "lock";

/** What is to be kept of a stage. */
export interface KeptResult extends Omit<EntryRecord, "made" | "files"> {
  /** The directory of the run, below which it wrote. */
  readonly directory: string;
  /** Ranks that were recorded; 0 for a stage without output. */
  readonly tapeCount: number;
}

/** What entries are made for. */
interface Home {
  readonly directory: string;
  readonly mostEntryBytes: number;
}

/** A temporary directory in which a run makes entries. */
export class PendingEntries implements AsyncDisposable {
  readonly #directory: string;
  readonly #cache: Home;
  readonly #lock: Deno.FsFile;
  /** Directories by stage, whose names may be any. */
  readonly #places = new Map<string, string>();

  private constructor(directory: string, cache: Home, lock: Deno.FsFile) {
    this.#directory = directory;
    this.#cache = cache;
    this.#lock = lock;
  }

  /** Takes an empty directory for the entries of `cache`. */
  static async open(directory: string, cache: Home): Promise<PendingEntries> {
    const lock = await Deno.open(join(directory, LOCK_FILE), { write: true, create: true });
    await lock.tryLock(true);
    return new PendingEntries(directory, cache, lock);
  }

  /** Where a stage is recorded. */
  async tapesOf(stage: string): Promise<string> {
    const directory = join(this.#placeOf(stage), TAPES);
    await Deno.mkdir(directory, { recursive: true });
    return directory;
  }

  /**
   * Makes an entry of what a stage did; none of what is too large, or was not recorded to its end.
   *
   * @throws {Error} If the entry cannot be written, or the stage did not write what it states
   */
  async keep({ directory, tapeCount, ...result }: KeptResult): Promise<void> {
    const place = this.#placeOf(result.stage);
    const written = (await Promise.all(result.writes.map((path) => filesAt(directory, path))))
      .flat();
    const tapes = Array.from({ length: tapeCount }, (_, rank) => tapePath(TAPES, rank));
    for (const tape of tapes) {
      if (!await isThere(join(place, tape))) return;
    }
    const byteLength = await totalBytes(directory, written) + await totalBytes(place, tapes);
    if (byteLength > this.#cache.mostEntryBytes) return;
    const files: KeptFile[] = [];
    for (const tape of tapes) files.push(await keptFile(place, tape));
    for (const path of written) {
      // Of the original: a copy that went wrong is then seen.
      const file = await keptFile(directory, path);
      files.push({ ...file, path: `${FILES}/${path}` });
      await copyDurably(join(directory, path), join(place, FILES, path));
    }
    const record: EntryRecord = { ...result, made: new Date().toISOString(), files };
    await Deno.mkdir(place, { recursive: true });
    await writeDurably(join(place, RECORD_FILE), new TextEncoder().encode(JSON.stringify(record)));
    const target = join(this.#cache.directory, result.key);
    try {
      await Deno.rename(place, target);
    } catch (error) {
      // Of two runs that make the same, the first is as good as the second.
      if (
        !["ENOTEMPTY", "EEXIST"].includes(
          (error as { readonly code?: string | undefined }).code ?? "",
        )
      ) throw error;
    }
  }

  /** Removes what was not kept. */
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

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
