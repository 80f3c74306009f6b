/**
 * The files of a store that is a folder. Links to files outside the folder, and anything that is
 * not a file, are refused.
 *
 * @module
 */

import { dirname, join, sep } from "node:path";
import { DataError, messageOf } from "../errors.ts";

/** Reads the files below a folder. */
export class StoreFiles {
  readonly path: string;
  readonly #root: string;
  /** Folders known to be inside. */
  readonly #inside = new Set<string>();

  private constructor(path: string, root: string) {
    this.path = path;
    this.#root = root;
  }

  /** @throws {DataError} If there is no such folder */
  static async open(path: string): Promise<StoreFiles> {
    try {
      return new StoreFiles(path, await Deno.realPath(path));
    } catch (cause) {
      throw new DataError(`Cannot open "${path}": ${messageOf(cause)}`, { cause });
    }
  }

  /**
   * The size of a file, or undefined if there is none.
   *
   * @param name Path below the folder
   * @throws {DataError} If it is not a file, or a link leads out of the folder
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
      throw new DataError(`Cannot read "${path}": it must be a file, not a folder or a device`);
    } catch (cause) {
      return this.#missing(name, cause);
    }
  }

  /**
   * The bytes of a file, or undefined if there is none.
   *
   * @param maxBytes Maximum size of the file
   * @throws {DataError} If it is larger, or as `size`
   */
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
      return await Deno.readFile(path);
    } catch (cause) {
      return this.#missing(name, cause);
    }
  }

  async #checkInside(path: string, name: string): Promise<void> {
    const real = await Deno.realPath(path);
    if (real === this.#root || real.startsWith(this.#root + sep)) return;
    throw new DataError(
      `Cannot read "${join(this.path, name)}": a store must not link to files outside it, ` +
        `it links to "${real}"; copy them into the store`,
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
