/**
 * A copy of a file or store that is damaged and made whole again, over and over.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { KeyedSequence } from "../../pipeline/graph/random.ts";
import { mutate } from "./mutation.ts";

/** A copy of a file, or of a folder of files. */
export class DamagedCopy {
  readonly path: string;
  /** The files by their path below `path`; a single file has "". */
  readonly #files: ReadonlyMap<string, Uint8Array>;

  private constructor(path: string, files: ReadonlyMap<string, Uint8Array>) {
    this.path = path;
    this.#files = files;
  }

  static async of(original: string, path: string): Promise<DamagedCopy> {
    const files = new Map<string, Uint8Array>();
    for (const name of (await Deno.stat(original)).isDirectory ? namesIn(original) : [""]) {
      const bytes = await Deno.readFile(join(original, name));
      files.set(name, bytes);
      await Deno.mkdir(dirname(join(path, name)), { recursive: true });
      await Deno.writeFile(join(path, name), bytes);
    }
    return new DamagedCopy(path, files);
  }

  /** Damages one file. @returns What was done */
  async damage(draws: KeyedSequence): Promise<string> {
    const name = this.#draw(draws);
    const bytes = this.#files.get(name)!;
    const isStore = this.#files.size > 1;
    const kind = isStore ? draws.below(20) : 20;
    const path = join(this.path, name);
    if (kind === 0) {
      await Deno.remove(path);
      return `${name} removed`;
    }
    if (kind === 1) {
      const other = this.#draw(draws);
      await Deno.writeFile(path, this.#files.get(other)!);
      return `${name} replaced by ${other}`;
    }
    const damaged = mutate(bytes, draws);
    if (kind === 2) {
      // What is outside of a store must not be read, not even if it is right.
      const outside = `${this.path}.outside`;
      await Deno.writeFile(outside, draws.below(2) ? bytes : damaged.bytes);
      await Deno.remove(path);
      await Deno.symlink(outside, path);
      return `${name} is a link to outside`;
    }
    await Deno.writeFile(path, damaged.bytes);
    return isStore ? `${name}: ${damaged.what}` : damaged.what;
  }

  /** Makes the copy whole again. */
  async restore(): Promise<void> {
    for (const [name, bytes] of this.#changed()) {
      await Deno.remove(join(this.path, name)).catch(() => {});
      await Deno.writeFile(join(this.path, name), bytes);
    }
  }

  #lastDrawn: string[] = [];

  #draw(draws: KeyedSequence): string {
    const names = [...this.#files.keys()];
    const metadata = names.filter((name) => /(^|\/)(zarr\.json|\.z\w+)$/.test(name));
    // There are far more chunks than metadata, which say more.
    const among = metadata.length > 0 && draws.below(2) === 0 ? metadata : names;
    const name = among[draws.below(among.length)];
    this.#lastDrawn.push(name);
    return name;
  }

  #changed(): readonly [string, Uint8Array][] {
    const names = this.#lastDrawn;
    this.#lastDrawn = [];
    return names.map((name) => [name, this.#files.get(name)!]);
  }
}

function namesIn(directory: string, below = ""): string[] {
  return [...Deno.readDirSync(join(directory, below))].flatMap(({ name, isDirectory }) =>
    isDirectory ? namesIn(directory, join(below, name)) : [join(below, name)]
  ).sort();
}
