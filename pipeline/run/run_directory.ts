/**
 * The output directory of a run: one run each, and nothing of anybody else's is overwritten.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { UserError } from "../../errors.ts";
import { writeError, writeFileAtomically } from "../../io/atomic_write.ts";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import { listCheckpoints } from "../training/checkpoints.ts";

/** The file that says which run a directory holds. */
export const PIPELINE_FILE = "pipeline.json";

/**
 * Where a run keeps its checkpoints until it is done, with its own `pipeline.json`: earlier results
 * beside it may be those of another run.
 */
export const CHECKPOINTS = "checkpoints";

/** Held by the process that runs in the directory. */
const LOCK_FILE = "lock";

/** A process that was killed holds its lock a little longer. */
const LOCK_SECONDS = 3;

/** What runs of the built-in stages leave in their directory. */
const OUTPUTS = [
  "metrics.json",
  "predictions.zarr",
  "report.html",
  "report.json",
  "vtk",
  PIPELINE_FILE,
];

/** What is left of the names of earlier results while another run is made. */
const ASIDE = { prefix: "earlier-", suffix: ".partial" };

/**
 * A directory in which a run may write; the results of an earlier run are kept aside until it is
 * over.
 */
export interface ClaimedDirectory {
  /**
   * The run is done: its results take the place of the earlier ones, and checkpoints are no longer
   * needed.
   */
  release(): Promise<void>;
  /**
   * The run failed: earlier results come back as they were. Without any, what it got done stays, as
   * do checkpoints.
   */
  restore(): Promise<void>;
}

/** Where a run keeps its checkpoints. */
export function checkpointDirectory(directory: string): string {
  return join(directory, CHECKPOINTS);
}

/** The pipelines of what a directory holds, as text. */
export interface HeldRuns {
  /** Of the results; a run that was killed may have left a part of them. */
  readonly results: string | undefined;
  /** Of a run that was not done. */
  readonly unfinished: string | undefined;
}

/** The pipelines of what `directory` holds. */
export async function heldRuns(directory: string): Promise<HeldRuns> {
  return {
    results: await readIfThere(join(directory, PIPELINE_FILE)),
    unfinished: await readIfThere(join(directory, CHECKPOINTS, PIPELINE_FILE)),
  };
}

/** How a directory is claimed. */
export interface ClaimOptions {
  /** Whether the results of another run are replaced. */
  readonly overwrite: boolean;
  /**
   * Whether the run goes on from the checkpoints of the directory; otherwise there must be none.
   * @default false
   */
  readonly resumes?: boolean | undefined;
}

/**
 * Makes `directory` ready for a run of `spec`, and writes the pipeline into it.
 *
 * A directory that holds a run of the very same pipeline is used again.
 *
 * @throws {UserError} If it holds another run, or files of no run, or another process runs in it.
 * @throws {DataError} If it cannot be written.
 */
