/**
 * Execution of simpleFoam, the steady solver of OpenFOAM.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../../errors.ts";
import { fatalError } from "./solver_log.ts";

/** Path of the solver in Debian's package. */
const PROGRAM = "/usr/bin/simpleFoam";

/** Path of the other files in Debian's package. */
const ENVIRONMENT = { WM_PROJECT_DIR: "/usr/share/openfoam" };

/** Time that an interrupt may take to arrive. */
const INTERRUPT_MILLISECONDS = 200;

/** Outcome of a run. */
export interface SolverRun {
  /** False if a number overflowed, which ends OpenFOAM. */
  readonly finite: boolean;
  /** Output of the solver. */
  readonly log: string;
  readonly seconds: number;
}

/**
 * Checks that the solver is installed and permitted, without a prompt.
 *
 * @param program Path of the solver
 * @throws {UserError} If it is not, with the remedy
 */
export async function requireSimpleFoam(program = PROGRAM): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "run", command: program });
  if (state !== "granted") {
    throw new UserError(
      `Cannot run OpenFOAM: it needs permission to run ${program}; start with deno task ` +
        `generate, or add --allow-run=${program}`,
    );
  }
  try {
    await new Deno.Command(program, { args: ["-help"], env: ENVIRONMENT, stdin: "null" }).output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UserError(
      `Cannot run OpenFOAM: it must be installed, found no ${program}; install it with: ` +
        "apt-get install -y openfoam",
      { cause },
    );
  }
}

/**
 * Runs the solver on a case until it ends or the signal is aborted.
 *
 * @param directory Directory of the case, to which the log is written
 * @param logName Name such as `log.simpleFoam`
 * @throws {UserError} If OpenFOAM cannot solve the case, or another process ended it
 */
export async function runSimpleFoam(
  directory: string,
  logName: string,
  signal?: AbortSignal,
): Promise<SolverRun> {
  signal?.throwIfAborted();
  const started = performance.now();
  const path = join(directory, logName);
  const options: Deno.CommandOptions = {
    cwd: directory,
    env: ENVIRONMENT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  };
  const command = new Deno.Command(PROGRAM, signal ? { ...options, signal } : options);
  const child = command.spawn();
  const logFile = await Deno.open(path, { write: true, create: true, truncate: true });
  const [, errors, status] = await Promise.all([
    child.stdout.pipeTo(logFile.writable),
    new Response(child.stderr).text(),
    child.status,
  ]);
  if (status.signal === "SIGINT" || status.signal === "SIGTERM") {
    // Ctrl-C also ends the solver directly, possibly before the interrupt arrives here.
    await new Promise((resolve) => setTimeout(resolve, INTERRUPT_MILLISECONDS));
  }
  signal?.throwIfAborted();
  await Deno.writeTextFile(path, errors, { append: true });
  const log = await Deno.readTextFile(path);
  const seconds = (performance.now() - started) / 1000;
  if (status.success) return { finite: true, log, seconds };
  if (status.signal === "SIGFPE" || /sigFpe/.test(log)) return { finite: false, log, seconds };
  const reason = fatalError(log) ?? `it ended with ${status.signal ?? `exit code ${status.code}`}`;
  throw new UserError(
    `Cannot solve the case in "${directory}" with simpleFoam: ${reason}; see "${path}"`,
  );
}
