/**
 * What a study is: runs of a preset that differ in one thing, and what they show.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { openMeshStore } from "../../../io/mesh_store.ts";
import {
  overrideOptions,
  type PipelineSpec,
  type StageSpec,
} from "../../engine/definition/spec.ts";
import type { StudyReport } from "./study_report.ts";
import type { Preset, PresetChoice } from "../../presets/preset.ts";
import type { FinishedRun, RunFigures, Variation } from "../variations.ts";

/** A study that is ready to run. */
export interface Study {
  readonly variations: readonly Variation[];
  /**
   * What the runs show.
   *
   * @param runs Of the variations, in their order.
   * @param command The command that repeats the study.
   */
  report(runs: readonly FinishedRun[], command: string): Promise<StudyReport>;
}

/** What is studied, and how long. */
export interface StudyChoice {
  readonly preset: Preset;
  readonly choice: PresetChoice;
  /** About so many training steps in each run: whole epochs, or one of as many samples. */
  readonly steps: number;
  /** Most test samples in each run. */
  readonly tests: number;
  /** Options that differ from those of the preset, as `--set` takes them. */
  readonly changes: readonly string[];
}

/** Stages that only write files. */
const WRITERS = ["write", "vtk"];

/**
 * The pipeline of a preset in so many steps: with its report, but without stores and files of its
 * predictions.
 */
export async function briefPipeline(
  { preset, choice, steps, tests, changes }: StudyChoice,
): Promise<PipelineSpec> {
  const { name, stages } = overrideOptions(preset.build(choice), changes);
  const { store, split = "train", limit } = stages.meshes.with as {
    store: string;
    split?: string | undefined;
    limit?: number | undefined;
  };
  const meshCount = (await openMeshStore(store)).split(split).slice(0, limit).length;
  const kept = Object.entries(stages).filter(([, { run }]) => !WRITERS.includes(run));
  return overrideOptions({ name, stages: Object.fromEntries(kept) }, [
    `stages.meshes.with.limit=${Math.max(1, Math.min(steps, meshCount))}`,
    `stages.graphs.with.epochs=${Math.max(1, Math.round(steps / Math.max(1, meshCount)))}`,
    `stages.tests.with.limit=${tests}`,
    "stages.testGraphs.with.rounds=1",
    // Its messages would count among those of the steps.
    "stages.model.with.certify=false",
  ]);
}

/** An option of a stage of a preset, which must be a number. */
export function numberOption(
  { name, stages }: PipelineSpec,
  stage: string,
  option: string,
): number {
  const value = (stages[stage] as StageSpec | undefined)?.with?.[option];
  if (typeof value === "number") return value;
  throw new UserError(
    `Cannot study "${name}" as option ${option} of stage "${stage}" must be a number: it ` +
      `is ${value ?? "not set"}`,
  );
}

/** Bytes of all messages between the ranks that trained. */
export function peerBytes({ spec, stages }: RunFigures): number {
  return Object.keys(stages).filter((name) => spec.stages[name].run === "train")
    .flatMap((name) => stages[name].ranks).reduce((sum, { peerBytes }) => sum + peerBytes, 0);
}
