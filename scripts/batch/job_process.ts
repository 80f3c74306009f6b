/**
 * The process of one job of a batch. What goes wrong with it ends no other job.
 *
 * @module
 */

import { Command } from "commander";
import { messageOf } from "../../errors.ts";
import type { Plan } from "../../pipeline/run/plan/plan.ts";
import { runVariation } from "../../pipeline/experiments/variations.ts";
import { formatBytes } from "../../format.ts";
import { interruptSignal, runCommand } from "../command/command_line.ts";
import { linesOf } from "../command/lines.ts";
import { encodeLine, type JobMessage, type JobTask } from "./job_messages.ts";

/** What a process has before it runs anything, its modules included. */
const IDLE_BYTES = 110 * 2 ** 20;

/** How long a run that must stop may take to keep what it has done. */
const STOP_MILLISECONDS = 5000;

function tell(message: JobMessage): void {
  const bytes = encodeLine(message);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}

/** Most bytes of the process of a run. */
function bytesOf(plan: Plan | undefined): number | undefined {
  return plan && IDLE_BYTES + plan.peakBytes - plan.idleBytes;
}

async function runJob(
  { variation, directory, checkpointEvery }: JobTask,
  room: Promise<void>,
  signal: AbortSignal,
) {
  const training = Object.keys(variation.spec.stages).find((name) =>
    variation.spec.stages[name].run === "train"
  );
  await runVariation(variation, directory, {
    signal,
    resume: true,
    ...(checkpointEvery !== undefined && { checkpointEvery }),
    async admit(plan) {
      const bytes = bytesOf(plan);
      const need = bytes === undefined
        ? "all memory, as its graphs cannot be planned"
        : `about ${formatBytes(bytes)}`;
      console.error(`asks for ${need}`);
      tell({ type: "planned", bytes });
      await room;
      signal.throwIfAborted();
    },
    onStart({ trainings: [point], warnings }) {
      for (const message of warnings) warn(message);
      if (point !== undefined) tell({ type: "resumed", step: point.step, steps: point.steps });
    },
    onWarning: warn,
    onEvent(event) {
      if (event.type === "warning") warn(event.message);
      if (event.type !== "progress" || event.stage !== training || event.rank !== 0) return;
      const { done, total, values } = event.progress;
      tell({ type: "progress", done, total, loss: values?.loss });
    },
  });
}

/** Warnings are for the log and for the terminal. */
function warn(message: string): void {
  console.error(`warning: ${message}`);
  tell({ type: "warning", message });
}

await runCommand(
  new Command("job").action(async () => {
    const done = new AbortController();
    const lines = linesOf(Deno.stdin.readable, done.signal);
    const task: JobTask = JSON.parse((await lines.next()).value ?? "null");
    const room = Promise.withResolvers<void>();
    const orphaned = new AbortController();
    const listen = async () => {
      // The only message is that there is room.
      for await (const _ of lines) room.resolve();
      orphaned.abort(new Error("its batch has ended"));
      room.resolve();
      setTimeout(() => Deno.exit(1), STOP_MILLISECONDS);
    };
    listen().catch((error) => {
      if (!done.signal.aborted) throw error;
    });
    try {
      await runJob(task, room.promise, AbortSignal.any([interruptSignal, orphaned.signal]));
    } catch (error) {
      tell({ type: "failed", reason: messageOf(error) });
      throw error;
    } finally {
      // As long as somebody listens, the process does not end.
      done.abort();
    }
  }),
);
