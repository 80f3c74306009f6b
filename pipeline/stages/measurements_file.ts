/**
 * The file in which a run keeps its measurements until its report is made.
 *
 * @module
 */

import { join } from "node:path";
import { writeFileAtomically } from "../../io/atomic_write.ts";
import type { ReportData } from "../reporting/report_data.ts";

/** Name of the file in the run's directory that holds the `Measurements`. */
export const MEASUREMENTS_FILE = "report.json";

/** The report but for what is known only when the run is over. */
export type Measurements = Omit<ReportData, "stages" | "seconds" | "command" | "title">;

/** Marks what JSON has no word for: numbers that are none, and typed arrays, as base64 a third of their digits. */
const MARK = "$";

const ARRAYS = { Float32Array, Float64Array, Uint8Array, Uint32Array } as const;

/** Writes the measurements of a run into its directory. */
export async function writeMeasurements(directory: string, measurements: Measurements): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(measurements, encode));
  await writeFileAtomically(join(directory, MEASUREMENTS_FILE), bytes, { overwrite: true });
}

/** The measurements in the directory of a run; undefined where there are none. */
export async function readMeasurements(directory: string): Promise<Measurements | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(join(directory, MEASUREMENTS_FILE)), decode);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function encode(_key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return { [MARK]: String(value) };
  if (!ArrayBuffer.isView(value)) return value;
  const bytes = new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
  return { [MARK]: value.constructor.name, base64: bytes.toBase64() };
}

function decode(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(MARK in value)) return value;
  const { [MARK]: kind, base64 } = value as { readonly [MARK]: string; readonly base64?: string };
  if (base64 === undefined) return Number(kind);
  return new ARRAYS[kind as keyof typeof ARRAYS](Uint8Array.fromBase64(base64).buffer);
}
