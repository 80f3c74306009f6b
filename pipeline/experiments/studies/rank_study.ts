/**
 * Study of the ranks: time per step and bytes, a model of both, and the size of the graphs below
 * which communication dominates.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { median, quantile } from "d3-array";
import { join } from "node:path";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { overrideOptions } from "../../engine/definition/override_options.ts";
import { inputNames, type PipelineSpec } from "../../engine/definition/spec.ts";
import { planRun } from "../../run/run_pipeline.ts";
import type { FinishedJob } from "../batch/job_results.ts";
import { type Ladder, ranksReport, type RanksRun, type RanksStep } from "./rank_report.ts";
import { countedTraffic, fitStepModel, modelTimes, type StepModel } from "./step_model.ts";
import { briefPipeline, numberOption, type Study, type StudyChoice } from "./study.ts";
import { type StepTiming, timingsFile } from "./timed_train.ts";

/** Default numbers of ranks. */
const RANK_COUNTS = [1, 2, 4];

/** Default numbers of sampled nodes, relative to that of the preset. */
const NODE_SHARES = [0.5, 1, 2];

/**
 * Share of the edges in additional runs on one rank, which separate the cost of an edge from that
 * of a node.
 */
const FEW_EDGES_SHARE = 0.25;

/**
 * Share of the steps that are not counted: they compile, allocate, and share the cores with the
 * sampling of later graphs.
 */
const WARMUP_SHARE = 0.25;

/** Minimum number of nodes of the graphs that are planned. */
const MIN_NODES = 32;

/** Runs of a rank study. */
export interface RanksGrid {
  /** @default 1, 2 and 4 */
  readonly ranks?: readonly number[] | undefined;
  /** Sampled nodes. @default 1/2, 1 and 2 times those of the preset */
  readonly nodes?: readonly number[] | undefined;
}

/** Plans trainings of a preset on several numbers of ranks and nodes. */
export async function ranksStudy(study: StudyChoice, grid: RanksGrid = {}): Promise<Study> {
  const complete = await briefPipeline(study);
  const presetNodes = numberOption(complete, "graphs", "nodes");
  const maxEdges = numberOption(complete, "graphs", "maxEdges");
  const {
    ranks: rankCounts = RANK_COUNTS,
    nodes: nodeCounts = NODE_SHARES.map((share) => Math.round(share * presetNodes)),
  } = grid;
  const fewEdges = Math.max(1, Math.round(FEW_EDGES_SHARE * maxEdges));
  const runs: readonly RanksRun[] = [
    ...rankCounts.flatMap((ranks) => nodeCounts.map((nodes) => ({ ranks, nodes, maxEdges }))),
    ...nodeCounts.map((nodes) => ({ ranks: 1, nodes, maxEdges: fewEdges })),
  ];
  const training = trainingPart(complete);
  const stage = new URL("./timed_train.ts", import.meta.url).href;
  return {
    jobs: runs.map((run) => ({
      name: `ranks-${run.ranks}-nodes-${run.nodes}-edges-${run.maxEdges}`,
      title: study.preset.title,
      spec: overrideOptions(withRun(training, run), [`stages.model.run=${stage}`]),
    })),
    async report(finished, command) {
      const steps = await Promise.all(finished.map((job, k) => readStep(job, runs[k])));
      // More workers than cores take turns: their times do not measure the work.
      const timed = steps.filter(({ ranks }) => ranks <= navigator.hardwareConcurrency);
      const model = fitStepModel(timed);
      const ladders = await planLadders(training, model, rankCounts.filter((count) => count > 1));
      return ranksReport({ steps, model, ladders }, study.preset.title, command);
    },
  };
}

/** The stages of a pipeline that its training needs. */
function trainingPart({ name, stages }: PipelineSpec): PipelineSpec {
  const needed = new Set<string>();
  const add = (stage: string) => {
    needed.add(stage);
    inputNames(stages[stage]).forEach(add);
  };
  add("model");
  const entries = Object.entries(stages).filter(([stage]) => needed.has(stage));
  return { name, stages: Object.fromEntries(entries) };
}

