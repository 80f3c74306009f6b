/**
 * Running OpenFOAM's steady solver, simpleFoam.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../../errors.ts";
import { fatalError } from "./solver_log.ts";

/** Where Debian's package puts the solver. */
const program = "/usr/bin/simpleFoam";

/** Where Debian's package puts the rest. */
const environment = { WM_PROJECT_DIR: "/usr/share/openfoam" };

/** How long an interrupt may take to arrive. */
const interruptMilliseconds = 200;

/** How a run ended. */
export interface SolverRun {
  /** False when a number overflowed, which ends OpenFOAM. */
  readonly finite: boolean;
  /** What the solver printed. */
  readonly log: string;
  readonly seconds: number;
}

/**
 * Makes sure that the solver is installed and may be run, without asking anybody.
 *
 * @throws {UserError} If not, with the remedy
 */
export async function requireSimpleFoam(): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "run", command: program });
  if (state !== "granted") {
    throw new UserError(
      `Cannot run OpenFOAM as the permission to run ${program} is missing; start with deno ` +
        "task generate, or add " +
        `--allow-run=${program}`,
    );
  }
  try {
    await new Deno.Command(program, { args: ["-help"], env: environment, stdin: "null" }).output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UserError(
      `Cannot run OpenFOAM as it is not installed: there is no ${program}; install it ` +
        "with: apt-get install -y openfoam",
      { cause },
    );
  }
}

/**
 * Runs the solver on a case to its end; it stops when the signal is aborted.
 *
 * @param directory Of the case; the log is kept in it
 * @param logName Such as `log.simpleFoam`
 * @throws {UserError} If OpenFOAM cannot solve the case as it is set up, or the program was ended
 * from outside
 */
export async function runSimpleFoam(
  directory: string,
  logName: string,
  signal?: AbortSignal,
): Promise<SolverRun> {
  signal?.throwIfAborted();
  const started = performance.now();
  const path = join(directory, logName);
  const command = new Deno.Command(program, {
    cwd: directory,
    env: environment,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(signal !== undefined && { signal }),
  });
  const child = command.spawn();
  const logFile = await Deno.open(path, { write: true, create: true, truncate: true });
  const [, errors, status] = await Promise.all([
    child.stdout.pipeTo(logFile.writable),
    new Response(child.stderr).text(),
    child.status,
  ]);
  if (status.signal === "SIGINT" || status.signal === "SIGTERM") {
    // Ctrl-C ends the solver directly too: its end may be known before the interrupt.
    await new Promise((resolve) => setTimeout(resolve, interruptMilliseconds));
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
