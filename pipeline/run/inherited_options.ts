/**
 * Options that hold for training and prediction alike, so that a pipeline states them once.
 *
 * @module
 */

import { checkShape } from "../engine/definition/check_shape.ts";
import { inputNames, type PipelineSpec, type StageSpec } from "../engine/definition/spec.ts";

/**
 * Options of the stages before a training that its predictions inherit, by the name of the built-in
 * stage.
 */
const INHERITED: Readonly<Record<string, readonly string[]>> = {
  load: ["inputs", "targets"],
  derive: ["fields"],
  partition: ["overlap"],
  sample: ["edges", "radius", "maxEdges", "draw", "edgeDraw"],
};

/** Options that validation graphs inherit as well. */
const INHERITED_BY_VALIDATION: Readonly<Record<string, readonly string[]>> = {
  ...INHERITED,
  sample: ["nodes", ...INHERITED.sample, "allowDisconnected"],
};

/**
 * The pipeline in which the meshes and graphs of a prediction or a validation have the fields,
 * overlap and edges of the training of its model, as far as their stages do not state their own.
 */
export function withInheritedOptions(spec: PipelineSpec): PipelineSpec {
  // The validation reports what is wrong.
  if (checkShape(spec).length > 0) return spec;
  const stages: Record<string, StageSpec> = { ...spec.stages };
  for (const { kind, training, prediction, isValidation } of comparedStages(spec)) {
    const names = (isValidation ? INHERITED_BY_VALIDATION : INHERITED)[kind];
    const given = spec.stages[training].with ?? {};
    const own = stages[prediction].with ?? {};
    const inherited = Object.fromEntries(
      names.filter((name) => given[name] !== undefined && own[name] === undefined)
        .map((name) => [name, given[name]]),
    );
    if (Object.keys(inherited).length === 0) continue;
    stages[prediction] = { ...stages[prediction], with: { ...own, ...inherited } };
  }
  recordCovers(spec, stages);
  orderNodes(stages);
  return { ...spec, stages };
}

/** Lets each training record how the first prediction with its model is made. */
function recordCovers(spec: PipelineSpec, stages: Record<string, StageSpec>): void {
  for (const [name, stage] of Object.entries(spec.stages)) {
    if (stage.run !== "predict") continue;
    const [model, graphs] = inputNames(stage);
    const trained = Object.hasOwn(stages, model) ? stages[model] : undefined;
    const sampled = Object.hasOwn(stages, graphs ?? "") ? stages[graphs] : undefined;
    if (trained?.run !== "train" || sampled?.run !== "sample") continue;
    if (trained.with?.covers !== undefined || sampled.with?.mode !== "cover") continue;
    const { nodes = "all", rounds = 1, seed = 0 } = sampled.with;
    const draw = sampled.with.draw === "stratified" ? "stratified" : undefined;
    const graphsOfTraining = graphStages(spec, inputNames(trained)[0]).sample;
    const covers = {
      rounds,
      nodes: nodes === "all" ? 0 : nodes,
      seed,
      draw,
      maxEdges: otherMaxEdges(stageOf(spec, graphsOfTraining), sampled),
      fitLength: fitOf(spec, name),
    };
    stages[model] = { ...trained, with: { ...trained.with, covers } };
  }
}

/** Lets each partition order the nodes that a stage samples with stratified draws. */
function orderNodes(stages: Record<string, StageSpec>): void {
  for (const sampled of Object.values(stages)) {
    if (sampled.run !== "sample") continue;
    const { draw, edgeDraw } = sampled.with ?? {};
    const [name] = inputNames(sampled);
    const partition = Object.hasOwn(stages, name) ? stages[name] : undefined;
    const isStratified = draw === "stratified" || edgeDraw === "stratified";
    if (!isStratified || partition?.run !== "partition") continue;
    if (partition.with?.order !== undefined) continue;
    stages[name] = { ...partition, with: { ...partition.with, order: true } };
  }
}

/**
 * The maximum of edges of a prediction if it differs from that of the training; undefined if not.
 */
function otherMaxEdges(training: StageSpec | undefined, prediction: StageSpec): unknown {
  const maxEdges = prediction.with?.maxEdges;
  const rules = [training, prediction].map((stage) => stage?.with?.edges ?? "radius");
  const isOther = training?.with?.maxEdges !== maxEdges && rules[0] === rules[1] &&
    rules[0] !== "given";
  return isOther ? maxEdges : undefined;
}

/** Length of the fit in the stage that assembles a prediction; undefined if there is none. */
function fitOf(spec: PipelineSpec, prediction: string): unknown {
  const stitch = Object.values(spec.stages).find((stage) =>
    stage.run === "stitch" && inputNames(stage)[0] === prediction
  );
  return stitch?.with?.fitLength || undefined;
}

/** Names of two stages of one kind, one before a training, one before a prediction. */
export interface ComparedStages {
  /** Name of the stage that predicts, or that trains and validates. */
  readonly predict: string;
  readonly isValidation: boolean;
  /** Kind of both stages, such as `sample`. */
  readonly kind: string;
  readonly training: string;
  readonly prediction: string;
}

/**
 * The `load`, `derive`, `partition` and `sample` stages before each prediction and each validation,
 * with those before the training of its model. Stages behind custom ones are left out.
 */
export function comparedStages(spec: PipelineSpec): readonly ComparedStages[] {
  return Object.entries(spec.stages).flatMap(([predict, stage]) => {
    const compared = comparedGraphs(spec, stage);
    if (compared === undefined) return [];
    const training = graphStages(spec, compared.training);
    const prediction = graphStages(spec, compared.graphs);
    const isValidation = stage.run === "train";
    return Object.keys(INHERITED).flatMap((kind) => {
      const [a, b] = [training[kind], prediction[kind]];
      // A prediction of the training's own graphs shares its stages.
      return a === undefined || b === undefined || a === b
        ? []
        : [{ predict, isValidation, kind, training: a, prediction: b }];
    });
  });
}

/** Names of the graphs of a training, and of those that are predicted with its model. */
function comparedGraphs(
  spec: PipelineSpec,
  stage: StageSpec,
): { readonly training: string | undefined; readonly graphs: string | undefined } | undefined {
  if (stage.run === "train") {
    const [training, , graphs] = inputNames(stage);
    return graphs === undefined ? undefined : { training, graphs };
  }
  if (stage.run !== "predict") return undefined;
  const [model, graphs] = inputNames(stage);
  const trained = stageOf(spec, model);
  if (trained?.run !== "train") return undefined;
  return { training: inputNames(trained)[0], graphs };
}

/** Names of the built-in stages that lead to the graphs of `name`, by kind. */
export function graphStages(
  spec: PipelineSpec,
  name: string | undefined,
): Readonly<Record<string, string | undefined>> {
  const found: Record<string, string> = {};
  let current = name;
  while (current !== undefined) {
    const stage = stageOf(spec, current);
    const kind = stage?.run;
    if (kind === undefined || !Object.hasOwn(INHERITED, kind) || kind in found) break;
    found[kind] = current;
    current = inputNames(stage!)[0];
  }
  return found;
}

function stageOf(spec: PipelineSpec, name: string | undefined): StageSpec | undefined {
  return name !== undefined && Object.hasOwn(spec.stages, name) ? spec.stages[name] : undefined;
}
