/**
 * Admission of a run, while its workers start: plans it, waits for room on the machine, claims its
 * directory and restores cached results into it.
 *
 * @module
 */

import { messageOf, UserError } from "../../errors.ts";
import type { ValidPipeline } from "../engine/definition/validate.ts";
import { checkFit, thisMachine } from "./plan/machine.ts";
import { type Plan, planPipeline } from "./plan/plan.ts";
import type { PreparedRun } from "./prepared_run.ts";
import { claimDirectory, type ClaimedDirectory } from "./run_directory.ts";
import { RunLog } from "./run_log.ts";

/** A run that may write. */
export interface AdmittedRun {
  /** Undefined for a run that cannot be planned, or trains nothing. */
  readonly plan: Plan | undefined;
  readonly claim: ClaimedDirectory;
  /** Undefined if it cannot be written. */
  readonly log: RunLog | undefined;
}

/**
 * Plans a run, waits for its admission, claims its directory and restores cached results into it.
 *
 * @throws {UserError} If it cannot fit the machine, or the directory is not free; nothing is
 * claimed then.
 */
export async function admitRun(run: PreparedRun): Promise<AdmittedRun> {
  const { spec, settings: { admit, signal, directory, overwrite } } = run;
  // Read before planning, which takes memory itself.
  const machine = thisMachine();
  const plan = run.trains ? await planOf(run.pipeline, signal) : undefined;
  if (plan !== undefined) checkFit(plan, admit === undefined ? machine : undefined);
  await admit?.(plan);
  const resumes = run.start.state === "resumed";
  const claim = await claimDirectory(directory, spec, { overwrite, resumes });
  try {
    await run.cached?.restore(directory);
    return { plan, claim, log: await RunLog.open(run, plan) };
  } catch (error) {
    await claim.restore();
    throw error;
  }
}

/**
 * Ends a run that failed: caches the stages that finished, and releases the directory.
 *
 * @param admitted Undefined if the run was not admitted
 * @param error Why it failed
 */
export async function abandonRun(
  { cached, settings: { directory, signal } }: PreparedRun,
  admitted: AdmittedRun | undefined,
  error: unknown,
): Promise<void> {
  const outcome = signal?.aborted === true ? "stopped" : "failed";
  await admitted?.log?.close({ outcome, message: messageOf(error) });
  await cached?.save(directory);
  await admitted?.claim.restore();
}

async function planOf(
  pipeline: ValidPipeline,
  signal: AbortSignal | undefined,
): Promise<Plan | undefined> {
  try {
    return await planPipeline(pipeline, signal);
  } catch (error) {
    // A refusal is final. Any other failure of a stage recurs in the run, which then names the
    // stage.
    if (error instanceof Error && error.constructor === UserError) throw error;
    return undefined;
  }
}
