/**
 * Validation of a pipeline of built-in stages: its definition, and the rules by which it draws
 * graphs to train and to predict.
 *
 * @module
 */

import type { PipelineSpec } from "../engine/definition/spec.ts";
import {
  invalidPipeline,
  type StageSources,
  validatePipeline,
  type ValidPipeline,
  type ValidStage,
} from "../engine/definition/validate.ts";
import { comparedStages, withInheritedOptions } from "./inherited_options.ts";

/** A pipeline with the options that predictions inherit, and its validated stages. */
export interface CompletePipeline {
  readonly spec: PipelineSpec;
  readonly pipeline: ValidPipeline;
}

/**
 * Options of the edges that must be equal in training and prediction, by their rule. A maximum of
 * neighbours drawn within a radius may differ: their mean then varies more or less, around the same
 * value.
 */
const EDGE_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  radius: ["edges", "radius"],
  nearest: ["edges", "radius", "maxEdges"],
  given: ["edges"],
};

/**
 * Validates a pipeline after its predictions have inherited fields, overlap and edges from their
 * trainings.
 *
 * @throws {PipelineError} If the pipeline is invalid, or a prediction draws graphs by another rule
 * than the training of its model; lists every problem.
 */
export async function validPipeline(
  spec: PipelineSpec,
  sources: StageSources,
): Promise<CompletePipeline> {
  const complete = withInheritedOptions(spec);
  const pipeline = await validatePipeline(complete, sources);
  const problems = comparedStages(complete).flatMap((compared) => {
    const { predict, isValidation, kind, training, prediction } = compared;
    const { stages } = pipeline;
    if (optionsOf(stages.get(predict)!).otherGraphs === true) return [];
    // The fields are compared with their stores.
    if (kind === "load") return [];
    const [trained, predicted] = [training, prediction].map((name) => stages.get(name)!);
    return isValidation
      ? ruleProblems(`validate with stage "${predict}"`, trained, predicted)
      : ruleProblems(
        `predict with stage "${predict}"`,
        trained,
        predicted,
        ` (stages.${predict}.with.otherGraphs=true allows it)`,
      );
  });
  if (problems.length > 0) throw invalidPipeline(complete, problems);
  return { spec: complete, pipeline };
}

/** One sentence for each option that differs between training and prediction. */
function ruleProblems(
  action: string,
  training: ValidStage,
  prediction: ValidStage,
  remedy = "",
): readonly string[] {
  const [trained, predicted] = [training, prediction].map(optionsOf);
  const names = EDGE_OPTIONS[String(trained.edges)] ?? ["overlap"];
  const shown = (value: unknown) => value === undefined ? "none" : JSON.stringify(value);
  return names.filter((name) => trained[name] !== predicted[name]).map((name) =>
    `Cannot ${action}: ${name} must be that of the training, ` +
    `${shown(trained[name])} in stage "${training.name}", received ${shown(predicted[name])} in ` +
    `stage "${prediction.name}"; set both, or omit it in "${prediction.name}" to inherit it` +
    remedy
  );
}

/** Options of a valid stage with their defaults. */
function optionsOf({ resolved }: ValidStage): Readonly<Record<string, unknown>> {
  return resolved as Readonly<Record<string, unknown>>;
}