function withRun(training: PipelineSpec, { ranks, nodes, maxEdges }: RanksRun): PipelineSpec {
  return overrideOptions(training, [
    `stages.subdomains.with.parts=${ranks}`,
    `stages.model.ranks=${ranks}`,
    `stages.graphs.with.nodes=${nodes}`,
    `stages.graphs.with.maxEdges=${maxEdges}`,
  ]);
}

/** The step that represents a run: typical loads, and times without disturbances. */
async function readStep({ directory }: FinishedJob, run: RanksRun): Promise<RanksStep> {
  const files = Array.from({ length: run.ranks }, (_, rank) => join(directory, timingsFile(rank)));
  const timings = await Promise.all(
    files.map(async (file): Promise<StepTiming[]> => JSON.parse(await Deno.readTextFile(file))),
  );
  const counted = timings.map((steps) =>
    steps.slice(Math.min(steps.length - 1, Math.ceil(WARMUP_SHARE * steps.length)))
  );
  const loads = counted.map((steps) => {
    const typical = (figure: (step: StepTiming) => number) => median(steps.map(figure))!;
    return {
      edges: typical(({ edges }) => edges),
      nodes: typical(({ nodes }) => nodes),
      ghosts: typical(({ ghosts }) => ghosts),
      messages: typical(({ messages }) => messages),
      bytes: typical(({ bytes }) => bytes),
    };
  });
  const ofSteps = (figure: (step: readonly StepTiming[]) => number) =>
    undisturbed(counted[0].map((_, k) => figure(counted.map((steps) => steps[k]))));
  return {
    ...run,
    loads,
    computeSeconds: counted.map((steps) =>
      undisturbed(steps.map(({ seconds, communicationSeconds }) => seconds - communicationSeconds))
    ),
    communicationSeconds: ofSteps((step) =>
      Math.min(...step.map((timing) => timing.communicationSeconds))
    ),
    seconds: ofSteps((step) => Math.max(...step.map((timing) => timing.seconds))),
  };
}

/** Draws graphs of all sizes up to complete meshes, counts a step on each, and models its times. */
async function planLadders(
  training: PipelineSpec,
  model: StepModel,
  rankCounts: readonly number[],
): Promise<readonly Ladder[]> {
  const { store, split = "train" } = training.stages.meshes.with as {
    store: string;
    split?: string | undefined;
  };
  const meshes = await openMeshStore(store);
  const { nodeCount } = await meshes.read(meshes.split(split)[0]);
  const maxEdges = numberOption(training, "graphs", "maxEdges");
  const sizes = [nodeCount];
  while (sizes[0] / 2 >= MIN_NODES) sizes.unshift(Math.floor(sizes[0] / 2));
  const ladders: Ladder[] = [];
  for (const ranks of rankCounts) {
    const points: Ladder["points"][number][] = [];
    for (const nodes of sizes) {
      const plan = await planRun(withRun(training, { ranks, nodes, maxEdges }));
      if (plan === undefined) continue;
      const { costs, nodeCounts, edgeCounts } = plan.training;
      const loads = costs.map((cost, rank) => ({
        edges: edgeCounts[rank],
        nodes: nodeCounts[rank],
        ...countedTraffic(cost, ranks),
      }));
      const { computeSeconds, communicationSeconds } = modelTimes(model, loads);
      const share = communicationSeconds / (computeSeconds + communicationSeconds);
      points.push({ size: nodes / ranks, share });
    }
    ladders.push({ ranks, points });
  }
  return ladders;
}

/** Lower quartile of times, to which other work on the machine can only add. */
function undisturbed(seconds: readonly number[]): number {
  return quantile(seconds, 0.25)!;
}
