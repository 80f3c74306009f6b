/**
 * Results of stages on disk, by the keys of the stages.
 *
 * Each entry is a directory named by its key. It is written under a temporary name, flushed to disk
 * and then renamed, so it is complete or absent, even if several processes write it or one is
 * killed. All files have checksums: a damaged entry counts as absent and is removed. An open entry
 * is locked and not removed.
 *
 * Why not `cacache`: 21.0.2 (npm's own, maintained; 19 packages, 8.9 MB) fails on import under the
 * permissions of our tasks, because its glob reads an environment variable that they do not grant.
 * With that permission it would still replace only a third of this folder. Its entries are single
 * files: a directory or the tapes of several ranks would need our own index, and tapes, which
 * workers record and replay in place, would be copied twice. It does not lock entries in use, does
 * not flush to disk, and its `verify` reads the complete cache to remove anything; we would still
 * have to bound its size by last use.
 *
 * @module
 */

import { join } from "node:path";
import { messageOf } from "../../../errors.ts";
import { Entry, type EntryRecord, readRecord, RECORD_FILE } from "./cache_entry.ts";
import { LOCK_FILE, PendingEntries } from "./pending_entries.ts";

/** Directory of the cache below the working directory. */
export const CACHE_DIRECTORY = ".haloflow/cache";

/** Limits of a cache. */
export interface CacheLimits {
  /** Larger results are not saved. @default 1 GiB */
  readonly maxEntryBytes?: number | undefined;
  /** Beyond these bytes, the least recently used entries are evicted. @default 4 GiB */
  readonly maxBytes?: number | undefined;
}

/** An entry in a list. */
export interface ListedEntry {
  readonly record: EntryRecord;
  readonly byteLength: number;
  readonly savedAt: Date;
  /** When a run last opened or saved it. */
  readonly usedAt: Date;
}

const KEY = /^[0-9a-f]{64}$/;

/** Ends the name of a directory that is being written or removed. */
const PARTIAL = ".partial";

/** Younger temporary directories may not be locked yet. */
const LEFTOVER_MILLISECONDS = 60_000;

/** The entries in a directory. */
export class StageCache {
  readonly directory: string;
  readonly maxEntryBytes: number;
  readonly #maxBytes: number;
  readonly #warn: (message: string) => void;

  /** @param warn Receives warnings; a damaged entry is not an error */
  constructor(
    directory: string,
    warn: (message: string) => void = () => {},
    { maxEntryBytes = 2 ** 30, maxBytes = 2 ** 32 }: CacheLimits = {},
  ) {
    this.directory = directory;
    this.maxEntryBytes = maxEntryBytes;
    this.#maxBytes = maxBytes;
    this.#warn = warn;
  }

  /**
   * Opens the entry of a key, which counts as used now and is not removed until it is closed.
   *
   * @param withTapes Whether its tapes will be played
   * @returns Undefined if there is none, or only a damaged one.
   */
  async open(key: string, withTapes: boolean): Promise<Entry | undefined> {
    const directory = join(this.directory, key);
    const lock = await openIfPresent(join(directory, RECORD_FILE));
    if (lock === undefined) return undefined;
    let damage: string | undefined;
    try {
      // Another process is removing it.
      if (!await lock.tryLock(false)) return void lock.close();
      const entry = new Entry(directory, await readRecord(directory), lock);
      damage = entry.record.key === key
        ? await entry.damage(withTapes)
        : "it belongs to another key";
      if (damage === undefined) {
        await Deno.utime(directory, new Date(), new Date()).catch(() => {});
        return entry;
      }
    } catch (error) {
      damage = messageOf(error);
    }
    lock.close();
    this.#warn(`cached results in "${directory}" are damaged and computed again: ${damage}`);
    await this.remove(key);
    return undefined;
  }

