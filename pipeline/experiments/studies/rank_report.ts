/**
 * The report of the study of the ranks.
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
import {
  crossing,
  modelTimes,
  type RankLoad,
  type StepModel,
  type TimedStep,
} from "./step_model.ts";
import { seriesBy, type StudyColumn, type StudyReport } from "./study_report.ts";

/** Share of a step above which communication takes too much. */
const MAX_COMMUNICATION = 0.15;

const LIMIT = `${100 * MAX_COMMUNICATION}${NARROW_SPACE}%`;

const COLUMNS: readonly StudyColumn[] = [
  { name: "ranks", title: "ranks P", format: "count" },
  { name: "nodes", title: "sampled nodes", format: "count" },
  { name: "maxEdges", title: "max edges per node", format: "count" },
  { name: "nodesPerRank", title: "nodes per rank", format: "count" },
  { name: "ghostsPerRank", title: "ghosts a rank", format: "count", isDetail: true },
  { name: "edgesPerRank", title: "edges per rank", format: "count", isDetail: true },
  { name: "stepSeconds", title: "time per step", format: "seconds" },
  { name: "modelSeconds", title: "by the model", format: "seconds", isDetail: true },
  { name: "computeSeconds", title: "computing", format: "seconds", isDetail: true },
  { name: "communicationSeconds", title: "messages", format: "seconds" },
  { name: "share", title: "share of messages", format: "percent" },
  { name: "bytes", title: "bytes per step, all ranks", format: "bytes" },
];

/** Settings of a run. */
export interface RanksRun {
  readonly ranks: number;
  readonly nodes: number;
  readonly maxEdges: number;
}

/** A run with the step that represents it. */
export interface RanksStep extends RanksRun, TimedStep {
  readonly loads: readonly (RankLoad & { readonly ghosts: number })[];
  readonly seconds: number;
}

/** Share of communication in the model, for graphs of growing size. */
export interface Ladder {
  readonly ranks: number;
  /** Size: mean nodes of a rank. */
  readonly points: readonly { readonly size: number; readonly share: number }[];
}

/** The report of the runs: their steps, the fitted model, and what it predicts. */
export function ranksReport(
  { steps, model, ladders }: {
    readonly steps: readonly RanksStep[];
    readonly model: StepModel;
    readonly ladders: readonly Ladder[];
  },
  subject: string,
  command: string,
): StudyReport {
  const rows = steps.map((step) => ranksRow(step, model));
  const mainRows = rows.filter(({ maxEdges }) => maxEdges === steps[0].maxEdges);
  const lines = (
    name: string,
    column: "stepSeconds" | "modelSeconds" | "bytes",
    mark: "dots" | "dashes",
  ) =>
    seriesBy(
      mainRows,
      "nodes",
      (nodes) => `${name}${formatCount(Number(nodes))} nodes`,
      ["ranks", column],
    ).map((series, color) => ({ ...series, mark, color }));
  const x = { label: "ranks P", ticks: [...new Set(rows.map(({ ranks }) => ranks))] };
  const limits = ladders.map((ladder) => ({
    ...ladder,
    size: crossing(ladder.points, MAX_COMMUNICATION),
  }));
  return {
    study: "ranks",
    subject,
    command,
    columns: COLUMNS,
    rows,
    finding: finding(limits),
    figures: [
      {
        title: "Time of a step, measured and by the model",
        x,
        y: { label: "time per step", format: formatSeconds },
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
        x: { label: "nodes per rank", type: "log", format: formatCount },
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
            mark: "points" as const,
            color,
            points: rows.filter((row) => row.ranks === ranks)
              .map(({ nodesPerRank, share }) => ({ x: nodesPerRank, y: share })),
          },
        ]),
        level: { y: MAX_COMMUNICATION, name: LIMIT },
      },
    ],
    notes: notes(model),
    results: {
      ...model,
      ...Object.fromEntries(
        limits.map(({ ranks, size }) => [`nodesPerRankAtLimit${ranks}`, size ?? null]),
      ),
    },
  };
}

function ranksRow(step: RanksStep, model: StepModel) {
  const { ranks, nodes, maxEdges, loads, seconds: stepSeconds, communicationSeconds } = step;
  const total = (figure: "nodes" | "ghosts" | "edges" | "bytes") =>
    loads.reduce((sum, load) => sum + load[figure], 0);
  const computeSeconds = Math.max(...step.computeSeconds);
  const expected = modelTimes(model, loads);
  return {
    ranks,
    nodes,
    maxEdges,
    nodesPerRank: Math.round(total("nodes") / ranks),
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

/** A ladder with the nodes of a rank at the limit; undefined if all shares lie on one side. */
type LimitedLadder = Ladder & { readonly size: number | undefined };

function finding(ladders: readonly LimitedLadder[]): string {
  const places = ladders.flatMap(({ ranks, size }) =>
    size === undefined
      ? []
      : [`${formatCount(Math.round(size))} nodes per rank on ${countOf(ranks, "rank")}`]
  );
  const sentences = ladders.filter(({ size }) => size === undefined).map(oneSided);
  if (places.length > 0) {
    sentences.unshift(
      `Messages take more than ${LIMIT} of a step below ${places.join(", and below ")}.`,
    );
  }
  return sentences.join(" ") || "One rank sends no messages.";
}

function oneSided({ ranks, points }: LimitedLadder): string {
  const those = countOf(ranks, "rank");
  const last = points.at(-1);
  if (last === undefined || Number.isNaN(last.share)) {
    return `On ${those} the share of messages is unknown: no run on several ranks could be fitted.`;
  }
  const isMore = last.share > MAX_COMMUNICATION;
  const size = formatCount(Math.round(isMore ? last.size : points[0].size));
  const comparison = isMore ? "more" : "less";
  return `On ${those} messages take ${comparison} than ${LIMIT} of a step even with ${size} ` +
    "nodes per rank.";
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
    `${formatPercent(model.computeResidual)} (root mean square of relative errors).`,
    Number.isNaN(model.communicationResidual)
      ? "Messages were not fitted: this needs two runs on several ranks, with a core for each rank."
      : `Messages = ${micro(messageSeconds)} · messages + ${rate}; residual ` +
        `${formatPercent(model.communicationResidual)}.`,
    `Fitted to runs of at most ${countOf(navigator.hardwareConcurrency, "rank")}, one for each ` +
    "core; further workers take turns.",
    "Times are lower quartiles over the steps of a run: other work on the machine only adds to " +
    "them. The time of messages is that of the rank that waits least: the others wait for it.",
    "Shares of the model are those of graphs that are drawn and counted but not run, from few " +
    "nodes to complete meshes.",
  ];
}
