/**
 * What more ranks cost and bring: time per step and bytes, a model of both, and where communication
 * takes too much.
 *
 * @module
 */

import { join } from "node:path";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { inputNames, overrideOptions, type PipelineSpec } from "../../engine/definition/spec.ts";
import { planRun } from "../../run/run_pipeline.ts";
import type { FinishedRun } from "../variations.ts";
import { type Ladder, ranksReport, type RanksRun, type RanksStep } from "./rank_report.ts";
import { countedTraffic, fitStepModel, modelTimes, type StepModel } from "./step_model.ts";
import { briefPipeline, numberOption, type Study, type StudyChoice } from "./study.ts";
import { type StepTiming, timingsFile } from "./timed_train.ts";

/** Sampled nodes in the runs, in parts of those of the preset. */
const NODE_SHARES = [0.5, 1, 2];

/**
 * More runs on one rank have so small a part of the edges, which tells the cost of an edge from
 * that of a node.
 */
const FEW_EDGES = 0.25;

/**
 * Steps that are not counted: they compile, allocate, and run beside the drawing of later graphs.
 */
const WARMUP = 0.25;

/** Fewest nodes of the graphs for which the model is asked. */
const LEAST_NODES = 32;

/** What is run. */
export interface RanksGrid {
  /** @default 1, 2 and 4 */
  readonly ranks?: readonly number[] | undefined;
  /** Sampled nodes. @default 1/2, 1 and 2 times those of the preset */
  readonly nodes?: readonly number[] | undefined;
}

/** Trainings of a preset on different numbers of ranks and nodes. */
export async function ranksStudy(study: StudyChoice, grid: RanksGrid = {}): Promise<Study> {
  const whole = await briefPipeline(study);
  const preset = numberOption(whole, "graphs", "nodes");
  const maxEdges = numberOption(whole, "graphs", "maxEdges");
  const {
    ranks: rankCounts = [1, 2, 4],
    nodes: nodeCounts = NODE_SHARES.map((share) => Math.round(share * preset)),
  } = grid;
  const few = Math.max(1, Math.round(FEW_EDGES * maxEdges));
  const runs: readonly RanksRun[] = [
    ...rankCounts.flatMap((ranks) => nodeCounts.map((nodes) => ({ ranks, nodes, maxEdges }))),
    ...nodeCounts.map((nodes) => ({ ranks: 1, nodes, maxEdges: few })),
  ];
  const training = trainingOf(whole);
  const stage = new URL("./timed_train.ts", import.meta.url).href;
  return {
    variations: runs.map((run) => ({
      name: `ranks-${run.ranks}-nodes-${run.nodes}-edges-${run.maxEdges}`,
      title: study.preset.title,
      spec: overrideOptions(withRun(training, run), [`stages.model.run=${stage}`]),
    })),
    async report(finished, command) {
      const steps = await Promise.all(finished.map((run, k) => readStep(run, runs[k])));
      // More workers than cores take turns: their times say nothing of the work.
      const model = fitStepModel(
        steps.filter((_, k) => runs[k].ranks <= navigator.hardwareConcurrency),
      );
      const ladders = await planLadders(training, model, rankCounts.filter((count) => count > 1));
      return ranksReport({ runs, steps, model, ladders }, study.preset.title, command);
    },
  };
}

/** The stages of a pipeline that train. */
function trainingOf({ name, stages }: PipelineSpec): PipelineSpec {
  const needed = new Set<string>();
  const need = (stage: string) => {
    needed.add(stage);
    inputNames(stages[stage]).forEach(need);
  };
  need("model");
  return {
    name,
    stages: Object.fromEntries(Object.entries(stages).filter(([stage]) => needed.has(stage))),
  };
}

function withRun(training: PipelineSpec, { ranks, nodes, maxEdges }: RanksRun): PipelineSpec {
  return overrideOptions(training, [
    `stages.subdomains.with.parts=${ranks}`,
    `stages.model.ranks=${ranks}`,
    `stages.graphs.with.nodes=${nodes}`,
    `stages.graphs.with.maxEdges=${maxEdges}`,
  ]);
}

/**
 * The step that stands for a run: typical parts of a graph, and times in which nothing else
 * disturbed.
 */
async function readStep({ directory }: FinishedRun, { ranks }: RanksRun): Promise<RanksStep> {
  const timings: StepTiming[][] = [];
  for (let rank = 0; rank < ranks; rank++) {
    timings.push(JSON.parse(await Deno.readTextFile(join(directory, timingsFile(rank)))));
  }
  const counted = timings.map((steps) =>
    steps.slice(Math.min(steps.length - 1, Math.ceil(WARMUP * steps.length)))
  );
  const loads = counted.map((steps) => {
    const of = (figure: (step: StepTiming) => number) => median(steps.map(figure));
    return {
      edges: of(({ edges }) => edges),
      nodes: of(({ nodes }) => nodes),
      ghosts: of(({ ghosts }) => ghosts),
      messages: of(({ messages }) => messages),
      bytes: of(({ bytes }) => bytes),
    };
  });
  const ofSteps = (figure: (step: readonly StepTiming[]) => number) =>
    quickest(counted[0].map((_, k) => figure(counted.map((steps) => steps[k]))));
  return {
    loads,
    computeSeconds: counted.map((steps) =>
      quickest(steps.map(({ seconds, communicationSeconds }) => seconds - communicationSeconds))
    ),
    communicationSeconds: ofSteps((step) =>
      Math.min(...step.map((timing) => timing.communicationSeconds))
    ),
    seconds: ofSteps((step) => Math.max(...step.map((timing) => timing.seconds))),
  };
}

/**
 * Draws graphs of every size up to whole meshes, counts a step on each, and asks the model for its
 * times.
 */
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
  while (sizes[0] / 2 >= LEAST_NODES) sizes.unshift(Math.floor(sizes[0] / 2));
  const ladders: Ladder[] = [];
  for (const ranks of rankCounts) {
    const points: Ladder["points"][number][] = [];
    for (const nodes of sizes) {
      const plan = await planRun(withRun(training, { ranks, nodes, maxEdges }));
      if (plan === undefined) continue;
      const { costs, nodeCounts, edgeCounts } = plan.training;
      const { computeSeconds, communicationSeconds } = modelTimes(
        model,
        costs.map((cost, rank) => ({
          edges: edgeCounts[rank],
          nodes: nodeCounts[rank],
          ...countedTraffic(cost, ranks),
        })),
      );
      points.push({
        size: nodes / ranks,
        share: communicationSeconds / (computeSeconds + communicationSeconds),
      });
    }
    ladders.push({ ranks, points });
  }
  return ladders;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Other work on the machine only adds to a time: the lower quarter says more than the middle. */
function quickest(seconds: readonly number[]): number {
  return quantile(seconds, 0.25);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const low = Math.floor(place);
  return sorted[low] + (place - low) * (sorted[Math.ceil(place)] - sorted[low]);
}