  /**
   * Opens a place in which to write entries.
   *
   * @throws {Error} If it cannot be created.
   */
  async begin(): Promise<PendingEntries> {
    await Deno.mkdir(this.directory, { recursive: true });
    await this.#removeLeftovers();
    const directory = await Deno.makeTempDir({
      dir: this.directory,
      prefix: "run-",
      suffix: PARTIAL,
    });
    return await PendingEntries.open(directory, this);
  }

  /** All entries, the most recently used first. */
  async list(): Promise<readonly ListedEntry[]> {
    const entries: ListedEntry[] = [];
    for (const key of await this.#keys()) {
      const directory = join(this.directory, key);
      try {
        const record = await readRecord(directory);
        const { mtime } = await Deno.stat(directory);
        const byteLength = record.files.reduce((sum, file) => sum + file.byteLength, 0);
        const savedAt = new Date(record.made);
        entries.push({ record, byteLength, savedAt, usedAt: mtime ?? savedAt });
      } catch {
        // It is being removed, or damaged, which is reported when it is opened.
      }
    }
    return entries.sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
  }

  /**
   * Removes entries that are not in use.
   *
   * @param olderThanSeconds Only entries that were not used for this time
   * @returns Number and bytes of the removed entries.
   */
  async clear(
    olderThanSeconds = 0,
  ): Promise<{ readonly count: number; readonly byteLength: number }> {
    const latest = Date.now() - 1000 * olderThanSeconds;
    const listed = await this.list();
    const old = listed.filter(({ usedAt }) => usedAt.getTime() <= latest);
    let count = 0;
    let byteLength = 0;
    for (const entry of old) {
      if (!await this.remove(entry.record.key)) continue;
      count++;
      byteLength += entry.byteLength;
    }
    // Unreadable entries are of no use.
    const known = listed.map(({ record }) => record.key);
    for (const key of await this.#keys()) if (!known.includes(key)) await this.remove(key);
    await this.#removeLeftovers();
    return { count, byteLength };
  }

  /** Evicts the least recently used entries until the others fit. */
  async trim(): Promise<void> {
    const listed = await this.list();
    let bytes = listed.reduce((sum, { byteLength }) => sum + byteLength, 0);
    for (const { record, byteLength } of listed.toReversed()) {
      if (bytes <= this.#maxBytes) return;
      if (await this.remove(record.key)) bytes -= byteLength;
    }
  }

  /**
   * Removes an entry unless it is in use: first its name, then its files.
   *
   * @returns Whether it was removed.
   */
  async remove(key: string): Promise<boolean> {
    const directory = join(this.directory, key);
    const lock = await openIfPresent(join(directory, RECORD_FILE)).catch(() => undefined);
    try {
      if (lock !== undefined && !await lock.tryLock(true)) return false;
      const removed = await Deno.makeTempDir({
        dir: this.directory,
        prefix: "gone-",
        suffix: PARTIAL,
      });
      await Deno.rename(directory, join(removed, key));
      await Deno.remove(removed, { recursive: true });
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        this.#warn(`cannot remove "${directory}": ${messageOf(error)}`);
      }
      return false;
    } finally {
      lock?.close();
    }
  }

  /** Removes what killed processes left. */
  async #removeLeftovers(): Promise<void> {
    for (const { name } of await entriesOf(this.directory)) {
      if (!name.endsWith(PARTIAL)) continue;
      const directory = join(this.directory, name);
      const lock = await openIfPresent(join(directory, LOCK_FILE)).catch(() => undefined);
      try {
        const { mtime } = await Deno.stat(directory);
        if (Date.now() - (mtime?.getTime() ?? 0) < LEFTOVER_MILLISECONDS) continue;
        if (lock !== undefined && !await lock.tryLock(true)) continue;
        await Deno.remove(directory, { recursive: true });
      } catch {
        // Another process is removing it, or the next run will try again.
      } finally {
        lock?.close();
      }
    }
  }

  async #keys(): Promise<readonly string[]> {
    const names = (await entriesOf(this.directory)).map(({ name }) => name);
    return names.filter((name) => KEY.test(name));
  }
}

async function openIfPresent(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function entriesOf(directory: string): Promise<readonly Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(directory));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
