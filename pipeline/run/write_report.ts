/**
 * The report of a run: what its stages measured, with their times and traffic.
 *
 * @module
 */

import { join } from "node:path";
import { writeText } from "../../io/atomic_write.ts";
import type { RankReport, StageReport } from "../engine/workers/run_report.ts";
import type { ValidStage } from "../engine/definition/validate.ts";
import type { PlanComparison, ReportData, StageSummary } from "../reporting/report_data.ts";
import { metricsJson } from "../reporting/metrics/metrics_json.ts";
import { readMeasurements } from "../reporting/measurements_file.ts";
import type { CachedRun } from "./cache/cached_run.ts";
import { sumOf, trafficOf } from "./stage_traffic.ts";

/** The files of a report, and the modules that write them. */
export const REPORT_FILES = ["metrics.json", "report.html"];
export const REPORT_MODULES = [
  new URL("../reporting/html_report.ts", import.meta.url),
  new URL(import.meta.url),
];

/** The part of a report that a run adds to the measurements of the `evaluate` stage. */
export interface RunRecord extends Pick<ReportData, "title" | "command" | "stages" | "seconds"> {
  readonly plan?: PlanComparison | undefined;
  /** Steps of this run. @default all */
  readonly runSteps?: number | undefined;
}

/** The content of `report.html`; undefined for a run without an `evaluate` stage. */
export async function readReport(
  directory: string,
  record: RunRecord,
): Promise<ReportData | undefined> {
  const measurements = await readMeasurements(directory);
  if (measurements === undefined) return undefined;
  return { ...measurements, ...record, runSteps: record.runSteps ?? measurements.runSteps };
}

/** Writes `metrics.json` and `report.html`. */
export async function writeReport(directory: string, report: ReportData): Promise<void> {
  await writeText(
    join(directory, "metrics.json"),
    JSON.stringify(metricsJson(report), undefined, 2),
  );
  // Imported late, so that the run starts sooner.
  const { renderReport } = await import("../reporting/html_report.ts");
  await writeText(join(directory, "report.html"), await renderReport(report));
}

/** The figures of a stage over its ranks; of a cached stage, those of the run that saved it. */
export function stageSummary(
  { name, stage, ranks, from }: ValidStage,
  report: StageReport | undefined,
  cached: CachedRun | undefined,
): StageSummary {
  const identity = { name, run: stage.name, ranks, from };
  if (report === undefined || cached?.runs(name) === false) {
    const { rows, bytesIn, bytesOut } = cached?.recordOf(name)?.figures ??
      { rows: 0, bytesIn: 0, bytesOut: 0 };
    return { ...identity, cached: true, rows, bytesIn, bytesOut, busySeconds: 0, waitSeconds: 0 };
  }
  const mean = (value: (rank: RankReport) => number) =>
    sumOf(report.ranks, value) / report.ranks.length;
  return {
    ...identity,
    ...trafficOf(report.ranks),
    busySeconds: mean(({ busySeconds }) => busySeconds),
    waitSeconds: mean((rank) =>
      rank.inputWaitSeconds + rank.outputWaitSeconds + rank.peerWaitSeconds
    ),
  };
}
