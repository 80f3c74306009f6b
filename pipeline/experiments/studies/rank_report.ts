/**
 * The study of ranks as a report.
 *
 * @module
 */

import {
  countOf,
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
  NARROW_SPACE,
} from "../../../format.ts";
import type { StudyColumn, StudyReport } from "./study_report.ts";
import {
  crossing,
  modelTimes,
  type RankLoad,
  type StepModel,
  type TimedStep,
} from "./step_model.ts";

/** The share of a step beyond which communication is too much. */
export const MOST_COMMUNICATION = 0.15;

const LIMIT = `${100 * MOST_COMMUNICATION}${NARROW_SPACE}%`;

const COLUMNS: readonly StudyColumn[] = [
  { name: "ranks", title: "ranks P", format: "count" },
  { name: "nodes", title: "sampled nodes", format: "count" },
  { name: "maxEdges", title: "edges a node, at most", format: "count" },
  { name: "nodesPerRank", title: "nodes a rank", format: "count" },
  { name: "ghostsPerRank", title: "ghosts a rank", format: "count", isDetail: true },
  { name: "edgesPerRank", title: "edges a rank", format: "count", isDetail: true },
  { name: "stepSeconds", title: "time a step", format: "seconds" },
  { name: "modelSeconds", title: "by the model", format: "seconds", isDetail: true },
  { name: "computeSeconds", title: "computing", format: "seconds", isDetail: true },
  { name: "communicationSeconds", title: "messages", format: "seconds" },
  { name: "share", title: "share of messages", format: "percent" },
  { name: "bytes", title: "bytes a step, all ranks", format: "bytes" },
];

/** One of the runs. */
export interface RanksRun {
  readonly ranks: number;
  readonly nodes: number;
  readonly maxEdges: number;
}

/** The step that stands for a run. */
export interface RanksStep extends TimedStep {
  readonly loads: readonly (RankLoad & { readonly ghosts: number })[];
  readonly seconds: number;
}

/** Share of communication by the model for graphs of growing size. */
export interface Ladder {
  readonly ranks: number;
  /** Size: mean nodes of a rank. */
  readonly points: readonly { readonly size: number; readonly share: number }[];
}

/** What the runs gave. */
export interface RanksFindings {
  readonly runs: readonly RanksRun[];
  /** By run. */
  readonly steps: readonly RanksStep[];
  readonly model: StepModel;
  readonly ladders: readonly Ladder[];
}

/** What the runs show. */
export function ranksReport(
  { runs, steps, model, ladders }: RanksFindings,
  subject: string,
  command: string,
): StudyReport {
  const rows = runs.map((run, k) => ranksRow(run, steps[k], model));
  const byNodes = Map.groupBy(
    rows.filter(({ maxEdges }) => maxEdges === runs[0].maxEdges),
    ({ nodes }) => nodes,
  );
  const lines = (
    name: string,
    figure: "stepSeconds" | "modelSeconds" | "bytes",
    mark: "dots" | "dashes",
  ) =>
    [...byNodes].map(([nodes, rows], color) => ({
      name: `${name}${formatCount(nodes)} nodes`,
      mark,
      color,
      points: rows.map((row) => ({ x: row.ranks, y: row[figure] })),
    }));
  const x = { label: "ranks P", ticks: [...new Set(rows.map(({ ranks }) => ranks))] };
  const sizes = ladders.map(({ ranks, points }) => ({
    ranks,
    size: crossing(points, MOST_COMMUNICATION),
    points,
  }));
  return {
    study: "ranks",
    subject,
    command,
    columns: COLUMNS,
    rows,
    finding: finding(sizes),
    figures: [
      {
        title: "Time of a step, measured and by the model",
        x,
        y: { label: "time a step", format: formatSeconds },
        series: [
          ...lines("measured, ", "stepSeconds", "dots"),
          ...lines("model, ", "modelSeconds", "dashes"),
        ],
      },
      {
        title: "Bytes of a step, all ranks together",
        x,
        y: { label: "bytes", format: formatBytes },
        series: lines("", "bytes", "dots"),
      },
      {
        title: "Share of messages in a step",
        x: { label: "nodes a rank", type: "log", format: formatCount },
        y: { label: "share of the step", format: formatPercent },
        series: ladders.flatMap(({ ranks, points }, color) => [
          {
            name: `model, ${ranks} ranks`,
            mark: "line" as const,
            color,
            points: points.map(({ size, share }) => ({ x: size, y: share })),
          },
          {
            name: `measured, ${ranks} ranks`,
            mark: "apart" as const,
            color,
            points: rows.filter((row) => row.ranks === ranks).map((row) => ({
              x: row.nodesPerRank,
              y: row.share,
            })),
          },
        ]),
        level: { y: MOST_COMMUNICATION, name: LIMIT },
      },
    ],
    notes: notes(model),
    results: {
      ...model,
      ...Object.fromEntries(
        sizes.map(({ ranks, size }) => [`nodesPerRankAtLimit${ranks}`, size ?? null]),
      ),
    },
  };
}

