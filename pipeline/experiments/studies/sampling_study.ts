/**
 * Study of the sampling: error, time and memory against sampled nodes and edges.
 *
 * @module
 */

import { formatBytes, formatCount, formatPercent, formatSeconds } from "../../../format.ts";
import type { Measurements } from "../../reporting/measurements_file.ts";
import { networkRow } from "../../reporting/report_data.ts";
import type { FinishedJob } from "../batch/job_results.ts";
import { briefPipeline, numberOption, type Study, type StudyChoice, withOptions } from "./study.ts";
import { seriesBy, type StudyColumn, type StudyReport } from "./study_report.ts";

/** Default nodes and edges, relative to those of the preset. */
const NODE_SHARES = [0.25, 0.5, 1, 2];
const EDGE_SHARES = [0.25, 0.5, 1];

const COLUMNS: readonly StudyColumn[] = [
  { name: "nodes", title: "sampled nodes s", format: "count" },
  { name: "maxEdges", title: "edges per node n_e", format: "count" },
  { name: "relativeL2", title: "relative L2", format: "percent" },
  { name: "error", title: "normalised RMSE" },
  { name: "stepSeconds", title: "time per step", format: "seconds" },
  { name: "seconds", title: "total time", format: "seconds" },
  { name: "peakBytes", title: "peak memory", format: "bytes" },
];

/** Samples of the runs: every number of nodes with every number of edges. */
export interface SamplingGrid {
  /** @default 1/4, 1/2, 1 and 2 times those of the preset */
  readonly nodes?: readonly number[] | undefined;
  /** @default 1/4, 1/2 and 1 times those of the preset */
  readonly maxEdges?: readonly number[] | undefined;
}

/**
 * Plans runs of a preset with several numbers of nodes and edges, the same in training and
 * prediction.
 *
 * @throws {UserError} If the preset does not sample.
 */
export async function samplingStudy(study: StudyChoice, grid: SamplingGrid = {}): Promise<Study> {
  const spec = await briefPipeline(study);
  const scaled = (option: string, shares: readonly number[]) => {
    const value = numberOption(spec, "graphs", option);
    return shares.map((share) => Math.max(1, Math.round(share * value)));
  };
  const nodeCounts = grid.nodes ?? scaled("nodes", NODE_SHARES);
  const edgeCounts = grid.maxEdges ?? scaled("maxEdges", EDGE_SHARES);
  const samples = edgeCounts.flatMap((maxEdges) =>
    nodeCounts.map((nodes) => ({ nodes, maxEdges }))
  );
  return {
    jobs: samples.map(({ nodes, maxEdges }) => ({
      name: `nodes-${nodes}-edges-${maxEdges}`,
      title: `${study.preset.title}, ${nodes} nodes, ${maxEdges} edges each`,
      spec: withOptions(spec, ["graphs", "testGraphs"], { nodes, maxEdges }),
    })),
    report(finished, command) {
      const rows = finished.map((job, k) => ({ ...samples[k], ...figuresOf(job) }));
      return report(study, rows, command);
    },
  };
}

type SamplingRow =
  & { readonly nodes: number; readonly maxEdges: number }
  & ReturnType<typeof figuresOf>;

function figuresOf({ figures, measurements }: FinishedJob) {
  const { normalisedRmse, relativeL2 } = networkRow(measurements as Measurements).metrics;
  const { stepSeconds = null, seconds, peakBytes } = figures;
  return { relativeL2: relativeL2.mean, error: normalisedRmse, stepSeconds, seconds, peakBytes };
}

function report(
  { preset, choice }: StudyChoice,
  rows: readonly SamplingRow[],
  command: string,
): StudyReport {
  const series = (column: "relativeL2" | "stepSeconds" | "peakBytes") =>
    seriesBy(rows, "maxEdges", (edges) => `n_e = ${edges}`, ["nodes", column]);
  const ticks = [...new Set(rows.map(({ nodes }) => nodes))];
  const x = { label: "sampled nodes s", type: "log", format: formatCount, ticks } as const;
  const best = rows.reduce((best, row) => row.relativeL2 < best.relativeL2 ? row : best);
  return {
    study: "sampling",
    subject: preset.title,
    command,
    columns: COLUMNS,
    rows,
    finding: `The smallest relative L2, ${formatPercent(best.relativeL2)}, is that of ` +
      `${formatCount(best.nodes)} sampled nodes with ${best.maxEdges} edges each, at ` +
      `${formatSeconds(best.stepSeconds ?? NaN)} per step.`,
    figures: [
      {
        title: "Error",
        x,
        y: { label: "relative L2", format: formatPercent },
        series: series("relativeL2"),
      },
      {
        title: "Time",
        x,
        y: { label: "time per step", format: formatSeconds },
        series: series("stepSeconds"),
      },
      {
        title: "Memory",
        x,
        y: { label: "peak memory", format: formatBytes },
        series: series("peakBytes"),
      },
    ],
    notes: [
      `${choice.ranks} ranks; all runs take the same number of steps. Prediction draws graphs ` +
      "like those of the training.",
      "Peak memory is that of the process with all workers of the pipeline and its report.",
    ],
  };
}
