/**
 * An entry of the stage cache: the results of a stage, in a directory.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { writeDirectoryAtomically, writeError } from "../../../io/atomic_write.ts";
import { checksummedFile, damageOf } from "./file_checksums.ts";

/** The file of an entry that describes the others. */
export const RECORD_FILE = "entry.json";

/** Directories of an entry for the tapes of the stage, and for the files that it wrote. */
export const TAPES = "tapes";
export const FILES = "files";

/** A path that does not lead out of its directory. */
const innerPath = z.string().refine(
  (path) =>
    !path.startsWith("/") && path.split("/").every((name) => !["", ".", ".."].includes(name)),
);

const figures = z.object({ rows: z.number(), bytesIn: z.number(), bytesOut: z.number() });

const recordSchema = z.object({
  key: z.string(),
  pipeline: z.string(),
  /** Name of the stage in the pipeline. */
  stage: z.string(),
  /** Name of the stage that it runs. */
  run: z.string(),
  /** When it was saved, in ISO 8601. */
  made: z.string(),
  /** All files of the entry except this record. */
  files: z.array(checksummedFile.extend({ path: innerPath })),
  /** Files and directories that the stage wrote into the directory of its run. */
  writes: z.array(innerPath),
  figures: figures.optional(),
  /** Data of the caller that saved the entry. */
  note: z.unknown().optional(),
});

/** The description of an entry. */
export type EntryRecord = Readonly<z.infer<typeof recordSchema>>;

/**
 * The record of the entry in a directory.
 *
 * @throws {Error} If it is missing or damaged.
 */
export async function readRecord(directory: string): Promise<EntryRecord> {
  const text = await Deno.readTextFile(join(directory, RECORD_FILE));
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SyntaxError(`"${RECORD_FILE}" is not the record of an entry`, { cause });
  }
}

/** An open entry: it is locked, and no process removes it until it is closed. */
export class Entry implements Disposable {
  readonly record: EntryRecord;
  readonly #directory: string;
  readonly #lock: Deno.FsFile;

  constructor(directory: string, record: EntryRecord, lock: Deno.FsFile) {
    this.#directory = directory;
    this.record = record;
    this.#lock = lock;
  }

  /** When it was saved. */
  get savedAt(): Date {
    return new Date(this.record.made);
  }

  /** The directory of the tapes. */
  get tapes(): string {
    return join(this.#directory, TAPES);
  }

  /**
   * The damage of the entry; undefined if its files have their checksums.
   *
   * @param withTapes Whether to check the tapes too
   */
  async damage(withTapes: boolean): Promise<string | undefined> {
    for (const file of this.record.files) {
      if (!withTapes && file.path.startsWith(`${TAPES}/`)) continue;
      const damage = await damageOf(this.#directory, file);
      if (damage !== undefined) return damage;
    }
    return undefined;
  }

  /** Copies what the stage wrote into the directory of a run; each file appears complete. */
  async restore(directory: string): Promise<void> {
    const paths = this.record.files.map(({ path }) => path);
    for (const written of this.record.writes) {
      const source = `${FILES}/${written}`;
      const target = join(directory, written);
      if (paths.includes(source)) await this.#restoreFile(source, target);
      else await this.#restoreDirectory(source, target);
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
      // With the mode of the original.
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
