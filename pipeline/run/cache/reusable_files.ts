/**
 * Files that a command made, which it need not make again.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";
import { z } from "zod";
import type { Cache } from "./stage_cache.ts";
import { damageOf, filesAt, keptFile } from "./saved_files.ts";
import { commandKey } from "./stage_keys.ts";

/** A command and all that its results depend on. */
export interface Recipe {
  /** Such as `generate darcy`. */
  readonly command: string;
  /** The code that makes the files; with it counts all that it imports. */
  readonly modules: readonly URL[];
  /** Plain data. */
  readonly options: unknown;
  /** Files and directories that are read. */
  readonly sources: readonly string[];
  /** Files and directories that are made. */
  readonly outputs: readonly string[];
}

/** All files of each output. */
const noteSchema = z.array(
  z.array(z.object({ path: z.string(), byteLength: z.number(), crc32: z.number() })),
);

/**
 * Whether the outputs of a recipe are there, byte for byte as the same command made them of the
 * same sources. Reads all of them.
 *
 * @returns When they were made; undefined if they are to be made
 */
export async function whenMade(cache: Cache, recipe: Recipe): Promise<Date | undefined> {
  using entry = await cache.take(await keyOf(recipe), false);
  const note = noteSchema.safeParse(entry?.record.note);
  if (entry === undefined || !note.success) return undefined;
  for (const [k, output] of recipe.outputs.entries()) {
    const root = dirname(resolve(output));
    const files = note.data[k] ?? [];
    const paths = await filesAt(root, basename(output)).catch(() => []);
    if (paths.length === 0 || paths.join("\n") !== files.map(({ path }) => path).join("\n")) {
      return undefined;
    }
    for (const file of files) if (await damageOf(root, file) !== undefined) return undefined;
  }
  return new Date(entry.record.made);
}

/**
 * Makes the outputs of a recipe, and remembers them unless code or sources have changed meanwhile.
 * The outputs are not copied: the cache only knows their checksums.
 */
export async function makeFiles(
  cache: Cache,
  recipe: Recipe,
  make: () => Promise<void>,
): Promise<void> {
  const key = await keyOf(recipe);
  await make();
  if (await keyOf(recipe) !== key) return;
  const note = await Promise.all(recipe.outputs.map(async (output) => {
    const root = dirname(resolve(output));
    const paths = await filesAt(root, basename(output));
    return await Promise.all(paths.map((path) => keptFile(root, path)));
  }));
  const { command, outputs } = recipe;
  await cache.remove(key);
  await using pending = await cache.begin();
  await pending.keep({
    key,
    pipeline: command,
    stage: outputs.join(", "),
    run: command,
    directory: cache.directory,
    writes: [],
    tapeCount: 0,
    note,
  });
}

function keyOf({ command, modules, options, sources, outputs }: Recipe): Promise<string> {
  return commandKey(
    modules,
    { command, options, outputs: outputs.map((path) => resolve(path)) },
    sources,
  );
}
