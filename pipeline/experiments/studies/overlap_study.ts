/**
 * Study of the overlap of the subdomains: error and loss against the overlap in units of the
 * radius.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { deviation, mean } from "d3-array";
import { countOf, formatNumber, formatPercent, formatRound } from "../../../format.ts";
import { lossBins } from "../../reporting/figures/loss_curve.ts";
import type { Measurements } from "../../reporting/measurements_file.ts";
import { networkRow } from "../../reporting/report_data.ts";
import type { FinishedJob } from "../batch/job_results.ts";
import {
  briefPipeline,
  numberOption,
  peerBytesPerStep,
  type Study,
  type StudyChoice,
  withOptions,
} from "./study.ts";
import type { StudyColumn, StudyReport } from "./study_report.ts";

/** Overlaps of the paper's ablation, in units of the radius. */
export const OVERLAPS: readonly number[] = [0, 0.25, 0.5, 1, 2];

/** Bins of a loss curve. */
const LOSS_BIN_COUNT = 60;

const COLUMNS: readonly StudyColumn[] = [
  { name: "overlap", title: "overlap l / r", format: "setting" },
  { name: "droppedEdges", title: "edges lost per step", isDetail: true },
  { name: "borderError", title: "error at the borders" },
  { name: "borderSpread", title: "± over seeds" },
  { name: "interiorError", title: "error elsewhere", isDetail: true },
  { name: "error", title: "error overall" },
  { name: "spread", title: "± over seeds" },
  { name: "relativeL2", title: "relative L2", format: "percent" },
  { name: "loss", title: "loss, last tenth" },
  { name: "stepSeconds", title: "time per step", format: "seconds", isDetail: true },
  { name: "peerBytes", title: "bytes per step", format: "bytes" },
];

const NOTES = [
  "An edge is lost if its sender is farther than the overlap from the subdomain of its " +
  "receiver: with an overlap of at least one radius none is lost, and the numbers are those of " +
  "one rank.",
  "Errors are RMSE on normalised targets of unseen samples; at the borders means within a " +
  "quarter of the radius of another subdomain.",
];

/** Runs of an overlap study. */
export interface OverlapGrid {
  /** Overlaps in units of the radius. */
  readonly overlaps: readonly number[];
  /** Number of runs with each overlap, which differ in their seed. */
  readonly seedCount: number;
}

/**
 * Plans runs of a preset with several overlaps; those of one seed have the same samples, draws and
 * initial parameters.
 *
 * @throws {UserError} If the preset draws edges without a radius.
 */
export async function overlapStudy(
  study: StudyChoice,
  { overlaps, seedCount }: OverlapGrid,
): Promise<Study> {
  const { preset, choice } = study;
  const seeds = Array.from({ length: seedCount }, (_, k) => choice.seed + k);
  const specs = await Promise.all(
    seeds.map((seed) => briefPipeline({ ...study, choice: { ...choice, seed } })),
  );
  const radius = numberOption(specs[0], "graphs", "radius");
  const jobs = overlaps.flatMap((overlap) =>
    seeds.map((seed, k) => ({
      name: `overlap-${overlap}-seed-${seed}`,
      title: `${preset.title}, overlap ${overlap} r`,
      spec: withOptions(specs[k], ["subdomains", "testSubdomains"], { overlap: overlap * radius }),
    }))
  );
  return {
    jobs,
    report(finished, command) {
      const rows = overlaps.map((overlap, k) =>
        overlapRow(overlap, finished.slice(k * seedCount, (k + 1) * seedCount))
      );
      return report(study, rows, seedCount, command);
    },
  };
}

/** Means over the runs with one overlap. */
type OverlapRow = ReturnType<typeof overlapRow>;

