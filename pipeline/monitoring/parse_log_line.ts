/**
 * Parses lines of a log.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { isObject } from "../../io/json_text.ts";
import { LOG_VERSION, type LogLine, logLine } from "./log_schema.ts";

/** Fields of a step that are numbers or null. */
const STEP_FIGURES = [
  "loss",
  "smoothedLoss",
  "learningRate",
  "gradientNorm",
  "memoryBytes",
  "communicationShare",
  "sentBytes",
];

/**
 * The line; undefined if it is damaged, or incomplete as the last one of a killed process may be.
 *
 * @throws {DataError} If the log is of a newer version.
 */
export function parseLogLine(text: string): LogLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  if (value.type === "run" && typeof value.version === "number" && value.version > LOG_VERSION) {
    throw new DataError(
      `Cannot read the log: its version must be <= ${LOG_VERSION}, found ${value.version}; ` +
        "update Haloflow",
    );
  }
  // There may be hundreds of thousands of steps.
  if (value.type === "step") return isStep(value) ? value as unknown as LogLine : undefined;
  return logLine.safeParse(value).data;
}

function isStep(value: Readonly<Record<string, unknown>>): boolean {
  const { stage, step, epoch, seconds } = value;
  return typeof stage === "string" && Number.isInteger(step) && Number(step) >= 1 &&
    Number.isInteger(epoch) && typeof seconds === "number" &&
    STEP_FIGURES.every((name) => value[name] === null || typeof value[name] === "number");
}
