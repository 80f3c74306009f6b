/**
 * Runs variations one after the other, each in a process of its own, so that the memory of one is
 * not that of another.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../errors.ts";
import {
  type FinishedRun,
  readFinishedRun,
  type Variation,
} from "../../pipeline/experiments/variations.ts";
import { interruptSignal } from "../command/command_line.ts";
import { denoCommand, pipelineFlags } from "../command/task_command.ts";
import type { VariationTask } from "./variation_process.ts";

/**
 * The runs of all variations, in their order, each in the directory `runs/NAME` below `directory`.
 * A run that is done is not made again: work that was interrupted goes on where it stopped.
 *
 * @throws {UserError} If a run fails; its process has said why.
 */
export async function runVariations(
  variations: readonly Variation[],
  directory: string,
): Promise<readonly FinishedRun[]> {
  const runs: FinishedRun[] = [];
  for (const [k, variation] of variations.entries()) {
    const place = join(directory, "runs", variation.name);
    const which = `${variation.name} (${k + 1} of ${variations.length})`;
    let run = await readFinishedRun(variation, place);
    console.error(run === undefined ? `run ${which}` : `run ${which} is done`);
    if (run === undefined) {
      await startProcess({ variation, directory: place });
      run = await readFinishedRun(variation, place);
    }
    if (run === undefined) {
      throw new UserError(`Cannot go on as run ${which} left no figures in "${place}"`);
    }
    runs.push(run);
  }
  return runs;
}

async function startProcess(task: VariationTask): Promise<void> {
  const script = new URL("./variation_process.ts", import.meta.url).href;
  const child = denoCommand({
    args: ["run", ...pipelineFlags(task.directory), script],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
    signal: interruptSignal,
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(task)));
  await writer.close();
  const { success } = await child.status;
  if (interruptSignal.aborted) throw new UserError("Cannot go on as the command was interrupted");
  if (!success) {
    throw new UserError(`Cannot go on as run ${task.variation.name} failed: see its message above`);
  }
}
