/**
 * Training steps that fit a time.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { overrideOptions } from "../engine/definition/override_options.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import type { Plan } from "./plan/plan.ts";
import { planRun } from "./run_pipeline.ts";
import type { RunOptions } from "./run_options.ts";

/** A pipeline whose training fits a time. */
export interface FittedPipeline {
  readonly spec: PipelineSpec;
  readonly epochs: number;
  /** Training meshes and test meshes, if not all of them fit. */
  readonly limit?: number | undefined;
  readonly testLimit?: number | undefined;
  readonly steps: number;
  /** The changes of the pipeline, as for `--set`. */
  readonly set: readonly string[];
  /** The plan of a single epoch. */
  readonly plan: Plan;
}

/** Share of the time that is planned: the rest is for measuring and writing results. */
const PLANNED_SHARE = 0.85;

/** Time to write the report of a small run. */
const REPORT_SECONDS = 2;

/** Share of the time for reading meshes, and for predictions on test meshes. */
const READING_SHARE = 0.25;
const PREDICTION_SHARE = 0.25;

/** Steps above which a network of these sizes hardly improves. */
const MAX_STEPS = 50_000;

/** Steps below which a network has learnt nothing. */
const MIN_STEPS = 20;

/**
 * Sets the epochs of a pipeline so that the complete run takes about a time on this machine. If not
 * even one epoch fits, the training reads fewer meshes; if the predictions take too long, each test
 * mesh is covered once, and then fewer of them are read.
 *
 * @param seconds Time of the complete run
 * @param meshSeconds Time to read and prepare a training mesh
 * @throws {UserError} If the pipeline does not have one training on graphs of built-in stages, or
 * not even a few steps fit.
 */
export async function fitMinutes(
  spec: PipelineSpec,
  seconds: number,
  { meshSeconds = 0, ...options }: FitOptions = {},
): Promise<FittedPipeline> {
  const { graphs, meshes } = trainingStages(spec);
  const single = overrideOptions(spec, [`stages.${graphs}.with.epochs=1`]);
  const plan = await planRun(single, options);
  if (plan === undefined) throw unplannable(spec);
  const { steps: meshCount, stepSeconds } = plan.training;
  const test = await fitPredictions(
    spec,
    plan.seconds - meshCount * stepSeconds,
    PREDICTION_SHARE * seconds,
  );
  const { otherSeconds } = test;
  const fit = fitSteps({ meshCount, meshSeconds, stepSeconds, otherSeconds }, seconds);
  if (fit === undefined) {
    const minSeconds = REPORT_SECONDS + otherSeconds + MIN_STEPS * stepSeconds;
    const minutesOf = (time: number) => `${(time / 60).toPrecision(2)} minutes`;
    throw new UserError(
      `Cannot train "${spec.name}": there must be time for ${MIN_STEPS} steps, which takes about ` +
        `${minutesOf(minSeconds / PLANNED_SHARE)}, but only ${minutesOf(seconds)} are left; ` +
        "allow more, or use fewer nodes",
    );
  }
  const { epochs, limit } = fit;
  const set = [`stages.${graphs}.with.epochs=${epochs}`];
  if (limit !== undefined) set.push(`stages.${meshes}.with.limit=${limit}`);
  set.push(...test.set);
  return {
    spec: overrideOptions(spec, set),
    set,
    epochs,
    limit,
    testLimit: test.limit,
    steps: epochs * (limit ?? meshCount),
    plan,
  };
}

/** Times of a run with a training of one step per mesh and epoch. */
export interface StepTimes {
  readonly meshCount: number;
  /** Time to read and prepare a mesh. */
  readonly meshSeconds: number;
  readonly stepSeconds: number;
  /** Time of everything else. */
  readonly otherSeconds: number;
}

/** Epochs, and meshes if not all fit, of a run that takes a time; undefined for too few steps. */
export function fitSteps(
  { meshCount, meshSeconds, stepSeconds, otherSeconds }: StepTimes,
  seconds: number,
): Pick<FittedPipeline, "epochs" | "limit"> | undefined {
  const maxMeshes = Math.max(1, Math.floor(READING_SHARE * seconds / meshSeconds));
  const readCount = Math.min(meshCount, maxMeshes);
  const left = PLANNED_SHARE * seconds - REPORT_SECONDS - otherSeconds - readCount * meshSeconds;
  const maxSteps = Math.min(MAX_STEPS, Math.floor(left / stepSeconds));
  if (maxSteps < MIN_STEPS) return undefined;
  const count = Math.min(readCount, maxSteps);
  return { epochs: Math.floor(maxSteps / count), limit: count < meshCount ? count : undefined };
}

/** Options of {@linkcode fitMinutes}. */
export interface FitOptions extends Pick<RunOptions, "base" | "signal"> {
  readonly meshSeconds?: number | undefined;
}

/** Changes of a pipeline after which its predictions take at most a time. */
async function fitPredictions(spec: PipelineSpec, otherSeconds: number, maxSeconds: number) {
  const predict = Object.values(spec.stages).find(({ run }) => run === "predict");
  const graphs = predict && producerOf(spec, "sample", [predict.from].flat()[1]);
  const meshes = graphs && producerOf(spec, "load", graphs);
  if (graphs === undefined || meshes === undefined || otherSeconds <= maxSeconds) {
    return { otherSeconds, set: [], limit: undefined };
  }
  const rounds = Number(spec.stages[graphs].with?.rounds ?? 1);
  const set = rounds > 1 ? [`stages.${graphs}.with.rounds=1`] : [];
  const single = otherSeconds / rounds;
  if (single <= maxSeconds) return { otherSeconds: single, set, limit: undefined };
  const { store, split = "train", limit = Infinity } = spec.stages[meshes].with ?? {};
  const count = Math.min((await openMeshStore(`${store}`)).split(`${split}`).length, Number(limit));
  const fitting = Math.max(1, Math.floor(count * maxSeconds / single));
  return {
    otherSeconds: single * fitting / count,
    set: [...set, `stages.${meshes}.with.limit=${fitting}`],
    limit: fitting < count ? fitting : undefined,
  };
}

/** The stages that draw the graphs of the training and read its meshes. */
function trainingStages(spec: PipelineSpec) {
  const trainings = Object.values(spec.stages).filter(({ run }) => run === "train");
  const graphs = trainings.length === 1
    ? producerOf(spec, "sample", [trainings[0].from].flat()[0])
    : undefined;
  const meshes = graphs && producerOf(spec, "load", graphs);
  if (graphs === undefined || meshes === undefined) throw unplannable(spec);
  return { graphs, meshes };
}

/** The name of the first stage of a kind from a stage upwards. */
function producerOf({ stages }: PipelineSpec, run: string, from: string | undefined) {
  let name = from;
  while (name !== undefined && stages[name]?.run !== run) {
    name = [stages[name]?.from].flat()[0];
  }
  return name;
}

function unplannable({ name }: PipelineSpec): UserError {
  return new UserError(
    `Cannot fit the training of "${name}" to a time: the pipeline must have one train stage, on ` +
      "graphs of built-in stages; set the epochs of its sample stage instead",
  );
}
