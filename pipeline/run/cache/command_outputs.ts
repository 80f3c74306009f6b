/**
 * Outputs of commands, such as data sets, that need not be created again. They are not copied: the
 * cache holds their checksums.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";
import { z } from "zod";
import { ifPresent } from "../../../io/if_present.ts";
import { SourceHasher } from "../../../io/source_hasher.ts";
import { checksum, checksummedFile, damageOf, filesAt } from "./file_checksums.ts";
import type { StageCache } from "./stage_cache.ts";
import { codeHashes, commandKey } from "./stage_keys.ts";

/** A command and everything that its outputs depend on. */
export interface Recipe {
  /** Such as `generate darcy`. */
  readonly command: string;
  /** Modules that create the outputs; the key includes what they import. */
  readonly modules: readonly URL[];
  /** Plain data. */
  readonly options: unknown;
  /** Files and directories that the command reads. */
  readonly sources: readonly string[];
  /** Files and directories that it creates. */
  readonly outputs: readonly string[];
}

/** All files of each output. */
const noteSchema = z.array(z.array(checksummedFile));

/**
 * The time at which the outputs of a recipe were created; undefined if they are absent, or differ
 * in any byte from those of the same command and sources. Reads all of them, and no source if an
 * output is absent.
 */
export async function createdAt(
  cache: StageCache,
  recipe: Recipe,
  hasher: SourceHasher = new SourceHasher(),
): Promise<Date | undefined> {
  for (const output of recipe.outputs) {
    if (await ifPresent(Deno.stat(output)) === undefined) return undefined;
  }
  using entry = await cache.open(await keyOf(recipe, hasher), false);
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
  return entry.savedAt;
}

/**
 * Creates the outputs of a recipe and saves their checksums, unless code or sources have changed
 * meanwhile. Sources that `hasher` has not read are read once, after the command has accepted them.
 */
export async function createOutputs(
  cache: StageCache,
  recipe: Recipe,
  create: () => Promise<void>,
  hasher: SourceHasher = new SourceHasher(),
): Promise<void> {
  const { command, modules, sources, outputs } = recipe;
  const code = await codeHashes(modules);
  const state = await hasher.state(sources);
  await create();
  const key = await keyOf(recipe, hasher);
  const isSameCode = (await codeHashes(modules)).join() === code.join();
  if (!isSameCode || !await hasher.isAsIn(sources, state)) return;
  const note = await Promise.all(outputs.map(async (output) => {
    const root = dirname(resolve(output));
    const paths = await filesAt(root, basename(output));
    return await Promise.all(paths.map((path) => checksum(root, path)));
  }));
  await cache.remove(key);
  await using pending = await cache.begin();
  await pending.save({
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

async function keyOf(
  { command, modules, options, sources, outputs }: Recipe,
  hasher: SourceHasher,
): Promise<string> {
  const paths = outputs.map((path) => resolve(path));
  const code = await codeHashes(modules);
  return commandKey(code, { command, options, outputs: paths }, await hasher.hash(sources));
}
