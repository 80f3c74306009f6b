/**
 * An entry of the cache: what a stage did, in a directory.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { writeDirectoryAtomically, writeError } from "../../../io/atomic_write.ts";
import { damageOf } from "./saved_files.ts";

/** The file of an entry that says what is in it. */
export const RECORD_FILE = "entry.json";

/** Where an entry has the tapes of a stage, and the files that it wrote. */
export const TAPES = "tapes";
export const FILES = "files";

/** A path that stays below where it starts. */
const innerPath = z.string().refine(
  (path) =>
    !path.startsWith("/") && path.split("/").every((name) => !["", ".", ".."].includes(name)),
);

const figures = z.object({ rows: z.number(), bytesIn: z.number(), bytesOut: z.number() });

const recordSchema = z.object({
  key: z.string(),
  pipeline: z.string(),
  /** Name of the stage. */
  stage: z.string(),
  /** What it ran. */
  run: z.string(),
  /** When it was kept, as ISO 8601. */
  made: z.string(),
  /** All files but the record, below the directory of the entry. */
  files: z.array(z.object({ path: innerPath, byteLength: z.int().min(0), crc32: z.int().min(0) })),
  /** What the stage wrote into the directory of its run: files and directories. */
  writes: z.array(innerPath),
  figures: figures.optional(),
  /** What whoever keeps the entry adds. */
  note: z.unknown().optional(),
});

/** What an entry says of itself. */
export type EntryRecord = Readonly<z.infer<typeof recordSchema>>;

/**
 * The record of the entry in a directory. @throws {Error} If it has none, or one that is damaged
 */
export async function readRecord(directory: string): Promise<EntryRecord> {
  const text = await Deno.readTextFile(join(directory, RECORD_FILE));
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SyntaxError(`"${RECORD_FILE}" is no record of an entry`, { cause });
  }
}

/** An entry that is held: nobody removes it until it is closed. */
export class Entry implements Disposable {
  readonly record: EntryRecord;
  readonly #directory: string;
  readonly #lock: Deno.FsFile;

  constructor(directory: string, record: EntryRecord, lock: Deno.FsFile) {
    this.#directory = directory;
    this.record = record;
    this.#lock = lock;
  }

  /** The directory of the tapes. */
  get tapes(): string {
    return join(this.#directory, TAPES);
  }

  /**
   * Why the entry is not as it was kept; undefined if it is. Tapes are looked at only if they are
   * wanted.
   */
  async damage(wantsTapes: boolean): Promise<string | undefined> {
    for (const file of this.record.files) {
      if (!wantsTapes && file.path.startsWith(`${TAPES}/`)) continue;
      const damage = await damageOf(this.#directory, file);
      if (damage !== undefined) return damage;
    }
    return undefined;
  }

  /**
   * Puts copies of what the stage wrote into the directory of a run; each appears when it is whole.
   */
  async restore(directory: string): Promise<void> {
    const paths = this.record.files.map(({ path }) => path);
    for (const written of this.record.writes) {
      const source = `${FILES}/${written}`;
      const target = join(directory, written);
      if (paths.includes(source)) {
        await this.#restoreFile(source, target);
      } else {
        await this.#restoreDirectory(source, target);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#lock.close();
  }

  async #restoreFile(source: string, target: string): Promise<void> {
    await Deno.mkdir(dirname(target), { recursive: true });
    const pending = await Deno.makeTempFile({
      dir: dirname(target),
      prefix: `${basename(target)}.`,
      suffix: ".partial",
    });
    try {
      // Takes the mode of the original too.
      await Deno.copyFile(join(this.#directory, source), pending);
      await Deno.rename(pending, target);
    } catch (cause) {
      await Deno.remove(pending).catch(() => {});
      throw writeError(target, cause);
    }
  }

  async #restoreDirectory(source: string, target: string): Promise<void> {
    const pending = await writeDirectoryAtomically(target, { overwrite: true });
    try {
      for (const { path } of this.record.files) {
        if (!path.startsWith(`${source}/`)) continue;
        const to = join(pending.temporary, path.slice(source.length + 1));
        await Deno.mkdir(dirname(to), { recursive: true });
        await Deno.copyFile(join(this.#directory, path), to);
      }
      await pending.publish();
    } catch (error) {
      await pending.discard();
      throw error;
    }
  }
}
