/**
 * The file that holds the measurements of a run until its report is written.
 *
 * @module
 */

import { join } from "node:path";
import { writeText } from "../../io/atomic_write.ts";
import type { ReportData } from "./report_data.ts";
import { exactJson, parseExactJson } from "../../io/exact_json.ts";
import { ifPresent } from "../../io/if_present.ts";

/** Name of the file with the `Measurements` in the directory of a run. */
export const MEASUREMENTS_FILE = "report.json";

/** The report without the data that are known only at the end of the run. */
export type Measurements = Omit<ReportData, "stages" | "seconds" | "command" | "title">;

/** Writes the measurements of a run into its directory. */
export async function writeMeasurements(
  directory: string,
  measurements: Measurements,
): Promise<void> {
  await writeText(join(directory, MEASUREMENTS_FILE), exactJson(measurements));
}

/** The measurements in the directory of a run; undefined if there are none. */
export async function readMeasurements(directory: string): Promise<Measurements | undefined> {
  const text = await ifPresent(Deno.readTextFile(join(directory, MEASUREMENTS_FILE)));
  return text === undefined ? undefined : parseExactJson(text);
}
