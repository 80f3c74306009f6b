/**
 * The errors of a run on the terminal and as JSON.
 *
 * @module
 */

import Table from "cli-table3";
import { ERROR_COLUMNS, errorGroups } from "./figures/metrics_table.ts";
import { formatNumber } from "./format.ts";
import type { BorderError, ErrorFigures, Metrics } from "./metrics.ts";
import { type MetricsRow, networkRow, type ReportData } from "./report_data.ts";

/** Lines of a table: one below its head. */
const RULE_BELOW_HEAD = {
  ...{ top: "", "top-left": "", "top-mid": "", "top-right": "" },
  ...{ bottom: "", "bottom-left": "", "bottom-mid": "", "bottom-right": "" },
  ...{ mid: "─", "left-mid": "", "mid-mid": "", "right-mid": "" },
  ...{ left: "", middle: "", right: "" },
};

/**
 * The errors of the network beside the baselines, as text without colours.
 *
 * @param title Head of the first column.
 */
export function metricsText(rows: readonly MetricsRow[], title = "on the test samples"): string {
  const table = new Table({
    head: [printable(title), ...ERROR_COLUMNS.map(({ title }) => onTwoLines(title))],
    colAligns: ["left", ...ERROR_COLUMNS.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
    chars: RULE_BELOW_HEAD,
  });
  const groups = errorGroups(rows);
  for (const { title, unit, rows } of groups) {
    if (groups.length > 1) {
      table.push([
        unit === "" ? title : `${title} (${unit})`,
        ...ERROR_COLUMNS.map(() => ""),
      ]);
    }
    for (const { label, figures } of rows) {
      const name = groups.length > 1 ? `  ${label}` : label;
      table.push([printable(name), ...ERROR_COLUMNS.map(({ value, format }) => format(value(figures)))]);
    }
  }
  const lines = table.toString().split("\n").map((line) => line.trimEnd());
  const borders = rows.find(({ method }) => method === "network")?.metrics.borders;
  if (borders?.ratio !== undefined) lines.push(borderText(borders));
  return lines.join("\n");
}

/** Fits the table into a terminal of 80 columns. */
function onTwoLines(title: string): string {
  return title.replace(/ (?=\S+$)/, "\n");
}

/** The errors of one method as JSON; `null` stands for a figure that is not defined. */
export interface ErrorJson {
  readonly rmse: number;
  readonly normalisedRmse: number;
  readonly relativeL2: {
    readonly mean: number | null;
    readonly median: number | null;
    readonly worst: number | null;
    readonly medianId?: string | undefined;
    readonly worstId?: string | undefined;
    readonly zeroTruthIds: readonly string[];
  };
}

/** The errors of all fields together and of each field. */
export interface MethodJson extends ErrorJson {
  readonly fields: Readonly<Record<string, ErrorJson & { readonly unit: string }>>;
  readonly borders?: BorderError | undefined;
}

/** What a program needs to know of a run. */
export interface RunJson {
  readonly title: string;
  readonly command: string;
  readonly test: MethodJson & {
    readonly sampleCount: number;
    readonly nodeCount: number;
    readonly baselines: Readonly<Record<string, MethodJson>>;
    readonly samples: Metrics["relativeL2"]["samples"];
  };
  readonly steps: number;
  readonly seconds: number;
  readonly ranks: number;
  readonly device: string;
  readonly finalLoss?: number | undefined;
  readonly certify?: ReportData["certify"];
  readonly settings: ReportData["settings"];
  readonly stages: ReportData["stages"];
}

/** The run as plain data for `JSON.stringify`: keys in a fixed order, no field values. */
export function metricsJson(data: ReportData): RunJson {
  const { metrics } = networkRow(data);
  const baselines = data.metrics.filter(({ method }) => method !== "network");
  return {
    title: data.title,
    command: data.command,
    test: {
      ...methodJson(metrics),
      baselines: Object.fromEntries(baselines.map((row) => [row.method, methodJson(row.metrics)])),
      sampleCount: metrics.sampleCount,
      nodeCount: metrics.nodeCount,
      samples: metrics.relativeL2.samples,
    },
    steps: data.steps,
    seconds: data.seconds,
    ranks: data.ranks,
    device: data.device,
    finalLoss: data.lossCurve.at(-1)?.loss,
    certify: data.certify,
    settings: data.settings,
    stages: data.stages,
  };
}

function methodJson(metrics: Metrics): MethodJson {
  const fields = Object.entries(metrics.fields)
    .map(([name, field]) => [name, { unit: field.unit, ...errorJson(field) }]);
  return { ...errorJson(metrics), fields: Object.fromEntries(fields), borders: metrics.borders };
}

function errorJson({ rmse, normalisedRmse, relativeL2 }: ErrorFigures): ErrorJson {
  const { mean, median, worst, medianId, worstId, zeroTruthIds } = relativeL2;
  const defined = (value: number) => Number.isFinite(value) ? value : null;
  return {
    rmse,
    normalisedRmse,
    relativeL2: {
      mean: defined(mean),
      median: defined(median),
      worst: defined(worst),
      medianId,
      worstId,
      zeroTruthIds,
    },
  };
}

function borderText({ border, interior }: BorderError): string {
  return ` Normalised RMSE of the network near subdomain borders ${formatNumber(border.normalisedRmse)}, ` +
    `elsewhere ${formatNumber(interior.normalisedRmse)}`;
}

/** Labels come from data sets: a control character among them could rewrite the terminal. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
}
