/**
 * Training steps that fit a time.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { overrideOptions } from "../engine/definition/override_options.ts";
import type { PipelineSpec, StageSpec } from "../engine/definition/spec.ts";
import type { Plan } from "./plan/plan.ts";
import { planRun } from "./run_pipeline.ts";
import type { RunOptions } from "./run_options.ts";

/** A pipeline whose training fits a time. */
export interface FittedPipeline {
  readonly spec: PipelineSpec;
  readonly epochs: number;
  /** Training meshes, if not all of them fit. */
  readonly limit?: number | undefined;
  readonly steps: number;
  /** The changes of the pipeline, as for `--set`. */
  readonly set: readonly string[];
  /** The plan of a single epoch. */
  readonly plan: Plan;
}

/** Share of the time that is planned: the rest is for writing results and the report. */
const PLANNED_SHARE = 0.85;

/** Steps above which a network of these sizes hardly improves. */
const MAX_STEPS = 50_000;

/** Steps below which a network has learnt nothing. */
const MIN_STEPS = 20;

/**
 * Sets the epochs of a pipeline so that the complete run takes about a time on this machine. If not
 * even one epoch fits, the training reads fewer meshes.
 *
 * @param seconds Time of the complete run
 * @throws {UserError} If the pipeline does not have one training on graphs of built-in stages, or
 * not even a few steps fit.
 */
export async function fitMinutes(
  spec: PipelineSpec,
  seconds: number,
  options: Pick<RunOptions, "base" | "signal"> = {},
): Promise<FittedPipeline> {
  const { graphs, meshes } = trainingStages(spec);
  const single = overrideOptions(spec, [`stages.${graphs}.with.epochs=1`]);
  const plan = await planRun(single, options);
  if (plan === undefined) throw unplannable(spec);
  const { steps: meshCount, stepSeconds } = plan.training;
  const otherSeconds = plan.seconds - meshCount * stepSeconds;
  const fit = fitSteps({ meshCount, stepSeconds, otherSeconds }, seconds);
  if (fit === undefined) {
    const needed = (otherSeconds + MIN_STEPS * stepSeconds) / PLANNED_SHARE / 60;
    throw new UserError(
      `Cannot train "${spec.name}" in ${(seconds / 60).toPrecision(2)} minutes: there must be ` +
        `time for ${MIN_STEPS} steps, which takes about ${needed.toPrecision(2)} minutes; allow ` +
        "more, or use fewer nodes",
    );
  }
  const { epochs, limit } = fit;
  const set = [`stages.${graphs}.with.epochs=${epochs}`];
  if (limit !== undefined) set.push(`stages.${meshes}.with.limit=${limit}`);
  return {
    spec: overrideOptions(spec, set),
    set,
    epochs,
    limit,
    steps: epochs * (limit ?? meshCount),
    plan,
  };
}

/** Times of a run with a training of one step per mesh and epoch. */
export interface StepTimes {
  readonly meshCount: number;
  readonly stepSeconds: number;
  /** Time of everything else. */
  readonly otherSeconds: number;
}

/** Epochs, and meshes if not all fit, of a run that takes a time; undefined for too few steps. */
export function fitSteps(
  { meshCount, stepSeconds, otherSeconds }: StepTimes,
  seconds: number,
): Pick<FittedPipeline, "epochs" | "limit"> | undefined {
  const left = PLANNED_SHARE * seconds - otherSeconds;
  const maxSteps = Math.min(MAX_STEPS, Math.floor(left / stepSeconds));
  if (maxSteps < MIN_STEPS) return undefined;
  return maxSteps < meshCount
    ? { epochs: 1, limit: maxSteps }
    : { epochs: Math.floor(maxSteps / meshCount) };
}

/** The stages that draw the graphs of the training and read its meshes. */
function trainingStages(spec: PipelineSpec) {
  const named = (run: string, from: StageSpec["from"]) => {
    let name = [from].flat()[0];
    while (name !== undefined && spec.stages[name]?.run !== run) {
      name = [spec.stages[name]?.from].flat()[0];
    }
    return name;
  };
  const trainings = Object.values(spec.stages).filter(({ run }) => run === "train");
  const graphs = trainings.length === 1 ? named("sample", trainings[0].from) : undefined;
  const meshes = graphs === undefined ? undefined : named("load", spec.stages[graphs].from);
  if (graphs === undefined || meshes === undefined) throw unplannable(spec);
  return { graphs, meshes };
}

function unplannable({ name }: PipelineSpec): UserError {
  return new UserError(
    `Cannot fit the training of "${name}" to a time: the pipeline must have one train stage, on ` +
      "graphs of built-in stages; set the epochs of its sample stage instead",
  );
}