export async function claimDirectory(
  directory: string,
  spec: PipelineSpec,
  options: ClaimOptions,
): Promise<ClaimedDirectory> {
  if (directory === "") {
    throw new UserError("Cannot run in a directory without a name: choose one with --out");
  }
  const pipeline = JSON.stringify(spec, undefined, 2);
  await checkHeld(directory, pipeline, options);
  const lock = await lockDirectory(directory);
  try {
    const aside = await prepareDirectory(directory, pipeline, options);
    const claim: ClaimedDirectory = {
      async release() {
        if (aside !== undefined) await Deno.remove(aside, { recursive: true });
        await removeCheckpoints(directory);
        lock.close();
      },
      async restore() {
        if (aside !== undefined) {
          await bringBack(directory, aside);
          const checkpoints = await listCheckpoints(checkpointDirectory(directory));
          if (checkpoints.length === 0) await removeCheckpoints(directory);
        }
        lock.close();
      },
    };
    try {
      await writeText(join(directory, PIPELINE_FILE), pipeline);
    } catch (error) {
      await claim.restore();
      throw error;
    }
    return claim;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * Clears the way for a run that has not written anything yet. @returns Where earlier results are
 * kept, if there are any
 */
async function prepareDirectory(
  directory: string,
  pipeline: string,
  { resumes }: ClaimOptions,
): Promise<string | undefined> {
  await removeLeftovers(directory);
  const checkpoints = checkpointDirectory(directory);
  if (resumes !== true) {
    for (const { path } of await listCheckpoints(checkpoints)) await Deno.remove(path);
  }
  await writeText(join(checkpoints, PIPELINE_FILE), pipeline);
  const names = (await directoryEntries(directory)).filter((name) => name !== CHECKPOINTS);
  const earlier = names.filter(isOutput);
  const hasResults = names.some((name) => name !== PIPELINE_FILE);
  return hasResults && earlier.length > 0 ? await moveAside(directory, earlier) : undefined;
}

/**
 * Ends what could be gone on with: first the name of the run goes, which makes it a finished one.
 */
async function removeCheckpoints(directory: string): Promise<void> {
  const checkpoints = checkpointDirectory(directory);
  await Deno.remove(join(checkpoints, PIPELINE_FILE));
  await Deno.remove(checkpoints, { recursive: true });
}

/** Throws where a run would replace what is not its own. */
async function checkHeld(
  directory: string,
  pipeline: string,
  { overwrite, resumes = false }: ClaimOptions,
): Promise<void> {
  const names = (await directoryEntries(directory)).filter((name) =>
    name !== CHECKPOINTS && !isLeftover(name)
  );
  if (overwrite || resumes) return;
  const previous = (await heldRuns(directory)).results;
  if (names.some((name) => name !== PIPELINE_FILE) && previous !== pipeline) {
    throw new UserError(
      `Cannot run in "${directory}" as it must be empty or hold the same run: it holds ` +
        (previous === undefined ? `other files (${names[0]}, ...)` : "a run with other settings") +
        "; choose another directory with --out, or --overwrite to replace its results",
    );
  }
  const [latest] = await listCheckpoints(checkpointDirectory(directory));
  if (latest === undefined) return;
  throw new UserError(
    `Cannot start afresh in "${directory}" as it must hold no run that can go on: it holds ` +
      `one with ${latest.step} steps ` +
      `of "${latest.stage}"; go on with --resume, or --overwrite to lose them`,
  );
}

/**
 * Makes sure that no other process runs in the directory, until the file is closed or the process
 * ends.
 */
async function lockDirectory(directory: string): Promise<Deno.FsFile> {
  const path = join(directory, CHECKPOINTS, LOCK_FILE);
  let file: Deno.FsFile;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    file = await Deno.open(path, { write: true, create: true });
  } catch (cause) {
    throw writeError(path, cause);
  }
  const end = performance.now() + 1000 * LOCK_SECONDS;
  while (performance.now() < end) {
    if (await file.tryLock(true)) return file;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  file.close();
  throw new UserError(
    `Cannot run in "${directory}" as only one process may: another one is at work; wait ` +
      "for it, or stop it",
  );
}

/**
 * Brings order into what a killed process left: earlier results come back, and files that were
 * being written go.
 */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await directoryEntries(directory)) {
    const path = join(directory, name);
    if (isAside(name)) await bringBack(directory, path);
    else if (isLeftover(name)) await Deno.remove(path, { recursive: true });
  }
  const checkpoints = checkpointDirectory(directory);
  for (const name of await directoryEntries(checkpoints)) {
    if (name.endsWith(ASIDE.suffix)) await Deno.remove(join(checkpoints, name));
  }
}

/**
 * Puts earlier results back in place of what a run got done. The name of their run goes aside last
 * and comes back first: where it is tells what else is where if the process is killed on the way.
 */
async function bringBack(directory: string, aside: string): Promise<void> {
  const earlier = await directoryEntries(aside);
  const isWhole = earlier.includes(PIPELINE_FILE);
  const isReplaced = (name: string) => isWhole ? isOutput(name) : earlier.includes(name);
  for (const name of await directoryEntries(directory)) {
    if (isReplaced(name)) await Deno.remove(join(directory, name), { recursive: true });
  }
  for (const name of nameFirst(earlier)) {
    await Deno.rename(join(aside, name), join(directory, name));
  }
  await Deno.remove(aside);
}

/** The file that names the run, then the others. */
function nameFirst(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => Number(b === PIPELINE_FILE) - Number(a === PIPELINE_FILE));
}

function isAside(name: string): boolean {
  return name.startsWith(ASIDE.prefix) && name.endsWith(ASIDE.suffix);
}

/**
 * Whether a name is that of an output which a process was writing, or had put aside, when it was
 * killed.
 */
function isLeftover(name: string): boolean {
  return isAside(name) ||
    name.endsWith(ASIDE.suffix) &&
      isOutput(name.slice(0, -ASIDE.suffix.length).replace(/\.[^.]+$/, ""));
}

/** Whether a name is that of a result: models are named by their trainings. */
function isOutput(name: string): boolean {
  return OUTPUTS.includes(name) || name.endsWith(".safetensors");
}

async function writeText(path: string, text: string): Promise<void> {
  await writeFileAtomically(path, new TextEncoder().encode(text), { overwrite: true });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/** Moves files into a new directory beside them. @returns Its path */
async function moveAside(directory: string, names: readonly string[]): Promise<string> {
  const aside = await Deno.makeTempDir({ dir: directory, ...ASIDE });
  for (const name of nameFirst(names).toReversed()) {
    await Deno.rename(join(directory, name), join(aside, name));
  }
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
