/**
 * Results of an earlier run, which are set aside while another run replaces them.
 *
 * @module
 */

import { join } from "node:path";
import { ifPresent } from "../../io/if_present.ts";
import { UserError } from "../../errors.ts";
import { LOG_FILE } from "../monitoring/log_schema.ts";

/** The file that states which run a directory holds. */
export const PIPELINE_FILE = "pipeline.json";

/** Files and directories that runs of the built-in stages leave. Models have custom names. */
const RESULTS = [
  LOG_FILE,
  "metrics.json",
  "predictions.zarr",
  "report.html",
  "report.json",
  "vtk",
  PIPELINE_FILE,
];

/** Name of the directory for results that are set aside. */
const ASIDE = { prefix: "earlier-", suffix: ".partial" };

/** Whether a name is that of a result. */
export function isResult(name: string): boolean {
  return RESULTS.includes(name) || name.endsWith(".safetensors");
}

/** Whether a killed process left this file: a result that it was writing or had set aside. */
export function isLeftover(name: string): boolean {
  if (isAside(name)) return true;
  if (!name.endsWith(ASIDE.suffix)) return false;
  return isResult(name.slice(0, -ASIDE.suffix.length).replace(/\.[^.]+$/, ""));
}

function isAside(name: string): boolean {
  return name.startsWith(ASIDE.prefix) && name.endsWith(ASIDE.suffix);
}

/**
 * Moves results into a new directory next to them. `pipeline.json` is moved last and restored
 * first: its place shows where the other results are if the process is killed meanwhile.
 *
 * @returns The path of the new directory.
 */
export async function setResultsAside(
  directory: string,
  names: readonly string[],
): Promise<string> {
  const aside = await Deno.makeTempDir({ dir: directory, ...ASIDE });
  for (const name of pipelineFirst(names).toReversed()) {
    await Deno.rename(join(directory, name), join(aside, name));
  }
  return aside;
}

/** Moves earlier results back; they replace those of the run that did not finish. */
export async function restoreResults(directory: string, aside: string): Promise<void> {
  const earlier = await directoryEntries(aside);
  const isComplete = earlier.includes(PIPELINE_FILE);
  for (const name of await directoryEntries(directory)) {
    const isReplaced = isComplete ? isResult(name) : earlier.includes(name);
    if (isReplaced) await Deno.remove(join(directory, name), { recursive: true });
  }
  for (const name of pipelineFirst(earlier)) {
    await Deno.rename(join(aside, name), join(directory, name));
  }
  await Deno.remove(aside);
}

/**
 * Moves the log of an unfinished run to its checkpoints, if it has any, before earlier results
 * replace it.
 */
export async function preserveLog(directory: string, checkpoints: string): Promise<void> {
  const names = await directoryEntries(checkpoints);
  // If there is one, the log in the directory is already that of the earlier results.
  if (names.includes(LOG_FILE) || !names.some((name) => name.endsWith(".safetensors"))) return;
  await ifPresent(Deno.rename(join(directory, LOG_FILE), join(checkpoints, LOG_FILE)));
}

/** Restores earlier results and removes partial files that a killed process left. */
export async function removeLeftovers(directory: string, checkpoints: string): Promise<void> {
  for (const name of await directoryEntries(directory)) {
    const path = join(directory, name);
    if (isAside(name)) {
      await preserveLog(directory, checkpoints);
      await restoreResults(directory, path);
    } else if (isLeftover(name)) await Deno.remove(path, { recursive: true });
  }
  for (const name of await directoryEntries(checkpoints)) {
    if (name.endsWith(ASIDE.suffix)) await Deno.remove(join(checkpoints, name));
  }
}

/**
 * Names in a directory, sorted; empty if it is absent.
 *
 * @throws {UserError} If it is a file.
 */
export async function directoryEntries(directory: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    if (error instanceof Deno.errors.NotADirectory) {
      throw new UserError(`Cannot run in "${directory}": it must be a directory, found a file`);
    }
    throw error;
  }
}

function pipelineFirst(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => Number(b === PIPELINE_FILE) - Number(a === PIPELINE_FILE));
}
