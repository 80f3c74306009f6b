/**
 * A pipeline whose trainings keep checkpoints and go on from those of an earlier run.
 *
 * @module
 */

import { inputNames, type PipelineSpec, type StageSpec } from "../../engine/definition/spec.ts";
import type { RunIdentity } from "../../training/checkpoint_file.ts";
import type { CheckpointInterval } from "../../training/checkpoints.ts";
import type { ResumePoint } from "./resume_points.ts";

/** How the trainings of a run keep checkpoints. */
export interface Checkpointing {
  readonly directory: string;
  readonly every: CheckpointInterval;
  readonly run: RunIdentity;
  /** Where trainings go on; the others start. */
  readonly points: readonly ResumePoint[];
}

/**
 * The pipeline with the options set by which its trainings keep checkpoints and resume.
 *
 * Graphs that were trained on are not even drawn where only trainings read them. Other stages see
 * the whole stream again, as they may depend on all of it.
 */
export function checkpointed(spec: PipelineSpec, checkpointing: Checkpointing): PipelineSpec {
  const { points, ...options } = checkpointing;
  const stepOf = (stage: string) => points.find((point) => point.stage === stage)?.step ?? 0;
  const stages = Object.entries(spec.stages).map(([name, stage]): [string, StageSpec] => {
    if (stage.run === "train") {
      const resume = points.find((point) => point.stage === name)?.path;
      return [name, withOptions(stage, { checkpoint: { ...options, ...(resume && { resume }) } })];
    }
    if (stage.run !== "sample") return [name, stage];
    const consumers = Object.entries(spec.stages).filter(([, other]) =>
      inputNames(other).includes(name)
    );
    const areTrainings = consumers.every(([, { run }]) => run === "train");
    const firstStep = areTrainings
      ? Math.min(...consumers.map(([consumer]) => stepOf(consumer)))
      : 0;
    return [
      name,
      firstStep > 0 && firstStep < Infinity ? withOptions(stage, { firstStep }) : stage,
    ];
  });
  return { ...spec, stages: Object.fromEntries(stages) };
}

function withOptions(stage: StageSpec, options: Readonly<Record<string, unknown>>): StageSpec {
  return { ...stage, with: { ...stage.with, ...options } };
}
