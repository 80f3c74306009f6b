/**
 * The files of a store: a folder, or a zip archive. Links to files outside the folder are followed
 * as far as the process may read their targets, as in caches that hold every file as a link to a
 * blob; Deno itself checks only the permission for the link. Anything that is not a file is
 * refused.
 *
 * @module
 */

import { basename, dirname, join, sep } from "node:path";
import { DataError, messageOf } from "../errors.ts";
import { ZipArchive } from "./zip_archive.ts";

/** Reads the files of a store by their paths below its root. */
export interface StoreFiles {
  readonly path: string;
  /**
   * The size of a file, or undefined if there is none.
   *
   * @throws {DataError} If it is not a file, or a link leads where the process may not read
   */
  size(name: string): Promise<number | undefined>;
  /**
   * The bytes of a file, or undefined if there is none.
   *
   * @param maxBytes Maximum size of the file
   * @throws {DataError} If it is larger, or as `size`
   */
  read(name: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Names at the root, of files and folders. */
  names(): Promise<readonly string[]>;
  /** A part of a file, which must exist. @throws {DataError} If it is shorter, or as `size` */
  readRange(name: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Files whose presence at the root makes a folder or an archive a Zarr store. */
export const ZARR_NAMES = ["zarr.json", ".zgroup", ".zarray", ".zattrs"];

/** Opens a folder or a zip archive. @throws {DataError} If there is none */
export async function openStoreFiles(path: string): Promise<StoreFiles> {
  try {
    const { isDirectory } = await Deno.stat(path);
    if (isDirectory) return new FolderFiles(path, await Deno.realPath(path));
  } catch (cause) {
    throw new DataError(`Cannot open "${path}": ${messageOf(cause)}`, { cause });
  }
  return new ZipFiles(path, await ZipArchive.open(path));
}

/**
 * Real paths of the files that links in a folder lead to, if they lie outside it.
 *
 * @returns Nothing for a file, or if there is no such folder
 */
export async function linkedFiles(path: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
      const entry = join(folder, name);
      if (isDirectory) await visit(entry);
      else if (isSymlink) found.push(await Deno.realPath(entry));
    }
  };
  try {
    await visit(path);
    const root = await Deno.realPath(path);
    return found.filter((real) => !isBelow(real, root));
  } catch (error) {
    // The reader reports what is missing.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root + sep);
}

/** Start of a file that stands for one in Git LFS. */
const LFS_POINTER = new TextEncoder().encode("version https://git-lfs.github.com/spec/");
const MAX_POINTER_BYTES = 1024;

/** Files below a folder. */
class FolderFiles implements StoreFiles {
  readonly path: string;
  readonly #root: string;
  /** Folders known to be readable. */
  readonly #readable = new Set<string>();

  constructor(path: string, root: string) {
    this.path = path;
    this.#root = root;
  }

  async size(name: string): Promise<number | undefined> {
    try {
      const path = join(this.path, name);
      const folder = dirname(path);
      let info = await Deno.lstat(path);
      if (!this.#readable.has(folder)) {
        await this.#checkReadable(folder, name);
        this.#readable.add(folder);
      }
      if (info.isSymlink) {
        await this.#checkReadable(path, name);
        info = await Deno.stat(path);
      }
      if (info.isFile) return info.size;
      throw new DataError(`Cannot read "${path}": it must be a file, not a folder or a device`);
    } catch (cause) {
      return this.#missing(name, cause);
    }
  }

  async read(name: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const size = await this.size(name);
    if (size === undefined) return undefined;
    const path = join(this.path, name);
    if (size > maxBytes) {
      throw new DataError(
        `Cannot read "${path}": it must have at most ${maxBytes} bytes, it has ${size}`,
      );
    }
    try {
      const bytes = await Deno.readFile(path);
      if (
        bytes.length <= MAX_POINTER_BYTES && LFS_POINTER.every((byte, i) => bytes[i] === byte)
      ) {
        throw new DataError(
          `Cannot read "${path}": it is a Git LFS pointer, not the file itself; fetch the ` +
            `store: git lfs pull --include "${basename(this.path)}/**"`,
        );
      }
      return bytes;
    } catch (cause) {
      return this.#missing(name, cause);
    }
  }

  async readRange(name: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const size = await this.size(name) ?? 0;
    const path = join(this.path, name);
    if (!isWithin(offset, length, size)) throw outside(path, offset, length, size);
    try {
      using file = await Deno.open(path);
      await file.seek(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const count = await file.read(bytes.subarray(done));
        if (count === null) throw outside(path, offset, length, offset + done);
        done += count;
      }
      return bytes;
    } catch (cause) {
      if (cause instanceof DataError) throw cause;
      throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
    }
  }

  async names(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(this.path)) names.push(name);
    return names.sort();
  }

  /** Throws if a path leads out of the folder to where the process may not read, or nowhere. */
  async #checkReadable(path: string, name: string): Promise<void> {
    let real: string;
    try {
      real = await Deno.realPath(path);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
      throw new DataError(
        `Cannot read "${path}": it links to "${await Deno.readLink(path)}", which does not ` +
          "exist; fetch the content (git annex get, dvc pull, huggingface-cli download)",
        { cause },
      );
    }
    if (isBelow(real, this.#root)) return;
    const { state } = await Deno.permissions.query({ name: "read", path: real });
    if (state === "granted") return;
    throw new DataError(
      `Cannot read "${join(this.path, name)}": a store must not link to files outside it that ` +
        `the stage may not read, it links to "${real}"; copy them into the store (cp -rL)`,
    );
  }

  #missing(name: string, cause: unknown): undefined {
    if (cause instanceof DataError) throw cause;
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw new DataError(
      `Cannot read "${join(this.path, name)}": ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** Members of an archive, below the folder with the metadata that is nearest to its root. */
class ZipFiles implements StoreFiles {
  readonly path: string;
  readonly #archive: ZipArchive;
  readonly #root: string;

  constructor(path: string, archive: ZipArchive) {
    this.path = path;
    this.#archive = archive;
    const folders = archive.names.filter((name) => ZARR_NAMES.includes(basename(name)))
      .map((name) => name.slice(0, name.length - basename(name).length));
    this.#root = folders.reduce((a, b) => b.length < a.length ? b : a, folders[0] ?? "");
  }

  size(name: string): Promise<number | undefined> {
    return Promise.resolve(this.#archive.size(this.#root + name));
  }

  read(name: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#archive.read(this.#root + name, maxBytes);
  }

  names(): Promise<readonly string[]> {
    const names = this.#archive.names.filter((name) => name.startsWith(this.#root))
      .map((name) => name.slice(this.#root.length).split("/")[0]);
    return Promise.resolve([...new Set(names)].sort());
  }

  async readRange(name: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const size = this.#archive.size(this.#root + name) ?? 0;
    const bytes = isWithin(offset, length, size)
      ? await this.#archive.readRange(this.#root + name, offset, length)
      : undefined;
    if (bytes !== undefined) return bytes;
    throw outside(`${this.path}/${name}`, offset, length, size);
  }
}

function isWithin(offset: number, length: number, size: number): boolean {
  return offset >= 0 && length >= 0 && offset + length <= size;
}

function outside(path: string, offset: number, length: number, size: number): DataError {
  return new DataError(
    `Cannot read "${path}": bytes ${offset} to ${offset + length} must lie within its ${size}; ` +
      "the store is damaged",
  );
}
