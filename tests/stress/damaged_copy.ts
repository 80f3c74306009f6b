/**
 * A copy of a file or store that is damaged and restored, over and over.
 *
 * @module
 */

import fc from "fast-check";
import { dirname, join } from "node:path";
import { type Edit, editBytes, edits } from "./damage.ts";

/** Damage to one file of a store; of a single file, only the bytes are edited. */
export interface Damage {
  readonly kind: "edit" | "remove" | "swap" | "link";
  /** Whether the file is metadata, of which there is far less than chunks, if there is any. */
  readonly inMetadata: boolean;
  /** Number of the file, modulo their count. */
  readonly file: number;
  /** Number of the file whose bytes a swap writes. */
  readonly other: number;
  readonly edits: readonly Edit[];
}

/** Damage to any file or store. */
export const damages: fc.Arbitrary<Damage> = fc.record({
  kind: fc.oneof(
    { weight: 17, arbitrary: fc.constant("edit" as const) },
    { weight: 3, arbitrary: fc.constantFrom("remove" as const, "swap" as const, "link" as const) },
  ),
  inMetadata: fc.boolean(),
  file: fc.nat(2 ** 16),
  other: fc.nat(2 ** 16),
  // A link leads to right bytes too: what is outside a store must not be read.
  edits: fc.oneof({ weight: 19, arbitrary: edits }, { weight: 1, arbitrary: fc.constant([]) }),
});

/** A copy of a file, or of a folder of files. */
export class DamagedCopy {
  readonly path: string;
  /** The files by their path below `path`; a single file has "". */
  readonly #files: ReadonlyMap<string, Uint8Array>;
  #damaged: string | undefined;

  private constructor(path: string, files: ReadonlyMap<string, Uint8Array>) {
    this.path = path;
    this.#files = files;
  }

  /** Copies a file or folder. */
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

  /** Damages one file. */
  async damage({ kind, inMetadata, file, other, edits }: Damage): Promise<void> {
    const names = [...this.#files.keys()];
    const metadata = names.filter((name) => /(^|\/)(zarr\.json|\.z\w+)$/.test(name));
    const candidates = inMetadata && metadata.length > 0 ? metadata : names;
    const name = candidates[file % candidates.length];
    const path = join(this.path, name);
    const edited = editBytes(this.#files.get(name)!, edits);
    this.#damaged = name;
    if (kind === "edit" || names.length === 1) return await Deno.writeFile(path, edited);
    if (kind === "swap") {
      return await Deno.writeFile(path, this.#files.get(names[other % names.length])!);
    }
    await Deno.remove(path);
    if (kind === "remove") return;
    const outside = `${this.path}.outside`;
    await Deno.writeFile(outside, edited);
    await Deno.symlink(outside, path);
  }

  /** Restores the copy. */
  async restore(): Promise<void> {
    const name = this.#damaged;
    if (name === undefined) return;
    await Deno.remove(join(this.path, name)).catch(() => {});
    await Deno.writeFile(join(this.path, name), this.#files.get(name)!);
  }
}

function namesIn(directory: string, below = ""): string[] {
  return [...Deno.readDirSync(join(directory, below))].flatMap(({ name, isDirectory }) =>
    isDirectory ? namesIn(directory, join(below, name)) : [join(below, name)]
  ).sort();
}