function overlapRow(overlap: number, jobs: readonly FinishedJob[]) {
  const figures = jobs.map(figuresOf);
  const values = (name: Exclude<keyof typeof figures[number], "lossCurve">) =>
    figures.map((figure) => figure[name]);
  const meanOf = (name: Parameters<typeof values>[0]) => mean(values(name)) ?? null;
  const spreadOf = (name: Parameters<typeof values>[0]) => deviation(values(name)) ?? null;
  return {
    overlap,
    droppedEdges: meanOf("droppedEdges"),
    borderError: meanOf("borderError"),
    borderSpread: spreadOf("borderError"),
    interiorError: meanOf("interiorError"),
    error: meanOf("error"),
    spread: spreadOf("error"),
    relativeL2: meanOf("relativeL2"),
    loss: meanOf("loss"),
    stepSeconds: meanOf("stepSeconds"),
    peerBytes: meanOf("peerBytes"),
    lossCurve: figures[0].lossCurve.map(({ step }, k) => ({
      step,
      loss: mean(figures, ({ lossCurve }) => lossCurve[k].loss) ?? NaN,
    })),
  };
}

function figuresOf(job: FinishedJob) {
  const { metrics, lossCurve, settings } = job.measurements as Measurements;
  const { borders, normalisedRmse, relativeL2 } = networkRow({ metrics }).metrics;
  const lastLosses = lossCurve.slice(-Math.ceil(lossCurve.length / 10)).map(({ loss }) => loss);
  return {
    droppedEdges: Number(settings.droppedEdges ?? 0) / lossCurve.length,
    borderError: borders?.border.normalisedRmse,
    interiorError: borders?.interior.normalisedRmse,
    error: normalisedRmse,
    relativeL2: relativeL2.mean,
    loss: mean(lastLosses),
    stepSeconds: job.figures.stepSeconds,
    peerBytes: peerBytesPerStep(job),
    lossCurve,
  };
}

function report(
  { preset, choice }: StudyChoice,
  rows: readonly OverlapRow[],
  seedCount: number,
  command: string,
): StudyReport {
  const errors = (column: "borderError" | "interiorError" | "error") =>
    rows.map((row) => ({ x: row.overlap, y: row[column] ?? NaN }));
  const terms = `${countOf(choice.ranks, "rank")}, ${countOf(seedCount, "seed")}`;
  return {
    study: "overlap",
    subject: preset.title,
    command,
    columns: COLUMNS,
    rows: rows.map(({ lossCurve: _, ...row }) => row),
    finding: finding(rows),
    figures: [
      {
        title: "Error at the borders of the subdomains and elsewhere",
        x: { label: "overlap l / r", ticks: rows.map(({ overlap }) => overlap) },
        y: { label: "normalised RMSE" },
        series: [
          { name: "at the borders", points: errors("borderError") },
          { name: "elsewhere", points: errors("interiorError") },
          { name: "overall", points: errors("error") },
        ],
      },
      {
        title: "Training loss",
        x: { label: "optimizer step" },
        y: { label: "loss", type: "log" },
        series: rows.map(({ overlap, lossCurve }) => ({
          name: `l / r = ${formatRound(overlap)}`,
          mark: "line",
          points: lossBins(lossCurve, LOSS_BIN_COUNT)
            .map(({ step, middle }) => ({ x: step, y: middle })),
        })),
      },
    ],
    notes: [
      `${terms}. Runs of one seed have the same samples, draws and initial parameters, and ` +
      "differ only in the overlap; ± is the standard deviation over the seeds.",
      ...NOTES,
    ],
  };
}

/** Compares the shortest overlap with the first one that loses no edges. */
function finding(rows: readonly OverlapRow[]): string {
  const short = rows.reduce((shortest, row) => row.overlap < shortest.overlap ? row : shortest);
  const exact = rows.find(({ overlap }) => overlap >= 1) ?? short;
  const times = (column: "borderError" | "error") =>
    `${formatNumber((short[column] ?? NaN) / (exact[column] ?? NaN))} times`;
  const seeds = exact.spread === null || exact.error === null
    ? ""
    : `; seeds differ by ${formatPercent(exact.spread / exact.error)}`;
  return `With an overlap of ${formatRound(short.overlap)} radii the error at the borders of the ` +
    `subdomains is ${times("borderError")} that with ${formatRound(exact.overlap)}, and ` +
    `${times("error")} overall${seeds}.`;
}
