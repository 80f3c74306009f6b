/**
 * Commands that create a data set once.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { SourceHasher } from "../../io/source_hasher.ts";
import { CACHE_DIRECTORY, StageCache } from "../../pipeline/run/cache/stage_cache.ts";
import { createdAt, createOutputs, type Recipe } from "../../pipeline/run/cache/command_outputs.ts";
import { ageText } from "../command/age_text.ts";
import { interruptSignal } from "../command/command_line.ts";
import { type Progress, startProgress } from "../progress/progress.ts";

const MEBIBYTE = 2 ** 20;
/** Sources below this size are hashed without progress. */
const SLOW_BYTES = 256 * MEBIBYTE;

/** A recipe with the flag `--no-cache`. */
export interface CachedRecipe extends Recipe {
  /** Whether the outputs of earlier commands are used. */
  readonly cache: boolean;
}

/**
 * Creates the outputs of a recipe, or reports that they are byte for byte what this command created
 * from the same sources before.
 *
 * @param isQuiet Whether to report nothing
 */
export async function makeOnce(
  recipe: CachedRecipe,
  make: () => Promise<void>,
  isQuiet = false,
): Promise<void> {
  if (!recipe.cache) return await make();
  const cache = new StageCache(CACHE_DIRECTORY, warn);
  const hasher = new SourceHasher({ onProgress: hashProgress(), signal: interruptSignal });
  const made = await createdAt(cache, recipe, hasher).catch((error) => warn(messageOf(error)));
  interruptSignal.throwIfAborted();
  if (made instanceof Date) {
    if (isQuiet) return;
    return console.log(
      `cached: this command created ${recipe.outputs.join(" and ")} ${ageText(made)}`,
    );
  }
  let isDone = false;
  try {
    await createOutputs(cache, recipe, async () => {
      await make();
      isDone = true;
    }, hasher);
  } catch (error) {
    // The outputs are complete even if the cache has no record of them.
    if (!isDone) throw error;
    warn(messageOf(error));
  }
}

/** Shows the progress of hashes that take longer than about a second. */
function hashProgress(): (doneBytes: number, totalBytes: number) => void {
  let progress: Progress | undefined;
  return (doneBytes, totalBytes) => {
    if (totalBytes < SLOW_BYTES) return;
    progress ??= startProgress("hash sources", Math.ceil(totalBytes / MEBIBYTE), "MiB");
    progress.update(Math.ceil(doneBytes / MEBIBYTE));
    if (doneBytes < totalBytes) return;
    progress.stop();
    progress = undefined;
  };
}

function warn(message: string): void {
  console.error(`warning: ${message}`);
}
