/**
 * Where a run that may go on from an earlier one starts.
 *
 * @module
 */

import type { PipelineSpec } from "../../engine/definition/spec.ts";
import { type StageSources, validatePipeline } from "../../engine/definition/validate.ts";
import type { RunIdentity } from "../../training/checkpoint_file.ts";
import type { CachedStage } from "../cache/cached_run.ts";
import { checkpointDirectory, heldRuns } from "../run_directory.ts";
import { findResumePoints, type ResumePoint } from "./resume_points.ts";
import { resolvedPipeline } from "../identity/pipeline_identity.ts";

/** How a run starts. */
export interface RunStart {
  /**
   * "afresh" without a checkpoint, "finished" where there is nothing left to do, "cached" where
   * earlier runs have done all there is to do and the directory gets their results.
   */
  readonly state: "afresh" | "resumed" | "finished" | "cached";
  /** The stages whose results earlier runs have made. @default none */
  readonly cached?: readonly CachedStage[] | undefined;
  /** The trainings that go on, with the steps that they have taken; the others start. */
  readonly trainings: readonly ResumePoint[];
  /** Checkpoints that were refused, and what else the user should know, as sentences. */
  readonly warnings: readonly string[];
}

/** The start of a run that goes on from no other. */
export const FRESH_START: RunStart = { state: "afresh", trainings: [], warnings: [] };

/**
 * Where a run of `identity` in `directory` goes on.
 *
 * @throws {UserError} If there are checkpoints, but none that it can go on from.
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

/**
 * A pipeline as the identity of a run has it, as text; undefined for one that is no longer valid.
 */
async function resolvedText(pipeline: string, sources: StageSources): Promise<string | undefined> {
  try {
    const spec: PipelineSpec = JSON.parse(pipeline);
    return JSON.stringify(resolvedPipeline(spec, await validatePipeline(spec, sources)));
  } catch {
    return undefined;
  }
}
