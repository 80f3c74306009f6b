/**
 * The output directory of a run: one run each, and nothing of anybody else's is overwritten.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { writeFileAtomically } from "../../io/atomic_write.ts";
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
  "vtk",
  PIPELINE_FILE,
];

/** A directory in which a run may write; the results of an earlier run are kept aside until it is over. */
export interface ClaimedDirectory {
  /** The run is done: its results take the place of the earlier ones. */
  release(): Promise<void>;
  /** The run failed: earlier results come back as they were. Without any, what it got done stays. */
  restore(): Promise<void>;
}

/**
 * Makes `directory` ready for a run of `spec`, and writes the pipeline into it.
 *
 * A directory that holds a run of the very same pipeline is used again.
 *
 * @throws {UserError} If it holds another run, or files of no run.
 * @throws {DataError} If it cannot be written.
 */
export async function claimDirectory(
  directory: string,
  spec: PipelineSpec,
  options: { readonly overwrite: boolean },
): Promise<ClaimedDirectory> {
  if (directory === "") {
    throw new UserError("Cannot run in a directory without a name: choose one with --out");
  }
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
  const earlier = names.filter((name) => OUTPUTS.includes(name));
  const aside = hasResults && earlier.length > 0 ? await moveAside(directory, earlier) : undefined;
  const claim: ClaimedDirectory = {
    async release() {
      if (aside !== undefined) await Deno.remove(aside, { recursive: true });
    },
    async restore() {
      if (aside === undefined) return;
      const unfinished = (await directoryEntries(directory)).filter((name) => OUTPUTS.includes(name));
      for (const name of unfinished) await Deno.remove(join(directory, name), { recursive: true });
      for (const name of earlier) await Deno.rename(join(aside, name), join(directory, name));
      await Deno.remove(aside);
    },
  };
  try {
    const bytes = new TextEncoder().encode(pipeline);
    await writeFileAtomically(join(directory, PIPELINE_FILE), bytes, { overwrite: true });
  } catch (error) {
    await claim.restore();
    throw error;
  }
  return claim;
}

/** Moves files into a new directory beside them. @returns Its path */
async function moveAside(directory: string, names: readonly string[]): Promise<string> {
  const aside = await Deno.makeTempDir({ dir: directory, prefix: "earlier-", suffix: ".partial" });
  for (const name of names) await Deno.rename(join(directory, name), join(aside, name));
  return aside;
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
