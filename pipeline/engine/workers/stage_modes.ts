/**
 * Runs in which some stages are recorded, replayed or skipped.
 *
 * @module
 */

import { tapePath } from "../channels/tape.ts";
import type { ValidPipeline, ValidStage } from "../definition/validate.ts";

/** How a stage takes part in a run, other than by simply running. */
export type StageMode =
  /** It runs, and its output is recorded. Tapes longer than `maxBytes` are discarded. */
  | { readonly mode: "record"; readonly directory: string; readonly maxBytes: number }
  /** It does not run: the output that an earlier run recorded, on as many ranks, is replayed. */
  | { readonly mode: "replay"; readonly directory: string }
  /** It does not run, and no running stage reads it. */
  | { readonly mode: "skip" };

/** Modes by the names of stages; the others simply run. */
export type StageModes = ReadonlyMap<string, StageMode>;

/** Tape of one rank of a stage, to record or to replay. */
export type RankTape =
  | { readonly mode: "record"; readonly path: string; readonly maxBytes: number }
  | { readonly mode: "replay"; readonly path: string };

/** Returns the tape of a rank; undefined if its stage simply runs. */
export function tapeOfRank(mode: StageMode | undefined, rank: number): RankTape | undefined {
  if (mode === undefined || mode.mode === "skip") return undefined;
  const { directory, ...rest } = mode;
  return { ...rest, path: tapePath(directory, rank) };
}

/**
 * Returns the pipeline without the stages that are skipped, and with replayed stages that have no
 * inputs.
 *
 * @throws {RangeError} If a running stage reads one that is skipped.
 */
export function applyModes(pipeline: ValidPipeline, modes: StageModes): ValidPipeline {
  const stages = new Map<string, ValidStage>();
  for (const stage of pipeline.stages.values()) {
    const { mode } = modes.get(stage.name) ?? {};
    if (mode === "skip") continue;
    stages.set(stage.name, mode === "replay" ? replayed(stage) : stage);
  }
  for (const { name, from } of stages.values()) {
    const missing = from.find((producer) => !stages.has(producer));
    if (missing === undefined) continue;
    throw new RangeError(`Cannot skip stage "${missing}": stage "${name}" reads it`);
  }
  return { ...pipeline, stages };
}

function replayed(stage: ValidStage): ValidStage {
  return { ...stage, from: [], stage: { ...stage.stage, peers: false, yieldsAtEnd: false } };
}
