/**
 * Results of stages that are kept on the disk, by the keys of the stages.
 *
 * Every entry is a directory with the name of its key. It is made under a temporary name and
 * renamed once it is whole and on the disk: it is complete or absent, whoever else writes at the
 * same time and whenever a process is killed. All its files have checksums: a damaged entry counts
 * as absent, and goes. An entry in use is locked, and stays.
 *
 * @module
 */

import { join } from "node:path";
import { messageOf } from "../../../errors.ts";
import { Entry, type EntryRecord, readRecord, RECORD_FILE } from "./cache_entry.ts";
import { LOCK_FILE, PendingEntries } from "./pending_entries.ts";

/** Where the results of runs are kept, below the working directory. */
export const CACHE_DIRECTORY = ".haloflow/cache";

/** How much is kept. */
export interface CacheLimits {
  /** Larger results are not kept. @default 1 GiB */
  readonly mostEntryBytes?: number | undefined;
  /** Most bytes of all entries: those that were not used for longest go. @default 4 GiB */
  readonly mostBytes?: number | undefined;
}

/** An entry as a list of them shows it. */
export interface ListedEntry {
  readonly record: EntryRecord;
  readonly byteLength: number;
  readonly made: Date;
  /** When a run last took or kept it. */
  readonly used: Date;
}

const KEY = /^[0-9a-f]{64}$/;

/** Ends the name of what is being made or removed. */
const PARTIAL = ".partial";

/** A process that makes a temporary directory has locked it by then. */
const LEFTOVER_MILLISECONDS = 60_000;

/** The entries of a directory. */
export class Cache {
  readonly directory: string;
  readonly mostEntryBytes: number;
  readonly #mostBytes: number;
  readonly #warn: (message: string) => void;

  /** @param warn Told what the user should know; nothing that happens to the cache is an error. */
  constructor(
    directory: string,
    warn: (message: string) => void = () => {},
    { mostEntryBytes = 2 ** 30, mostBytes = 2 ** 32 }: CacheLimits = {},
  ) {
    this.directory = directory;
    this.mostEntryBytes = mostEntryBytes;
    this.#mostBytes = mostBytes;
    this.#warn = warn;
  }

  /**
   * The entry of a key, if there is one that is whole. It counts as used now, and stays until it is
   * closed.
   *
   * @param wantsTapes Whether its tapes will be played
   */
  async take(key: string, wantsTapes: boolean): Promise<Entry | undefined> {
    const directory = join(this.directory, key);
    const lock = await openIfThere(join(directory, RECORD_FILE));
    if (lock === undefined) return undefined;
    let damage: string | undefined;
    try {
      // Somebody is removing it.
      if (!await lock.tryLock(false)) return void lock.close();
      const entry = new Entry(directory, await readRecord(directory), lock);
      damage = entry.record.key === key
        ? await entry.damage(wantsTapes)
        : "it is that of another key";
      if (damage === undefined) {
        await Deno.utime(directory, new Date(), new Date()).catch(() => {});
        return entry;
      }
    } catch (error) {
      damage = messageOf(error);
    }
    lock.close();
    this.#warn(`what is kept in "${directory}" is damaged and is made again: ${damage}`);
    await this.remove(key);
    return undefined;
  }

  /** A place for entries that are being made. @throws {Error} If it cannot be made */
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

  /** All entries, the last used first. */
  async list(): Promise<readonly ListedEntry[]> {
    const entries: ListedEntry[] = [];
    for (const key of await this.#keys()) {
      const directory = join(this.directory, key);
      try {
        const record = await readRecord(directory);
        const { mtime } = await Deno.stat(directory);
        const byteLength = record.files.reduce((sum, file) => sum + file.byteLength, 0);
        const made = new Date(record.made);
        entries.push({ record, byteLength, made, used: mtime ?? made });
      } catch {
        // It is being removed, or damaged: then it shows when it is taken.
      }
    }
    return entries.sort((a, b) => b.used.getTime() - a.used.getTime());
  }

  /**
   * Removes entries that are not in use.
   *
   * @param olderThanSeconds Only those that were not used for so long
   * @returns How many were removed, and their bytes
   */
  async clear(
    olderThanSeconds = 0,
  ): Promise<{ readonly count: number; readonly byteLength: number }> {
    const latest = Date.now() - 1000 * olderThanSeconds;
    let count = 0, byteLength = 0;
    const listed = await this.list();
    const known = listed.map(({ record }) => record.key);
    for (const entry of listed) {
      if (entry.used.getTime() > latest || !await this.remove(entry.record.key)) continue;
      count++;
      byteLength += entry.byteLength;
    }
    // What cannot be read is of no use to anybody.
    for (const key of await this.#keys()) if (!known.includes(key)) await this.remove(key);
    await this.#removeLeftovers();
    return { count, byteLength };
  }

  /** Removes what was not used for longest, until the rest fits. */
  async trim(): Promise<void> {
    const listed = await this.list();
    let bytes = listed.reduce((sum, { byteLength }) => sum + byteLength, 0);
    for (const { record, byteLength } of listed.toReversed()) {
      if (bytes <= this.#mostBytes) return;
      if (await this.remove(record.key)) bytes -= byteLength;
    }
  }

  /**
   * Removes an entry unless it is in use: first its name goes, then what it held. @returns Whether
   * it is gone
   */
  async remove(key: string): Promise<boolean> {
    const directory = join(this.directory, key);
    const lock = await openIfThere(join(directory, RECORD_FILE)).catch(() => undefined);
    try {
      if (lock !== undefined && !await lock.tryLock(true)) return false;
      const gone = await Deno.makeTempDir({
        dir: this.directory,
        prefix: "gone-",
        suffix: PARTIAL,
      });
      await Deno.rename(directory, join(gone, key));
      await Deno.remove(gone, { recursive: true });
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        this.#warn(`"${directory}" cannot be removed: ${messageOf(error)}`);
      }
      return false;
    } finally {
      lock?.close();
    }
  }

  /** Removes what processes left that were killed. */
  async #removeLeftovers(): Promise<void> {
    for (const { name } of await entriesOf(this.directory)) {
      if (!name.endsWith(PARTIAL)) continue;
      const directory = join(this.directory, name);
      const lock = await openIfThere(join(directory, LOCK_FILE)).catch(() => undefined);
      try {
        const { mtime } = await Deno.stat(directory);
        if (Date.now() - (mtime?.getTime() ?? 0) < LEFTOVER_MILLISECONDS) continue;
        if (lock !== undefined && !await lock.tryLock(true)) continue;
        await Deno.remove(directory, { recursive: true });
      } catch {
        // Another process is at it, or it will be found again.
      } finally {
        lock?.close();
      }
    }
  }

  async #keys(): Promise<readonly string[]> {
    return (await entriesOf(this.directory)).map(({ name }) => name).filter((name) =>
      KEY.test(name)
    );
  }
}

async function openIfThere(path: string): Promise<Deno.FsFile | undefined> {
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
