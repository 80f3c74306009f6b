/**
 * Runs a job of a batch in a process of its own.
 *
 * @module
 */

import { messageOf, UserError } from "../../errors.ts";
import { jobDirectory, jobLog } from "../../pipeline/experiments/batch/job_results.ts";
import type { MemoryBudget } from "../../pipeline/experiments/batch/memory_budget.ts";
import type { PlannedJob } from "../../pipeline/experiments/batch/planned_job.ts";
import { FinalFailure } from "../../pipeline/experiments/batch/schedule.ts";
import type { CheckpointInterval } from "../../pipeline/training/checkpoints.ts";
import { linesOf } from "../command/lines.ts";
import { denoCommand, pipelineFlags } from "../command/task_command.ts";
import { decodeLine, encodeLine, type JobMessage, type JobTask } from "./job_messages.ts";

/** What the processes of a batch share. */
export interface JobRunner {
  /** The directory of the batch. */
  readonly directory: string;
  readonly memory: MemoryBudget;
  readonly checkpointEvery?: CheckpointInterval | undefined;
  /** When aborted, the process keeps a checkpoint and ends. */
  readonly signal: AbortSignal;
  /** Told what the process says. */
  readonly onMessage: (message: JobMessage) => void;
}

/** A process that was told to stop and does not is killed after this time. */
const STOP_MILLISECONDS = 15_000;

/**
 * Runs a job once, and adds what its process prints to the log of the job.
 *
 * @throws {FinalFailure} If it can never fit the memory of the batch.
 * @throws {UserError} If it fails otherwise.
 */
export async function runJob(job: PlannedJob, attempt: number, runner: JobRunner): Promise<void> {
  const { directory, checkpointEvery } = runner;
  const place = jobDirectory(directory, job);
  await Deno.mkdir(place, { recursive: true });
  using log = await Deno.open(jobLog(directory, job), { append: true, create: true });
  await log.write(
    new TextEncoder().encode(`--- attempt ${attempt}, ${new Date().toISOString()}\n`),
  );
  const { name, title, command, spec, base } = job;
  const process = new JobProcess(runner, log, place);
  await process.run({
    variation: { name, title, command, spec, base },
    directory: place,
    checkpointEvery,
  });
}

class JobProcess {
  readonly #runner: JobRunner;
  readonly #log: Deno.FsFile;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #hasEnded = false;
  /** Why it failed, as it says itself. */
  #reason: string | undefined;
  /** Why there is never room for it. */
  #refusal: string | undefined;
  #release: (() => void) | undefined;

  constructor(runner: JobRunner, log: Deno.FsFile, directory: string) {
    this.#runner = runner;
    this.#log = log;
    this.#child = spawn(directory);
    this.#input = this.#child.stdin.getWriter();
  }

  async run(task: JobTask): Promise<void> {
    const { signal } = this.#runner;
    let killer: ReturnType<typeof setTimeout> | undefined;
    const stop = () => {
      this.#closeInput();
      killer = setTimeout(() => this.#kill(), STOP_MILLISECONDS);
    };
    signal.addEventListener("abort", stop);
    try {
      const errors = this.#copy(this.#child.stderr);
      await this.#send(encodeLine(task));
      if (signal.aborted) stop();
      for await (const line of linesOf(this.#child.stdout)) await this.#hear(line);
      await errors;
      const status = await this.#child.status;
      if (this.#refusal !== undefined) throw new FinalFailure(this.#refusal);
      if (!status.success) throw new UserError(this.#reason ?? endOf(status));
    } finally {
      clearTimeout(killer);
      signal.removeEventListener("abort", stop);
      this.#hasEnded = true;
      this.#release?.();
      this.#closeInput();
    }
  }

  async #hear(line: string): Promise<void> {
    const message = decodeLine(line);
    if (message === undefined) await this.#write(`${line}\n`);
    else if (message.type === "failed") this.#reason = message.reason;
    else if (message.type === "planned") this.#admit(message.bytes);
    else this.#runner.onMessage(message);
  }

  /** Lets the run begin once there is room. */
  async #admit(bytes: number | undefined): Promise<void> {
    try {
      this.#release = await this.#runner.memory.reserve(bytes);
    } catch (error) {
      this.#refusal = messageOf(error);
      return this.#kill();
    }
    if (this.#hasEnded) this.#release();
    else await this.#send(encodeLine({ type: "go" }));
  }

  async #copy(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const bytes of stream) await this.#log.write(bytes);
  }

  async #write(text: string): Promise<void> {
    await this.#log.write(new TextEncoder().encode(text));
  }

  /** A process that has ended reads nothing; its status says more. */
  async #send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#input.write(bytes).catch(() => undefined);
  }

  /** Tells the process to stop. */
  #closeInput(): void {
    this.#input.close().catch(() => undefined);
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** A process that may do what the task "pipeline" may, and write to the directory of the job. */
function spawn(directory: string): Deno.ChildProcess {
  const script = new URL("./job_process.ts", import.meta.url).href;
  return denoCommand({
    args: ["run", ...pipelineFlags(directory), script],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** How a process ended that did not say why. */
function endOf({ code, signal }: Deno.CommandStatus): string {
  if (signal === "SIGKILL") {
    return "Its process was killed (SIGKILL), as the system does when memory runs out";
  }
  return signal === null
    ? `Its process ended with exit code ${code}`
    : `Its process ended with ${signal}, as it does when its own memory runs out`;
}
