/**
 * The output directory of a run. It holds one run, and one process at a time.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { UserError } from "../../errors.ts";
import { writeError, writeText } from "../../io/atomic_write.ts";
import { ifPresent } from "../../io/if_present.ts";
import { LOG_FILE } from "../monitoring/log_schema.ts";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import { listCheckpoints } from "../training/checkpoints.ts";
import {
  directoryEntries,
  isLeftover,
  isResult,
  PIPELINE_FILE,
  preserveLog,
  removeLeftovers,
  restoreResults,
  setResultsAside,
} from "./earlier_results.ts";

/**
 * Subdirectory for the checkpoints of a run that has not finished. It has its own
 * `pipeline.json`, because the results next to it may be those of another run.
 */
export const CHECKPOINTS = "checkpoints";

/** Locked by the process that runs in the directory. */
const LOCK_FILE = "lock";

/** The lock of a killed process lasts a little longer than the process. */
const LOCK_SECONDS = 3;

/** A directory in which a run may write. Earlier results are set aside until the run ends. */
export interface ClaimedDirectory {
  /** The run finished: its results replace the earlier ones, and its checkpoints are removed. */
  release(): Promise<void>;
  /**
   * The run failed: earlier results are restored. If there are none, the results so far remain, as
   * do checkpoints.
   */
  restore(): Promise<void>;
}

/** The directory for the checkpoints of a run. */
export function checkpointDirectory(directory: string): string {
  return join(directory, CHECKPOINTS);
}

/** The pipelines of the runs in a directory, as JSON. */
export interface HeldRuns {
  /** Of the results, which may be incomplete if the run was killed. */
  readonly results: string | undefined;
  /** Of a run that has not finished. */
  readonly unfinished: string | undefined;
}

/** The pipelines of the runs in `directory`. */
export async function heldRuns(directory: string): Promise<HeldRuns> {
  return {
    results: await ifPresent(Deno.readTextFile(join(directory, PIPELINE_FILE))),
    unfinished: await ifPresent(Deno.readTextFile(join(directory, CHECKPOINTS, PIPELINE_FILE))),
  };
}

/** Options of `claimDirectory`. */
export interface ClaimOptions {
  /** Whether to replace the results of another run. */
  readonly overwrite: boolean;
  /** Whether the run resumes from the checkpoints of the directory. @default false */
  readonly resumes?: boolean | undefined;
}

/**
 * Prepares `directory` for a run of `spec`, and writes the pipeline into it. Results of
 * exactly the same pipeline are replaced without `overwrite`.
 *
 * @throws {UserError} If it holds another run, checkpoints that the run does not resume from, or
 * files that are not of a run, or if another process runs in it.
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
  let aside: string | undefined;
  try {
    aside = await prepareDirectory(directory, pipeline, options);
  } catch (error) {
    lock.close();
    throw error;
  }
  const claim = new Claim(directory, lock, aside);
  try {
    await writeText(join(directory, PIPELINE_FILE), pipeline);
  } catch (error) {
    await claim.restore();
    throw error;
  }
  return claim;
}

class Claim implements ClaimedDirectory {
  readonly #directory: string;
  readonly #lock: Deno.FsFile;
  /** The path of earlier results; undefined if there are none. */
  readonly #aside: string | undefined;

  constructor(directory: string, lock: Deno.FsFile, aside: string | undefined) {
    this.#directory = directory;
    this.#lock = lock;
    this.#aside = aside;
  }

  async release(): Promise<void> {
    if (this.#aside !== undefined) await Deno.remove(this.#aside, { recursive: true });
    await removeCheckpoints(this.#directory);
    this.#lock.close();
  }

  async restore(): Promise<void> {
    if (this.#aside !== undefined) {
      await preserveLog(this.#directory, checkpointDirectory(this.#directory));
      await restoreResults(this.#directory, this.#aside);
      const checkpoints = await listCheckpoints(checkpointDirectory(this.#directory));
      if (checkpoints.length === 0) await removeCheckpoints(this.#directory);
    }
    this.#lock.close();
  }
}

/**
 * Removes or sets aside what is in the directory.
 *
 * @returns The path of earlier results; undefined if there are none.
 */
async function prepareDirectory(
  directory: string,
  pipeline: string,
  { resumes }: ClaimOptions,
): Promise<string | undefined> {
  const checkpoints = checkpointDirectory(directory);
  await removeLeftovers(directory, checkpoints);
  if (resumes !== true) {
    for (const { path } of await listCheckpoints(checkpoints)) await Deno.remove(path);
  }
  await writeText(join(checkpoints, PIPELINE_FILE), pipeline);
  const names = (await directoryEntries(directory)).filter((name) => name !== CHECKPOINTS);
  const hasResults = names.some((name) => name !== PIPELINE_FILE && name !== LOG_FILE);
  const preserved = join(checkpoints, LOG_FILE);
  const isPreserved = resumes === true && await ifPresent(Deno.stat(preserved)) !== undefined;
  // Without a log at the checkpoints, that in the directory is of the run that resumes.
  const earlier = names.filter((name) =>
    isResult(name) && (name !== LOG_FILE || resumes !== true || isPreserved)
  );
  const aside = hasResults && earlier.length > 0
    ? await setResultsAside(directory, earlier)
    : undefined;
  if (isPreserved) await Deno.rename(preserved, join(directory, LOG_FILE));
  return aside;
}

/** Removes checkpoints, the name of their run first: without it, the run counts as finished. */
async function removeCheckpoints(directory: string): Promise<void> {
  const checkpoints = checkpointDirectory(directory);
  await Deno.remove(join(checkpoints, PIPELINE_FILE));
  await Deno.remove(checkpoints, { recursive: true });
}

/** Throws if a run would replace the results or the checkpoints of another. */
async function checkHeld(
  directory: string,
  pipeline: string,
  { overwrite, resumes = false }: ClaimOptions,
): Promise<void> {
  const names = (await directoryEntries(directory)).filter((name) =>
    name !== CHECKPOINTS && name !== LOG_FILE && !isLeftover(name)
  );
  if (overwrite || resumes) return;
  const previous = (await heldRuns(directory)).results;
  if (names.some((name) => name !== PIPELINE_FILE) && previous !== pipeline) {
    const held = previous === undefined
      ? `other files (${names[0]}, ...)`
      : "a run with different settings";
    throw new UserError(
      `Cannot run in "${directory}": it must be empty or hold the same run, found ${held}; ` +
        "choose another directory with --out, or --overwrite to replace its results",
    );
  }
  const [latest] = await listCheckpoints(checkpointDirectory(directory));
  if (latest === undefined) return;
  throw new UserError(
    `Cannot start a new run in "${directory}": it must hold no unfinished run, found one at step ` +
      `${latest.step} of "${latest.stage}"; --resume it, or --overwrite to discard it`,
  );
}

/**
 * Keeps other processes from running in the directory until the file is closed or the process ends.
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
    `Cannot run in "${directory}": only one process may run in it, and another is running; wait ` +
      "for it, or stop it",
  );
}
