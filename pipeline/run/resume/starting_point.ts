/**
 * Where a run starts: at its beginning, at checkpoints of an earlier run, or not at all.
 *
 * @module
 */

import type { StageSources } from "../../engine/definition/validate.ts";
import { validPipeline } from "../valid_pipeline.ts";
import type { RunIdentity } from "../../training/checkpoint_file.ts";
import type { CachedStage } from "../cache/cached_run.ts";
import { resolvedPipeline } from "../identity/pipeline_identity.ts";
import { checkpointDirectory, heldRuns } from "../run_directory.ts";
import { findResumePoints, type ResumePoint } from "./resume_points.ts";

/** The start of a run. */
export interface RunStart {
  /**
   * "afresh" without a checkpoint; "resumed" from checkpoints; "finished" if the directory holds
   * the results already; "cached" if the results of all stages are in the cache.
   */
  readonly state: "afresh" | "resumed" | "finished" | "cached";
  /** The stages whose results are cached. @default none */
  readonly cached?: readonly CachedStage[] | undefined;
  /** The trainings that resume; the others start from the beginning. */
  readonly trainings: readonly ResumePoint[];
  /** Refused checkpoints and other warnings for the user, as sentences. */
  readonly warnings: readonly string[];
}

/** The start of a run at its beginning. */
export const FRESH_START: RunStart = { state: "afresh", trainings: [], warnings: [] };

/**
 * Where a run of `identity` in `directory` resumes.
 *
 * @throws {UserError} If there are checkpoints, but none that it can resume from.
 */
export async function resumedStart(
  directory: string,
  identity: RunIdentity,
  sources: StageSources,
): Promise<RunStart> {
  const { results, unfinished } = await heldRuns(directory);
  const isSame = async (held: string | undefined) =>
    held !== undefined && await resolvedText(held, sources) === JSON.stringify(identity.pipeline);
  if (!await isSame(unfinished) && await isSame(results)) {
    return { ...FRESH_START, state: "finished" };
  }
  const { points, warnings } = await findResumePoints(checkpointDirectory(directory), identity);
  return points.length === 0 ? FRESH_START : { state: "resumed", trainings: points, warnings };
}

/** A pipeline as text with the defaults of its options; undefined if it is no longer valid. */
async function resolvedText(pipeline: string, sources: StageSources): Promise<string | undefined> {
  try {
    const complete = await validPipeline(JSON.parse(pipeline), sources);
    return JSON.stringify(resolvedPipeline(complete.spec, complete.pipeline));
  } catch {
    return undefined;
  }
}
