/**
 * The files of a store that is a folder. Nothing outside of the folder is read, whatever links are
 * in it, and nothing that is no file.
 *
 * @module
 */

import { dirname, join, sep } from "node:path";
import { DataError, messageOf } from "../errors.ts";

/** Reads the files below a folder. */
export class StoreFiles {
  readonly path: string;
  readonly #root: string;
  /** Folders that were seen to be inside. */
  readonly #inside = new Set<string>();

  private constructor(path: string, root: string) {
    this.path = path;
    this.#root = root;
  }

  /** @throws {DataError} when there is no such folder */
  static async open(path: string): Promise<StoreFiles> {
    try {
      return new StoreFiles(path, await Deno.realPath(path));
    } catch (cause) {
      throw new DataError(`Cannot open "${path}": ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  /**
   * The size of a file, or undefined when there is none.
   *
   * @param name Path below the folder
   * @throws {DataError} when it is no file, or a link leads out of the folder
   */
  async size(name: string): Promise<number | undefined> {
    try {
      const path = join(this.path, name);
      const folder = dirname(path);
      let info = await Deno.lstat(path);
      if (!this.#inside.has(folder)) {
        await this.#checkInside(folder, name);
        this.#inside.add(folder);
      }
      if (info.isSymlink) {
        await this.#checkInside(path, name);
        info = await Deno.stat(path);
      }
      if (info.isFile) return info.size;
      throw new DataError(`Cannot read "${path}" as it must be a file: it is a folder or a device`);
    } catch (cause) {
      return this.#missing(name, cause);
    }
  }

  /**
   * The bytes of a file, or undefined when there is none.
   *
   * @param mostBytes Larger files are refused
   * @throws {DataError} as `size` does
   */
  async read(name: string, mostBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const size = await this.size(name);
    if (size === undefined) return undefined;
    const path = join(this.path, name);
    if (size > mostBytes) {
      throw new DataError(
        `Cannot read "${path}" as it must have at most ${mostBytes} bytes: it has ${size}`,
      );
    }
    try {
      return await Deno.readFile(path);
    } catch (cause) {
      return this.#missing(name, cause);
    }
  }

  async #checkInside(path: string, name: string): Promise<void> {
    const real = await Deno.realPath(path);
    if (real === this.#root || real.startsWith(this.#root + sep)) return;
    throw new DataError(
      `Cannot read "${join(this.path, name)}" as a store must not link to files outside of ` +
        `it: it leads to "${real}"; ` +
        "copy them into the store",
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