function ranksRow({ ranks, nodes, maxEdges }: RanksRun, step: RanksStep, model: StepModel) {
  const { loads, seconds: stepSeconds, communicationSeconds } = step;
  const total = (figure: "nodes" | "ghosts" | "edges" | "bytes") =>
    loads.reduce((sum, load) => sum + load[figure], 0);
  const computeSeconds = Math.max(...step.computeSeconds);
  const expected = modelTimes(model, loads);
  return {
    ranks,
    nodes,
    maxEdges,
    nodesPerRank: Math.round((total("nodes")) / ranks),
    ghostsPerRank: Math.round(total("ghosts") / ranks),
    edgesPerRank: Math.round(total("edges") / ranks),
    stepSeconds,
    modelSeconds: expected.computeSeconds + expected.communicationSeconds,
    computeSeconds,
    communicationSeconds,
    share: communicationSeconds / (communicationSeconds + computeSeconds),
    bytes: total("bytes"),
  };
}

interface LimitSize extends Ladder {
  /** Nodes of a rank at the limit; undefined if the share is on one side of it everywhere. */
  readonly size: number | undefined;
}

function finding(sizes: readonly LimitSize[]): string {
  const places = sizes.flatMap(({ ranks, size }) =>
    size === undefined
      ? []
      : [`${formatCount(Math.round(size))} nodes a rank on ${countOf(ranks, "rank")}`]
  );
  const others = sizes.filter(({ size }) => size === undefined).map(oneSided);
  const most = places.length > 0
    ? [`Messages take more than ${LIMIT} of a step below ${places.join(", and below ")}.`]
    : [];
  return [...most, ...others].join(" ") || "One rank sends no messages.";
}

function oneSided({ ranks, points }: LimitSize): string {
  const those = countOf(ranks, "rank");
  const last = points.at(-1);
  if (last === undefined || Number.isNaN(last.share)) {
    return `On ${those} the share of messages is not known: no run on several ranks could be ` +
      "fitted.";
  }
  const isMore = last.share > MOST_COMMUNICATION;
  const size = formatCount(Math.round(isMore ? last.size : points[0].size));
  return `On ${those} messages take ${
    isMore ? "more" : "less"
  } than ${LIMIT} of a step even with ` +
    `${size} nodes a rank.`;
}

function notes(model: StepModel): readonly string[] {
  const { edgeSeconds, nodeSeconds, stepSeconds, messageSeconds, byteSeconds } = model;
  const micro = (seconds: number) => `${formatNumber(seconds * 1e6)} µs`;
  const rate = byteSeconds > 0
    ? `bytes / (${formatBytes(1 / byteSeconds)} a second)`
    : "no time for bytes";
  return [
    `Model: computing = ${micro(edgeSeconds)} · edges + ${micro(nodeSeconds)} · nodes + ` +
    `${micro(stepSeconds)}, of the slowest rank; residual ` +
    `${formatPercent(model.computeResidual)} ` +
    "(root mean square of relative errors).",
    Number.isNaN(model.communicationResidual)
      ? "Messages were not fitted: there must be two runs on several ranks, no more than " +
        "there are cores."
      : `Messages = ${micro(messageSeconds)} · messages + ${rate}; residual ` +
        `${formatPercent(model.communicationResidual)}.`,
    `Fitted to runs of at most ${countOf(navigator.hardwareConcurrency, "rank")}, one for ` +
    "each core; on more, workers take turns.",
    "Times are lower quartiles over the steps of a run, as other work on the machine only " +
    "adds to them. That of messages is of the rank that waits least, which the others wait " +
    "for.",
    "The model's shares come from graphs that are drawn and counted, not run, from few " +
    "nodes to whole meshes.",
  ];
}
