/**
 * Atomic writes: files and directories are written under a temporary name next to their own and
 * renamed when they are complete.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { DataError, messageOf, PermissionError, UserError } from "../errors.ts";
import { ifPresent } from "./if_present.ts";

/** Options of every writer. */
export interface WriteOptions {
  /** Whether to replace an existing target. @default false */
  readonly overwrite?: boolean | undefined;
}

/** A directory that is being written. */
export interface PendingDirectory {
  /** Path to write to. */
  readonly temporary: string;
  /** Moves the directory to the target. */
  publish(): Promise<void>;
  /** Removes the directory. */
  discard(): Promise<void>;
}

/**
 * Writes a file atomically: readers see the old file or the new one, never a part.
 *
 * @throws {UserError} If the target exists and `overwrite` is not set
 * @throws {DataError} If the write fails, as on a full disk; nothing is left behind
 */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  await refuseExisting(path, options);
  const temporary = await makeTemporary(path, makeFile);
  try {
    await writeDurably(temporary, bytes);
    await refuseExisting(path, options);
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw writeError(path, cause);
  }
}

/** Writes a text as `writeFileAtomically` does, and replaces an existing file. */
export async function writeText(path: string, text: string): Promise<void> {
  await writeFileAtomically(path, new TextEncoder().encode(text), { overwrite: true });
}

/** Starts a directory that appears at `path` once published. Throws as `writeFileAtomically`. */
export async function writeDirectoryAtomically(
  path: string,
  options: WriteOptions = {},
): Promise<PendingDirectory> {
  const target = resolve(path);
  await refuseExisting(target, options);
  const temporary = await makeTemporary(target, Deno.mkdir);
  const discard = () => Deno.remove(temporary, { recursive: true }).catch(() => {});
  return {
    temporary,
    discard,
    async publish() {
      try {
        await refuseExisting(target, options);
        const replaced = await moveAside(target);
        try {
          await Deno.rename(temporary, target);
        } catch (cause) {
          if (replaced) await Deno.rename(replaced, target);
          throw cause;
        }
        if (replaced) await Deno.remove(replaced, { recursive: true });
      } catch (cause) {
        await discard();
        throw writeError(path, cause);
      }
    },
  };
}

/** Writes a file and waits until it is on the disk. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  await writeAll(file, bytes);
  await file.syncData();
}

/** Writes all bytes to an open file, which may take them in several pieces. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) {
    written += await file.write(bytes.subarray(written));
  }
}

/** The error of a failed write to `path`. */
export function writeError(path: string, cause: unknown): Error {
  if (cause instanceof UserError) return cause;
  if (cause instanceof Deno.errors.NotCapable) return notAllowed(path, cause);
  const message = `Cannot write "${path}": ${writeFailure(cause)}; nothing was written`;
  return new DataError(message, { cause });
}

/** Why a write failed. */
export function writeFailure(cause: unknown): string {
  const isFull = cause instanceof Error && "code" in cause && cause.code === "ENOSPC";
  return isFull ? "the disk is full; free some space" : messageOf(cause);
}

/** The error of a missing permission, for the directory: files have another name at first. */
function notAllowed(path: string, cause: Error): PermissionError {
  const missing = { name: "write", value: dirname(resolve(path)) } as const;
  const message = `Cannot write "${path}": this command may not write there`;
  return new PermissionError(message, [missing], { cause });
}

/** Throws a `UserError` if `path` exists and `overwrite` is not set. */
export async function refuseExisting(
  path: string,
  { overwrite = false }: WriteOptions,
): Promise<void> {
  if (!overwrite && await exists(path)) {
    throw new UserError(
      `Cannot write "${path}": it exists; choose another path or set overwrite (--overwrite)`,
    );
  }
}

/** Count of temporary names, none of which is used twice. */
let temporaryCount = 0;

/** Creates a file or directory next to `path` under a free name, with the mode of any new one. */
async function makeTemporary(
  path: string,
  make: (temporary: string) => Promise<void>,
): Promise<string> {
  const target = resolve(path);
  const directory = dirname(target);
  try {
    await Deno.mkdir(directory, { recursive: true });
    while (true) {
      const temporary = join(directory, `${basename(target)}.${temporaryCount++}.partial`);
      try {
        await make(temporary);
        return temporary;
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
}

async function makeFile(path: string): Promise<void> {
  (await Deno.open(path, { write: true, createNew: true })).close();
}

/** Renames an existing directory. @returns Its new name, undefined if there was none */
async function moveAside(target: string): Promise<string | undefined> {
  if (!await exists(target)) return undefined;
  const aside = await makeTemporary(target, Deno.mkdir);
  await Deno.remove(aside);
  await Deno.rename(target, aside);
  return aside;
}

async function exists(path: string): Promise<boolean> {
  return await ifPresent(Deno.lstat(path)) !== undefined;
}
