/**
 * Prints the log of a run: `deno task log out/darcy --csv`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { countOf, formatNumber, formatPercent, formatSeconds } from "../format.ts";
import { formatCsv } from "../io/tables/csv.ts";
import { LOG_FILE, type LogLine } from "../pipeline/monitoring/log_schema.ts";
import { LogReader } from "../pipeline/monitoring/read_log.ts";
import { addExamples, runCommand } from "./command/command_line.ts";
import { existingPath } from "./command/paths.ts";
import { printResult } from "./command/result_output.ts";

/** Columns of the table of steps. */
const STEP_COLUMNS = [
  "step",
  "epoch",
  "seconds",
  "loss",
  "smoothedLoss",
  "learningRate",
  "gradientNorm",
  "memoryBytes",
  "communicationShare",
  "sentBytes",
] as const;

/** Columns of the table of validations. */
const VALIDATION_COLUMNS = [
  "step",
  "epoch",
  "seconds",
  "relativeL2",
  "normalisedRmse",
  "sampleCount",
  "isBest",
  "validationSeconds",
] as const;

interface LogFlags {
  readonly csv: boolean;
  readonly json: boolean;
  readonly validation: boolean;
}

/** The command. */
export const program = new Command("deno task log")
  .description(
    "Print the log of a run, live or ended: its state in a few lines, or every step or " +
      "validation as a table.",
  )
  .argument("<run>", "folder of a run, or its log")
  .option("--csv", "print a CSV table of the steps, empty where a figure is not known", false)
  .addOption(new Option("--json", "print the lines of the log as one JSON list").default(false))
  .option("--validation", "print the validations instead of the steps", false)
  .action(async (given: string, { csv, json, validation }: LogFlags) => {
    const lines = await readLog(existingPath(given));
    if (json) return printResult("log", JSON.stringify(lines));
    if (csv || validation) return printResult("log", tableOf(lines, validation).trimEnd());
    console.log(stateText(lines));
  });

addExamples(
  program,
  "deno task log out/darcy",
  "deno task log out/darcy --csv > steps.csv",
  "deno task log out/darcy --csv --validation > validation.csv",
);

/** @throws {UserError} If there is no log. */
async function readLog(path: string): Promise<readonly LogLine[]> {
  const isFolder = (await Deno.stat(path)).isDirectory;
  const file = isFolder ? join(path, LOG_FILE) : path;
  const { lines, damagedCount } = await new LogReader(file).read();
  if (lines.length === 0) {
    throw new UserError(
      `Cannot print the log of "${path}": ${LOG_FILE} must have a line, found none; runs of ` +
        "earlier versions have no log",
    );
  }
  if (damagedCount > 0) {
    console.error(`warning: ${countOf(damagedCount, "line")} of ${file} cannot be read`);
  }
  return lines;
}

function tableOf(lines: readonly LogLine[], isValidation: boolean): string {
  const columns: readonly string[] = isValidation ? VALIDATION_COLUMNS : STEP_COLUMNS;
  const rows = lines.filter(({ type }) => type === (isValidation ? "validation" : "step"));
  const valuesOf = (line: LogLine) => {
    const values: Readonly<Record<string, unknown>> = line;
    return columns.map((column) => String(values[column] ?? ""));
  };
  return formatCsv([columns, ...rows.map(valuesOf)]);
}

function stateText(lines: readonly LogLine[]): string {
  const start = lines.findLast((line) => line.type === "run");
  const step = lines.findLast((line) => line.type === "step");
  const end = lines.at(-1);
  const validations = lines.filter((line) => line.type === "validation");
  const best = validations.findLast(({ isBest }) => isBest);
  const steps = start?.steps === undefined ? "" : ` of ${countOf(start.steps, "step")}`;
  const texts = [
    start?.title ?? "",
    end?.type === "end"
      ? `${end.outcome} after ${formatSeconds(end.seconds)}${end.message ? `: ${end.message}` : ""}`
      : `running, or killed: the last line was written at ${formatSeconds(end?.seconds ?? NaN)}`,
    step === undefined
      ? "no step was taken"
      : `step ${step.step}${steps}, loss ${formatNumber(step.loss ?? NaN)}, smoothed ` +
        formatNumber(step.smoothedLoss ?? NaN),
  ];
  if (best !== undefined) {
    texts.push(
      `validation: relative L2 ${formatPercent(validations.at(-1)!.relativeL2 ?? NaN)}, the best ` +
        `${formatPercent(best.relativeL2 ?? NaN)} at step ${best.step}`,
    );
  }
  return texts.join("\n");
}

if (import.meta.main) await runCommand(program);
