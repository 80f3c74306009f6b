/**
 * Fits of trainings to a time that earlier commands measured, so that the same command trains the
 * same network.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { writeText } from "../../io/atomic_write.ts";
import { ifPresent } from "../../io/if_present.ts";
import { sha256 } from "../../io/sha256.ts";
import { CACHE_DIRECTORY } from "../../pipeline/run/cache/stage_cache.ts";
import type { FittedPipeline } from "../../pipeline/run/fit_minutes.ts";

/** Next to the cache of results. */
const DIRECTORY = join(dirname(CACHE_DIRECTORY), "fits");

/** Flags by which a fit is measured again. */
export interface FitFlags {
  readonly cache: boolean;
  readonly resume: boolean;
}

/**
 * The fit of an earlier command to the same pipeline, data and time, or a new one. A run that
 * resumes always takes the earlier one.
 *
 * @param subject The pipeline, and everything that its time depends on
 * @param fit Measures a new fit
 */
export async function fitOnce(
  subject: object,
  { cache, resume }: FitFlags,
  fit: () => Promise<FittedPipeline>,
): Promise<FittedPipeline> {
  const earlier = cache || resume ? await recallFit(subject) : undefined;
  if (earlier !== undefined) return earlier;
  const fitted = await fit();
  await Deno.mkdir(DIRECTORY, { recursive: true });
  await writeText(fileOf(subject), JSON.stringify(fitted));
  return fitted;
}

async function recallFit(subject: object): Promise<FittedPipeline | undefined> {
  const text = await ifPresent(Deno.readTextFile(fileOf(subject)));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // It will be measured again.
    return undefined;
  }
}

/** Forgets all fits, so that the next commands measure again. */
export async function forgetFits(): Promise<void> {
  await ifPresent(Deno.remove(DIRECTORY, { recursive: true }));
}

function fileOf(subject: object): string {
  const { hardwareConcurrency } = navigator;
  return join(DIRECTORY, `${sha256(JSON.stringify({ ...subject, hardwareConcurrency }))}.json`);
}
