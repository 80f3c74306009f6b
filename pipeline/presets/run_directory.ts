/**
 * The output directory of a run: one run each, and nothing of anybody else's is overwritten.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../errors.ts";
import type { PipelineSpec } from "../engine/spec.ts";

/** The file that says which run a directory holds. */
export const PIPELINE_FILE = "pipeline.json";

/** What runs of the built-in stages leave in their directory. */
const OUTPUTS = [
  "metrics.json",
  "model.safetensors",
  "predictions.zarr",
  "report.html",
  "report.json",
  PIPELINE_FILE,
];

/**
 * Makes `directory` ready for a run of `spec`, and writes the pipeline into it.
 *
 * A directory that holds a run of the very same pipeline is used again, as its results would be the same.
 *
 * @throws {UserError} If it holds another run, or files of no run.
 */
export async function claimDirectory(
  directory: string,
  spec: PipelineSpec,
  options: { readonly overwrite: boolean },
): Promise<void> {
  const pipeline = JSON.stringify(spec, undefined, 2);
  const names = await directoryEntries(directory);
  const previous = names.includes(PIPELINE_FILE)
    ? await Deno.readTextFile(join(directory, PIPELINE_FILE))
    : undefined;
  const hasResults = names.some((name) => name !== PIPELINE_FILE);
  if (!options.overwrite && hasResults && previous !== pipeline) {
    throw new UserError(
      `Cannot run in "${directory}" as it must be empty or hold the same run: it holds ` +
        (previous === undefined ? `other files (${names[0]}, ...)` : "a run with other settings") +
        "; choose another directory with --out, or --overwrite to replace its results",
    );
  }
  await Deno.mkdir(directory, { recursive: true });
  for (const name of names.filter((name) => OUTPUTS.includes(name))) {
    await Deno.remove(join(directory, name), { recursive: true });
  }
  await Deno.writeTextFile(join(directory, PIPELINE_FILE), pipeline);
}

async function directoryEntries(directory: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    if (error instanceof Deno.errors.NotADirectory) {
      throw new UserError(`Cannot run in "${directory}" as it must be a directory: it is a file`);
    }
    throw error;
  }
}
