/**
 * The results of a batch: one row per job that has ended, as `results.csv` and `results.arrow`.
 *
 * @module
 */

import { join } from "node:path";
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
} from "../../../format.ts";
import { writeArrow } from "../../../io/arrow_ipc.ts";
import { writeFileAtomically } from "../../../io/atomic_write.ts";
import { columnsOfRows } from "../../../io/columns.ts";
import { formatCsv } from "../../../io/tables/csv.ts";
import type { Row, ScalarType } from "../../../io/record_batch.ts";
import { textTable } from "../../reporting/tables/text_table.ts";
import { whileLocked } from "./batch_lock.ts";
import { type JobResult, readResult } from "./job_results.ts";
import { OPTION_PREFIX } from "./job.ts";
import type { TrainingJob } from "./planned_jobs.ts";

type TrainingResult = JobResult<TrainingJob>;

/** A column; missing numbers are NaN, missing texts empty. */
interface ResultColumn {
  readonly name: string;
  readonly type: Extract<ScalarType, "utf8" | "float64">;
  readonly value: (result: TrainingResult) => string | number | undefined;
}

/** Figures of a job, with their names in files and their titles on a terminal. */
const FIGURES = [
  { name: "steps", title: "steps", format: formatCount },
  { name: "loss", title: "loss", format: formatNumber },
  { name: "rmse", title: "RMSE", format: formatNumber },
  { name: "normalisedRmse", title: "normalised RMSE", format: formatNumber },
  { name: "relativeL2", title: "relative L2", format: formatPercent },
  { name: "seconds", title: "time", format: formatSeconds },
  { name: "peakBytes", title: "peak memory", format: formatBytes },
] as const;

type Figure = typeof FIGURES[number];

const BEFORE_CHOSEN: readonly ResultColumn[] = [
  { name: "job", type: "utf8", value: ({ job }) => job.name },
  { name: "network", type: "utf8", value: ({ job }) => job.network },
  { name: "seed", type: "float64", value: ({ job }) => job.seed },
];

const AFTER_CHOSEN: readonly ResultColumn[] = [
  { name: "state", type: "utf8", value: ({ state }) => state },
  ...FIGURES.map(({ name }) =>
    ({ name, type: "float64", value: (result) => figureOf(result, name) }) satisfies ResultColumn
  ),
  { name: "reason", type: "utf8", value: ({ reason }) => reason },
  { name: "directory", type: "utf8", value: ({ directory }) => directory },
];

/** Formats results as a table for a terminal. */
export function resultsText(results: readonly JobResult[]): string {
  const rows = results.map((result) => [
    result.job.name,
    ...FIGURES.map((figure) => figureText(result, figure)),
    result.state,
  ]);
  return textTable("job", [...FIGURES.map(({ title }) => title), "state"], rows).join("\n");
}

/** The main figures of a finished job: `loss 0.0123, relative L2 5.6 %, time 81 s`. */
export function figuresText(result: JobResult): string {
  const figures = FIGURES.filter(({ name }) => ["loss", "relativeL2", "seconds"].includes(name));
  return figures.filter(({ name }) => figureOf(result, name) !== undefined)
    .map((figure) => `${figure.title} ${figureText(result, figure)}`).join(", ");
}

function figureOf({ summary, seconds, peakBytes }: JobResult, name: Figure["name"]) {
  return { ...summary, seconds, peakBytes }[name];
}

function figureText(result: JobResult, { name, format }: Figure): string {
  const value = figureOf(result, name);
  return value === undefined ? "" : format(value);
}

/**
 * Writes the table of all jobs that have ended, whichever process ran them.
 *
 * Processes that write at the same time take turns, and each reads all results: the later one
 * includes the rows of the earlier one.
 *
 * @param jobs All jobs of the batch, not only those of a shard
 * @returns The rows of the table.
 */
export async function writeResults(
  jobs: readonly TrainingJob[],
  directory: string,
  signal: AbortSignal,
): Promise<readonly TrainingResult[]> {
  return await whileLocked(directory, signal, async () => {
    const results: TrainingResult[] = [];
    for (const job of jobs) {
      const result = await readResult(job, directory);
      if (result !== undefined) results.push(result);
    }
    const columns = [...BEFORE_CHOSEN, ...chosenColumns(jobs), ...AFTER_CHOSEN];
    const files = {
      "results.csv": new TextEncoder().encode(resultsCsv(columns, results)),
      "results.arrow": resultsArrow(columns, results),
    };
    for (const [name, bytes] of Object.entries(files)) {
      await writeFileAtomically(join(directory, name), bytes, { overwrite: true });
    }
    return results;
  });
}

/** Settings that differ between jobs, of the complete batch, so that all shards agree. */
function chosenColumns(jobs: readonly TrainingJob[]): readonly ResultColumn[] {
  const keys = new Set(jobs.flatMap(({ chosen }) => [...chosen.keys()]));
  return [...keys].flatMap((key): ResultColumn[] => {
    const values = jobs.map((job) => chosenValue(job, key));
    if (new Set(values.map((value) => JSON.stringify(value))).size < 2) return [];
    const areNumbers = values.every((value) => value === undefined || typeof value === "number");
    return [{
      name: key,
      type: areNumbers ? "float64" : "utf8",
      value: ({ job }) => cell(chosenValue(job, key)),
    }];
  });
}

/** The value of a setting; a job that does not set an option has that of its pipeline. */
function chosenValue({ chosen, spec }: TrainingJob, key: string): unknown {
  if (!key.startsWith(OPTION_PREFIX)) return chosen.get(key);
  return key.split(".").reduce<unknown>(
    (part, name) => typeof part === "object" && part !== null ? Reflect.get(part, name) : undefined,
    spec,
  );
}

function cell(value: unknown): string | number | undefined {
  if (value === undefined || typeof value === "number" || typeof value === "string") return value;
  return JSON.stringify(value);
}

function resultsCsv(columns: readonly ResultColumn[], results: readonly TrainingResult[]): string {
  const rows = results.map((result) => columns.map(({ value }) => String(value(result) ?? "")));
  return formatCsv([columns.map(({ name }) => name), ...rows]);
}

/** An Arrow IPC file, which is also a Feather file. */
function resultsArrow(
  columns: readonly ResultColumn[],
  results: readonly TrainingResult[],
): Uint8Array<ArrayBuffer> {
  const schema = {
    name: "results",
    columns: Object.fromEntries(columns.map(({ name, type }) => [name, type])),
  };
  const rows = results.map((result): Row =>
    Object.fromEntries(columns.map(({ name, type, value }) => [
      name,
      type === "utf8" ? String(value(result) ?? "") : Number(value(result) ?? NaN),
    ]))
  );
  return writeArrow(
    [{ columns: columnsOfRows(schema, rows), rowCount: rows.length, metadata: {} }],
    "file",
  );
}
