/**
 * Runs training steps in workers as in a real run, and summarizes what the ranks measured.
 *
 * @module
 */

import { basename, join } from "node:path";
import { runStages } from "../../pipeline/engine/workers/run_stages.ts";
import type { StageSpec } from "../../pipeline/engine/definition/spec.ts";
import { definePipeline } from "../../pipeline/stages/built_in_pipeline.ts";
import type { NetworkConfig } from "../../pipeline/model/config.ts";
import { stepOperations } from "./step_operations.ts";
import { STAGES } from "../../pipeline/stages/registry.ts";
import { interruptSignal } from "../command/command_line.ts";
import { RATE_SHAPE, shapeText } from "./matmul_rate.ts";
import { type RankSteps, stepsFile } from "./step_stage.ts";
import { median, milliseconds } from "./timing.ts";
import { makeScratchDirectory } from "../command/scratch_directory.ts";

/** Steps to measure. */
export interface StepPlan {
  /** Stage that gives each rank its part of the graph. */
  readonly graph: StageSpec<never>;
  readonly config: NetworkConfig;
  /** Case file with the parameters. @default random parameters */
  readonly file?: string | undefined;
  readonly ranks: number;
  readonly device: string;
  readonly warmup: number;
  readonly repeats: number;
}

/** Figures of a training step: forward, backward, all-reduce and optimizer. */
export interface StepReport {
  readonly nodes: number;
  readonly edges: number;
  readonly ghosts: number;
  readonly ranks: number;
  readonly device: string;
  readonly warmup: number;
  readonly repeats: number;
  /** Median over the steps of the slowest rank's time. */
  readonly medianMs: number;
  /** Operations of one step, each counted once. */
  readonly gflop: number;
  /** GFLOP per second of all ranks together. */
  readonly gflops: number;
  /** `gflops` relative to the rate of the device's matrix product on all ranks at once. */
  readonly matmulShare: number;
  readonly matmulGflops: number;
  /** Peak memory of the process with all its workers, up to the last step. */
  readonly peakBytes: number;
  /** Share of the step time for sending and waiting for other ranks, averaged over the ranks. */
  readonly communicationShare: number;
  /** Before any update. */
  readonly loss: number;
}

/** Runs the steps in a pipeline of two stages. */
export async function measureSteps(plan: StepPlan): Promise<StepReport> {
  const { graph, config, file, ranks, device, warmup, repeats } = plan;
  const directory = await makeScratchDirectory("bench");
  try {
    const options = {
      device,
      warmup,
      repeats,
      file,
      network: file === undefined ? config : undefined,
    };
    const run = new URL("./step_stage.ts", import.meta.url).href;
    const pipeline = definePipeline({
      name: "bench",
      stages: {
        graph,
        steps: {
          run,
          from: "graph",
          ranks,
          with: options,
          permissions: { read: file === undefined ? [] : [file] },
        },
      },
    });
    await runStages(pipeline, { registry: STAGES, directory, signal: interruptSignal });
    const parts: RankSteps[] = [];
    for (let rank = 0; rank < ranks; rank++) {
      parts.push(JSON.parse(await Deno.readTextFile(join(directory, stepsFile(rank)))));
    }
    return summarize(plan, parts);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function summarize(
  { config, ranks, warmup, repeats }: StepPlan,
  parts: readonly RankSteps[],
): StepReport {
  const sum = (value: (part: RankSteps) => number) =>
    parts.reduce((total, part) => total + value(part), 0);
  const total = (times: readonly number[]) => times.reduce((total, time) => total + time, 0);
  const nodes = sum((part) => part.nodes);
  const edges = sum((part) => part.edges);
  const common = parts[0].stepMs.map((_, step) =>
    Math.max(...parts.map(({ stepMs }) => stepMs[step]))
  );
  const medianMs = median(common);
  const gflop = stepOperations(config, { nodeCount: nodes, edgeCount: edges }) / 1e9;
  const gflops = 1000 * gflop / medianMs;
  const matmulGflops = sum((part) => part.matmulGflops);
  return {
    nodes,
    edges,
    ghosts: sum((part) => part.ghosts),
    ranks,
    device: parts[0].device,
    warmup,
    repeats,
    medianMs,
    gflop,
    gflops,
    matmulShare: gflops / matmulGflops,
    matmulGflops,
    peakBytes: Math.max(...parts.map((part) => part.peakBytes)),
    communicationShare: sum((part) => total(part.communicationMs) / total(part.stepMs)) / ranks,
    loss: parts[0].loss,
  };
}

/** The figures as text, a line each, with how they were measured. */
export function describeSteps(what: string, report: StepReport): string {
  const { nodes, edges, ghosts, ranks, device, warmup, repeats } = report;
  const count = (value: number) => value.toLocaleString("en");
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `A training step of ${basename(what)}: ${count(nodes)} nodes, ${count(edges)} edges, ` +
    `${count(ghosts)} ghosts; ` +
    `${ranks} rank${ranks === 1 ? "" : "s"} (${device})`,
    `time           ${milliseconds(report.medianMs)} ms, median of ${repeats} after ` +
    `${warmup} to warm up, slowest rank of each`,
    `rate           ${report.gflops.toPrecision(3)} GFLOP/s: ` +
    `${report.gflop.toPrecision(3)} GFLOP, nothing counted twice`,
    `of matmul      ${percent(report.matmulShare)} of ` +
    `${report.matmulGflops.toPrecision(3)} GFLOP/s, ` +
    `${shapeText(RATE_SHAPE)} on all ranks at once`,
    `communication  ${percent(report.communicationShare)} of the step: sending and all ` +
    "waiting for other ranks",
    `peak memory    ${(report.peakBytes / 1e6).toFixed(0)} MB of the process (VmHWM)`,
    `loss           ${report.loss.toPrecision(7)} before any update`,
  ].join("\n");
}
