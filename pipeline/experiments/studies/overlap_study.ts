/**
 * How long the overlap of the subdomains must be: error and loss against the overlap in units of
 * the radius.
 *
 * @module
 */

import { overrideOptions } from "../../engine/definition/spec.ts";
import { lossBins } from "../../reporting/figures/loss_curve.ts";
import { countOf, formatNumber, formatPercent, formatRound } from "../../../format.ts";
import { networkRow } from "../../reporting/report_data.ts";
import type { StudyColumn, StudyReport } from "./study_report.ts";
import type { Measurements } from "../../reporting/measurements_file.ts";
import type { FinishedRun } from "../variations.ts";
import { briefPipeline, numberOption, peerBytes, type Study, type StudyChoice } from "./study.ts";

/** Overlaps of the paper's ablation, in units of the radius. */
export const OVERLAPS: readonly number[] = [0, 0.25, 0.5, 1, 2];

/** Bins of a loss curve that is drawn beside others. */
const LOSS_BINS = 60;

const COLUMNS: readonly StudyColumn[] = [
  { name: "overlap", title: "overlap l / r", format: "setting" },
  { name: "droppedEdges", title: "edges lost a step", isDetail: true },
  { name: "borderError", title: "error at the borders" },
  { name: "borderSpread", title: "± over seeds" },
  { name: "interiorError", title: "error elsewhere", isDetail: true },
  { name: "error", title: "error overall" },
  { name: "spread", title: "± over seeds" },
  { name: "relativeL2", title: "relative L2", format: "percent" },
  { name: "loss", title: "loss, last tenth" },
  { name: "stepSeconds", title: "time a step", format: "seconds", isDetail: true },
  { name: "peerBytes", title: "bytes a step", format: "bytes" },
];

/** What is run. */
export interface OverlapGrid {
  /** In units of the radius. @default those of the paper */
  readonly overlaps?: readonly number[] | undefined;
  /** Runs with each overlap, which differ in their seed. @default 1 */
  readonly seeds?: number | undefined;
}

/**
 * Runs of a preset with different overlaps; those of one seed have the same samples, draws and
 * first parameters.
 *
 * @throws {UserError} If the preset draws edges without a radius.
 */
export async function overlapStudy(
  study: StudyChoice,
  { overlaps = OVERLAPS, seeds = 1 }: OverlapGrid = {},
): Promise<Study> {
  const { preset, choice } = study;
  const specs = await Promise.all(
    Array.from(
      { length: seeds },
      (_, k) => briefPipeline({ ...study, choice: { ...choice, seed: choice.seed + k } }),
    ),
  );
  const radius = numberOption(specs[0], "graphs", "radius");
  const variations = overlaps.flatMap((overlap) =>
    specs.map((spec, k) => ({
      name: `overlap-${overlap}-seed-${choice.seed + k}`,
      title: `${preset.title}, overlap ${overlap} r`,
      spec: overrideOptions(
        spec,
        ["subdomains", "testSubdomains"].map((stage) =>
          `stages.${stage}.with.overlap=${overlap * radius}`
        ),
      ),
    }))
  );
  return {
    variations,
    report: (runs, command) => {
      const rows = overlaps.map((overlap, k) =>
        overlapRow(overlap, runs.slice(k * seeds, (k + 1) * seeds))
      );
      return Promise.resolve(report(study, rows, seeds, command));
    },
  };
}

/** Means over the runs of one overlap. */
type OverlapRow = ReturnType<typeof overlapRow>;

function overlapRow(overlap: number, runs: readonly FinishedRun[]) {
  const figures = runs.map(figuresOf);
  const of = (name: Exclude<keyof typeof figures[number], "lossCurve">) =>
    figures.map((figure) => figure[name]);
  return {
    overlap,
    droppedEdges: mean(of("droppedEdges")),
    borderError: mean(of("borderError")),
    borderSpread: deviation(of("borderError")),
    interiorError: mean(of("interiorError")),
    error: mean(of("error")),
    spread: deviation(of("error")),
    relativeL2: mean(of("relativeL2")),
    loss: mean(of("loss")),
    stepSeconds: mean(of("stepSeconds")),
    peerBytes: mean(of("peerBytes")),
    lossCurve: figures[0].lossCurve.map(({ step }, k) => ({
      step,
      loss: mean(figures.map(({ lossCurve }) => lossCurve[k].loss)) ?? NaN,
    })),
  };
}

function figuresOf({ figures, measurements }: FinishedRun) {
  const { metrics, lossCurve, settings } = measurements as Measurements;
  const { borders, normalisedRmse, relativeL2 } = networkRow({ metrics }).metrics;
  return {
    droppedEdges: Number(settings.droppedEdges ?? 0) / lossCurve.length,
    borderError: borders?.border.normalisedRmse,
    interiorError: borders?.interior.normalisedRmse,
    error: normalisedRmse,
    relativeL2: relativeL2.mean,
    loss: mean(lossCurve.slice(-Math.ceil(lossCurve.length / 10)).map(({ loss }) => loss)) ??
      undefined,
    stepSeconds: figures.stepSeconds,
    peerBytes: peerBytes(figures) / lossCurve.length,
    lossCurve,
  };
}

function report(
  { preset, choice }: StudyChoice,
  rows: readonly OverlapRow[],
  seeds: number,
  command: string,
): StudyReport {
  const errors = (column: "borderError" | "interiorError" | "error") =>
    rows.map((row) => ({ x: row.overlap, y: row[column] ?? NaN }));
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
        y: { label: "mean squared error", type: "log" },
        series: rows.map(({ overlap, lossCurve }) => ({
          name: `l / r = ${formatRound(overlap)}`,
          mark: "line",
          points: lossBins(lossCurve, LOSS_BINS).map(({ step, middle }) => ({
            x: step,
            y: middle,
          })),
        })),
      },
    ],
    notes: [
      `${countOf(choice.ranks, "rank")}, ${countOf(seeds, "seed")}. Runs of one seed have ` +
      "the same samples, draws and first " +
      "parameters, and differ only in the overlap; ± is the standard deviation over the seeds.",
      "An edge is lost if its sender lies farther than the overlap from the subdomain of " +
      "its receiver: from an overlap of one radius on none is, and the numbers are those " +
      "of one rank.",
      "Errors are RMSE on normalised targets of unseen samples; at the borders: within a " +
      "quarter of the radius of another subdomain.",
    ],
  };
}

/** The shortest of the overlaps against the first that loses no edge. */
function finding(rows: readonly OverlapRow[]): string {
  const short = rows.reduce((shortest, row) => row.overlap < shortest.overlap ? row : shortest);
  const whole = rows.find(({ overlap }) => overlap >= 1) ?? short;
  const times = (column: "borderError" | "error") =>
    `${formatNumber((short[column] ?? NaN) / (whole[column] ?? NaN))} times`;
  const seeds = whole.spread === null || whole.error === null
    ? ""
    : `; seeds differ by ${formatPercent(whole.spread / whole.error)}`;
  return `With an overlap of ${formatRound(short.overlap)} radii the error at the borders of the ` +
    "subdomains is " +
    `${times("borderError")} that with ${formatRound(whole.overlap)}, and ` +
    `${times("error")} overall${seeds}.`;
}

/** The mean of the values there are. */
function mean(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Standard deviation of a sample; null below two values. */
function deviation(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  const middle = mean(known);
  if (known.length < 2 || middle === null) return null;
  return Math.sqrt(
    known.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (known.length - 1),
  );
}
