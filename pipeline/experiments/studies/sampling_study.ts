/**
 * How many nodes and edges must be sampled: error, time and memory against both.
 *
 * @module
 */

import { overrideOptions } from "../../engine/definition/spec.ts";
import { formatBytes, formatCount, formatPercent, formatSeconds } from "../../../format.ts";
import { networkRow } from "../../reporting/report_data.ts";
import type { StudyColumn, StudyReport } from "./study_report.ts";
import type { Measurements } from "../../reporting/measurements_file.ts";
import type { FinishedRun } from "../variations.ts";
import { briefPipeline, numberOption, type Study, type StudyChoice } from "./study.ts";

/** What is sampled, in parts of what the preset samples. */
const NODE_SHARES = [0.25, 0.5, 1, 2];
const EDGE_SHARES = [0.25, 0.5, 1];

const COLUMNS: readonly StudyColumn[] = [
  { name: "nodes", title: "sampled nodes s", format: "count" },
  { name: "maxEdges", title: "edges a node n_e", format: "count" },
  { name: "relativeL2", title: "relative L2", format: "percent" },
  { name: "error", title: "normalised RMSE" },
  { name: "stepSeconds", title: "time a step", format: "seconds" },
  { name: "seconds", title: "whole run", format: "seconds" },
  { name: "peakBytes", title: "peak memory", format: "bytes" },
];

/** What is sampled in the runs; every number of nodes with every number of edges. */
export interface SamplingGrid {
  /** @default 1/4, 1/2, 1 and 2 times those of the preset */
  readonly nodes?: readonly number[] | undefined;
  /** @default 1/4, 1/2 and 1 times those of the preset */
  readonly maxEdges?: readonly number[] | undefined;
}

/**
 * Runs of a preset with different samples of nodes and edges, in training as in prediction.
 *
 * @throws {UserError} If the preset does not sample.
 */
export async function samplingStudy(study: StudyChoice, grid: SamplingGrid = {}): Promise<Study> {
  const spec = await briefPipeline(study);
  const shares = (option: string, values: readonly number[]) =>
    values.map((share) => Math.max(1, Math.round(share * numberOption(spec, "graphs", option))));
  const nodeCounts = grid.nodes ?? shares("nodes", NODE_SHARES);
  const edgeCounts = grid.maxEdges ?? shares("maxEdges", EDGE_SHARES);
  const samples = edgeCounts.flatMap((maxEdges) =>
    nodeCounts.map((nodes) => ({ nodes, maxEdges }))
  );
  return {
    variations: samples.map(({ nodes, maxEdges }) => ({
      name: `nodes-${nodes}-edges-${maxEdges}`,
      title: `${study.preset.title}, ${nodes} nodes, ${maxEdges} edges each`,
      spec: overrideOptions(
        spec,
        ["graphs", "testGraphs"].flatMap((stage) =>
          Object.entries({ nodes, maxEdges }).map(([option, value]) =>
            `stages.${stage}.with.${option}=${value}`
          )
        ),
      ),
    })),
    report: (runs, command) =>
      Promise.resolve(
        report(study, runs.map((run, k) => ({ ...samples[k], ...figuresOf(run) })), command),
      ),
  };
}

type SamplingRow =
  & { readonly nodes: number; readonly maxEdges: number }
  & ReturnType<typeof figuresOf>;

function report(
  { preset, choice }: StudyChoice,
  rows: readonly SamplingRow[],
  command: string,
): StudyReport {
  const edgeCounts = [...new Set(rows.map(({ maxEdges }) => maxEdges))];
  const series = (column: "relativeL2" | "stepSeconds" | "peakBytes") =>
    edgeCounts.map((edges) => ({
      name: `n_e = ${edges}`,
      points: rows.filter(({ maxEdges }) => maxEdges === edges)
        .map((row) => ({ x: row.nodes, y: row[column] ?? NaN })).toSorted((a, b) => a.x - b.x),
    }));
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
      `${formatCount(best.nodes)} ` +
      `sampled nodes with ${best.maxEdges} edges each, at ` +
      `${formatSeconds(best.stepSeconds ?? NaN)} a step.`,
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
        y: { label: "time a step", format: formatSeconds },
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
      `${choice.ranks} ranks; every run takes the same number of steps. Prediction draws ` +
      "graphs like those of the training.",
      "Peak memory is that of the whole process, with all workers of the pipeline and its report.",
    ],
  };
}

function figuresOf({ figures, measurements }: FinishedRun) {
  const { normalisedRmse, relativeL2 } = networkRow(measurements as Measurements).metrics;
  const { stepSeconds = null, seconds, peakBytes } = figures;
  return { relativeL2: relativeL2.mean, error: normalisedRmse, stepSeconds, seconds, peakBytes };
}
