/**
 * Runs in which not every stage runs.
 *
 * @module
 */

import { tapePath } from "../channels/tape.ts";
import type { ValidPipeline, ValidStage } from "../definition/validate.ts";

/** How a stage takes part in a run, where it does not simply run. */
export type StageMode =
  /** It runs, and its output is recorded. Tapes longer than `maxBytes` are given up. */
  | { readonly mode: "record"; readonly directory: string; readonly maxBytes: number }
  /** It does not run: what an earlier run recorded, on as many ranks, is played. */
  | { readonly mode: "replay"; readonly directory: string }
  /** It does not run, and no stage that does reads it. */
  | { readonly mode: "skip" };

/** The modes of stages by name; the others simply run. */
export type StageModes = ReadonlyMap<string, StageMode>;

/** The tape of one rank of a stage: what a worker needs to know of its mode. */
export type RankTape =
  | { readonly mode: "record"; readonly path: string; readonly maxBytes: number }
  | { readonly mode: "replay"; readonly path: string };

/** The tape of a rank; undefined where its stage simply runs. */
export function tapeOfRank(mode: StageMode | undefined, rank: number): RankTape | undefined {
  if (mode === undefined || mode.mode === "skip") return undefined;
  const { directory, ...rest } = mode;
  return { ...rest, path: tapePath(directory, rank) };
}

/**
 * The part of a plan that takes part in the run: without the stages that are skipped. A stage that
 * is replayed reads nothing.
 *
 * @throws {RangeError} If a stage that runs reads one that is skipped.
 */
export function applyModes(plan: ValidPipeline, modes: StageModes): ValidPipeline {
  const stages = new Map<string, ValidStage>();
  for (const stage of plan.stages.values()) {
    const { mode } = modes.get(stage.name) ?? {};
    if (mode === "skip") continue;
    stages.set(stage.name, mode === "replay" ? replayed(stage) : stage);
  }
  for (const { name, from } of stages.values()) {
    const missing = from.find((producer) => !stages.has(producer));
    if (missing === undefined) continue;
    throw new RangeError(`Cannot skip stage "${missing}" as stage "${name}" reads it`);
  }
  return { ...plan, stages };
}

function replayed(planned: ValidStage): ValidStage {
  return { ...planned, from: [], stage: { ...planned.stage, peers: false, yieldsAtEnd: false } };
}
