/**
 * Commands that make a data set unless it is there as they would make it.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { CACHE_DIRECTORY, StageCache } from "../../pipeline/run/cache/stage_cache.ts";
import { createdAt, createOutputs, type Recipe } from "../../pipeline/run/cache/command_outputs.ts";
import { ageText } from "../command/age_text.ts";

/** A recipe with the flag `--no-cache`. */
export interface CachedRecipe extends Recipe {
  /** Whether earlier commands count. */
  readonly cache: boolean;
}

/**
 * Makes what a recipe makes, or says that it is there: byte for byte what this command made of the
 * same sources.
 */
export async function makeOnce(recipe: CachedRecipe, make: () => Promise<void>): Promise<void> {
  if (!recipe.cache) return await make();
  const cache = new StageCache(CACHE_DIRECTORY, warn);
  const made = await createdAt(cache, recipe).catch((error) => warn(messageOf(error)));
  if (made instanceof Date) {
    return console.log(
      `cached: this command made ${recipe.outputs.join(" and ")} ${ageText(made)}`,
    );
  }
  let isDone = false;
  try {
    await createOutputs(cache, recipe, async () => {
      await make();
      isDone = true;
    });
  } catch (error) {
    // What was made is there, whether or not the cache knows of it.
    if (!isDone) throw error;
    warn(messageOf(error));
  }
}

function warn(message: string): void {
  console.error(`warning: ${message}`);
}
