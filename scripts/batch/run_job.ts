/**
 * Runs a job of a batch in its own process.
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
import { JobLog } from "./job_log.ts";
import { decodeLine, encodeLine, type JobMessage, type JobTask } from "./job_messages.ts";

/** State that the jobs of a batch share. */
export interface JobRunner {
  /** Directory of the batch. */
  readonly directory: string;
  readonly memory: MemoryBudget;
  readonly checkpointEvery?: CheckpointInterval | undefined;
  readonly resume: boolean;
  /** When aborted, the process writes a checkpoint and exits. */
  readonly signal: AbortSignal;
  /** Receives the messages of the process. */
  readonly onMessage: (message: JobMessage) => void;
}

/** Time after which a process that was asked to stop is killed. */
const STOP_MILLISECONDS = 15_000;

/**
 * Runs a job once, and appends the output of its process to the log of the job.
 *
 * @throws {FinalFailure} If the job can never fit the memory of the batch.
 * @throws {UserError} If the job fails otherwise.
 */
export async function runJob(job: PlannedJob, attempt: number, runner: JobRunner): Promise<void> {
  const { checkpointEvery, resume } = runner;
  const directory = jobDirectory(runner.directory, job);
  await Deno.mkdir(directory, { recursive: true });
  using log = await JobLog.open(jobLog(runner.directory, job), (message) => {
    runner.onMessage({ type: "warning", message });
  });
  await log.write(`--- attempt ${attempt}, ${new Date().toISOString()}\n`);
  const { name, title, command, spec, base } = job;
  const process = new JobProcess(runner, log, directory);
  await process.run({
    token: process.token,
    job: { name, title, command, spec, base },
    directory,
    checkpointEvery,
    resume,
  });
}

class JobProcess {
  readonly #runner: JobRunner;
  readonly #log: JobLog;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  /** Unknown to stages: they run in workers, which never receive it. */
  readonly token = crypto.randomUUID();
  #hasEnded = false;
  /** Why the job failed, reported by its process. */
  #reason: string | undefined;
  /** Why the job can never fit the memory. */
  #refusal: string | undefined;
  #release: (() => void) | undefined;

  constructor(runner: JobRunner, log: JobLog, directory: string) {
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
      for await (const line of linesOf(this.#child.stdout)) await this.#receive(line);
      await errors;
      const status = await this.#child.status;
      if (this.#refusal !== undefined) throw new FinalFailure(this.#refusal);
      if (!status.success) throw new UserError(this.#reason ?? statusText(status));
    } finally {
      clearTimeout(killer);
      signal.removeEventListener("abort", stop);
      this.#hasEnded = true;
      this.#release?.();
      this.#closeInput();
    }
  }

  async #receive(line: string): Promise<void> {
    const { printed, message } = decodeLine(line, this.token);
    if (printed !== "") await this.#log.write(printed);
    if (message === undefined) return;
    if (message.type === "failed") this.#reason = message.reason;
    else if (message.type === "planned") this.#admit(message.bytes);
    else this.#runner.onMessage(message);
  }

  /** Starts the run once its memory is free. */
  async #admit(bytes: number | undefined): Promise<void> {
    try {
      this.#release = await this.#runner.memory.reserve(bytes);
    } catch (error) {
      this.#refusal = messageOf(error);
      return this.#kill();
    }
    if (this.#hasEnded) this.#release();
    else await this.#send(encodeLine({ type: "start" }));
  }

  async #copy(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const bytes of stream) await this.#log.write(bytes);
  }

  /** Ignores that a process no longer reads: its exit status tells why. */
  async #send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#input.write(bytes).catch(() => undefined);
  }

  /** Asks the process to stop. */
  #closeInput(): void {
    this.#input.close().catch(() => undefined);
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // The process has exited.
    }
  }
}

/** Starts a process with the permissions of `deno task pipeline` and the directory of the job. */
function spawn(directory: string): Deno.ChildProcess {
  const script = new URL("./job_process.ts", import.meta.url).href;
  return denoCommand({
    args: ["run", ...pipelineFlags(directory), script],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Why a process failed that has not reported a reason. */
function statusText({ code, signal }: Deno.CommandStatus): string {
  if (signal === "SIGKILL") {
    return "Its process was killed (SIGKILL), which the system does when memory runs out";
  }
  return signal === null
    ? `Its process exited with code ${code}`
    : `Its process was ended by ${signal}, which happens when its own memory runs out`;
}
