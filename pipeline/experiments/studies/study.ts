/**
 * A study: runs of a preset that differ in one choice, and a report of the effect.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { overrideOptions } from "../../engine/definition/override_options.ts";
import type { PipelineSpec, StageSpec } from "../../engine/definition/spec.ts";
import type { Preset, PresetChoice } from "../../presets/preset.ts";
import type { FinishedJob } from "../batch/job_results.ts";
import { type PlannedJob, trainingsOf } from "../batch/planned_job.ts";
import type { StudyReport } from "./study_report.ts";

/** A study that is ready to run. */
export interface Study {
  readonly jobs: readonly PlannedJob[];
  /**
   * The report of the study.
   *
   * @param finished The jobs in their order
   * @param command The command that repeats the study
   */
  report(finished: readonly FinishedJob[], command: string): StudyReport | Promise<StudyReport>;
}

/** Subject of a study, and the length of its runs. */
export interface StudyChoice {
  readonly preset: Preset;
  readonly choice: PresetChoice;
  /**
   * Approximate training steps of each run: complete epochs, or one epoch of fewer samples.
   *
   * @default the epochs of the preset, with its covers of the test samples
   */
  readonly steps?: number | undefined;
  /** Maximum number of test samples of each run. @default all */
  readonly tests?: number | undefined;
  /** Options that differ from those of the preset, in the form of `--set`. */
  readonly changes: readonly string[];
}

/** Stages that only write files. */
const WRITERS = ["write", "vtk"];

/** The pipeline of a preset without the stages that only write files, in fewer steps if asked. */
export async function briefPipeline(
  { preset, choice, steps, tests, changes }: StudyChoice,
): Promise<PipelineSpec> {
  // Runs of a study are compared after the same steps.
  const comparable = preset.build({ ...choice, validation: false });
  const { name, stages } = overrideOptions(comparable, changes);
  const computing = Object.entries(stages).filter(([, { run }]) => !WRITERS.includes(run));
  const training = steps === undefined ? [] : await briefTraining(stages.meshes, steps);
  const testSamples = tests === undefined ? [] : [`stages.tests.with.limit=${tests}`];
  return overrideOptions({ name, stages: Object.fromEntries(computing) }, [
    ...training,
    ...testSamples,
    // A study may look at samples that are too sparse for the radius.
    "stages.graphs.with.allowDisconnected=true",
    // The messages of the certificate would count as messages of the steps.
    "stages.model.with.certify=false",
  ]);
}

/** Assignments for about `steps` training steps, and one cover of the test samples. */
async function briefTraining(meshes: StageSpec, steps: number): Promise<readonly string[]> {
  const { store, split = "train", limit } = meshes.with as {
    store: string;
    split?: string | undefined;
    limit?: number | undefined;
  };
  const meshCount = (await openMeshStore(store)).split(split).slice(0, limit).length;
  return [
    `stages.meshes.with.limit=${Math.max(1, Math.min(steps, meshCount))}`,
    `stages.graphs.with.epochs=${Math.max(1, Math.round(steps / Math.max(1, meshCount)))}`,
    "stages.testGraphs.with.rounds=1",
  ];
}

/** The pipeline with the same options set in several stages. */
export function withOptions(
  spec: PipelineSpec,
  stages: readonly string[],
  options: Readonly<Record<string, number>>,
): PipelineSpec {
  const assignments = stages.flatMap((stage) =>
    Object.entries(options).map(([name, value]) => `stages.${stage}.with.${name}=${value}`)
  );
  return overrideOptions(spec, assignments);
}

/**
 * The value of an option that must be a number.
 *
 * @throws {UserError} If it is not a number.
 */
export function numberOption(
  { name, stages }: PipelineSpec,
  stage: string,
  option: string,
): number {
  const value = (stages[stage] as StageSpec | undefined)?.with?.[option];
  if (typeof value === "number") return value;
  throw new UserError(
    `Cannot study "${name}": option ${option} of stage "${stage}" must be a number, received ` +
      String(value ?? "none"),
  );
}

/** Bytes of all messages between the ranks of the training, per step. */
export function peerBytesPerStep({ figures: { spec, stages, summary } }: FinishedJob): number {
  const ranks = trainingsOf(spec).flatMap((name) => stages[name].ranks);
  const bytes = ranks.reduce((sum, { peerBytes }) => sum + peerBytes, 0);
  return bytes / (summary.runSteps ?? NaN);
}
