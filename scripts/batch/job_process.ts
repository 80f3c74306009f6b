/**
 * The process of one job of a batch, so that a failure ends no other job.
 *
 * @module
 */

import { Command } from "commander";
import { messageOf } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import { trainingsOf } from "../../pipeline/experiments/batch/planned_job.ts";
import { runPlannedJob } from "../../pipeline/experiments/batch/run_planned_job.ts";
import type { Plan } from "../../pipeline/run/plan/plan.ts";
import { interruptSignal, runCommand } from "../command/command_line.ts";
import { linesOf } from "../command/lines.ts";
import { encodeMessage, type JobMessage, type JobTask } from "./job_messages.ts";

/** Memory of a process with its modules, before it runs anything. */
const IDLE_BYTES = 110 * 2 ** 20;

/** Time in which a run that is asked to stop must have written its checkpoint. */
const STOP_MILLISECONDS = 5000;

/** Set by the task before anything is sent. */
let token = "";

function send(message: JobMessage): void {
  const bytes = encodeMessage(message, token);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}

/** Peak memory of the process of a run. */
function bytesOf(plan: Plan | undefined): number | undefined {
  return plan && IDLE_BYTES + plan.peakBytes - plan.idleBytes;
}

async function runJob(
  { job, directory, checkpointEvery, resume }: JobTask,
  admission: Promise<void>,
  signal: AbortSignal,
) {
  const [training] = trainingsOf(job.spec);
  await runPlannedJob(job, directory, {
    signal,
    resume,
    checkpointEvery,
    async admit(plan) {
      const bytes = bytesOf(plan);
      const need = bytes === undefined
        ? "all memory, since its graphs cannot be planned"
        : `about ${formatBytes(bytes)}`;
      console.error(`asks for ${need}`);
      send({ type: "planned", bytes });
      await admission;
      signal.throwIfAborted();
    },
    onStart({ trainings: [point], warnings }) {
      for (const message of warnings) warn(message);
      if (point !== undefined) send({ type: "resumed", step: point.step, steps: point.steps });
    },
    onWarning: warn,
    onEvent(event) {
      if (event.type === "warning") warn(event.message);
      if (event.type !== "progress" || event.stage !== training || event.rank !== 0) return;
      const { done, total, values } = event.progress;
      send({ type: "progress", done, total, loss: values?.loss });
    },
  });
}

/** Prints a warning to the log and sends it to the terminal. */
function warn(message: string): void {
  console.error(`warning: ${message}`);
  send({ type: "warning", message });
}

await runCommand(
  new Command("job").action(async () => {
    const done = new AbortController();
    const lines = linesOf(Deno.stdin.readable, done.signal);
    const task: JobTask = JSON.parse((await lines.next()).value ?? "null");
    token = task.token;
    const admission = Promise.withResolvers<void>();
    const orphaned = new AbortController();
    const listen = async () => {
      // The only further message admits the job.
      for await (const _ of lines) admission.resolve();
      orphaned.abort(new Error("its batch has ended"));
      admission.resolve();
      setTimeout(() => Deno.exit(1), STOP_MILLISECONDS);
    };
    listen().catch((error) => {
      if (!done.signal.aborted) throw error;
    });
    try {
      await runJob(task, admission.promise, AbortSignal.any([interruptSignal, orphaned.signal]));
    } catch (error) {
      send({ type: "failed", reason: messageOf(error) });
      throw error;
    } finally {
      // The process cannot exit while it reads its input.
      done.abort();
    }
  }),
);
