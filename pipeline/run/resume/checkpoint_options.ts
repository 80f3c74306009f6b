/**
 * Options by which the trainings of a pipeline write checkpoints and resume from them.
 *
 * @module
 */

import { inputNames, type PipelineSpec, type StageSpec } from "../../engine/definition/spec.ts";
import type { RunIdentity } from "../../training/checkpoint_file.ts";
import type { CheckpointInterval } from "../../training/checkpoints.ts";
import type { ResumePoint } from "./resume_points.ts";

/** Checkpoints of a run. */
export interface Checkpointing {
  readonly directory: string;
  readonly every: CheckpointInterval;
  readonly run: RunIdentity;
  /** Where trainings resume; the others start from the beginning. */
  readonly points: readonly ResumePoint[];
}

/**
 * The pipeline with the options of its checkpoints.
 *
 * Graphs before the step at which all their consumers resume are not drawn, if those are trainings
 * only. Other stages may depend on the complete stream, and get it again.
 */
export function withCheckpoints(
  spec: PipelineSpec,
  { points, directory, every, run }: Checkpointing,
): PipelineSpec {
  const pointOf = (stage: string) => points.find((point) => point.stage === stage);
  const stages = Object.entries(spec.stages).map(([name, stage]): [string, StageSpec] => {
    if (stage.run === "train") {
      const checkpoint = { directory, every, run, resume: pointOf(name)?.path };
      return [name, withOptions(stage, { checkpoint })];
    }
    if (stage.run !== "sample") return [name, stage];
    const consumers = Object.entries(spec.stages).filter(([, other]) =>
      inputNames(other).includes(name)
    );
    // Validation graphs are read from the beginning.
    const steps = consumers.map(([consumer, stage]) =>
      stage.run === "train" && inputNames(stage).indexOf(name) === 0
        ? pointOf(consumer)?.step ?? 0
        : 0
    );
    const firstStep = steps.length === 0 ? 0 : Math.min(...steps);
    return [name, firstStep > 0 ? withOptions(stage, { firstStep }) : stage];
  });
  return { ...spec, stages: Object.fromEntries(stages) };
}

function withOptions(stage: StageSpec, options: Readonly<Record<string, unknown>>): StageSpec {
  return { ...stage, with: { ...stage.with, ...options } };
}
