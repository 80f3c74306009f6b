/**
 * Common parts of all commands: reading arguments, reporting errors, stopping on an interrupt.
 *
 * A script declares its commands with commander and hands them to {@linkcode runCommand}. A mistake
 * of the user ends in one line on the error stream and exit code 1, never in a stack trace.
 *
 * @module
 */

import { Argument, type Command, CommanderError, Option } from "commander";
import { dirname, resolve } from "node:path";
import pc from "picocolors";
import {
  didYouMean,
  messageOf,
  type Permission,
  PermissionError,
  UserError,
} from "../../errors.ts";
import { quietVulkan } from "../../kernels/webgpu/adapter.ts";
import { confineWorkers } from "../../pipeline/engine/permissions/confined_workers.ts";
import { hasHungThreads } from "../../pipeline/engine/workers/hung_threads.ts";
import { canDrawBars } from "../progress/terminal.ts";
import { shellWord } from "./command_text.ts";
import { guardOutput, missingOutput } from "./result_output.ts";
import { existingPath, isInProject, userDirectory, userPath } from "./paths.ts";
import { allowingCommand, isInside } from "./task_command.ts";

/** Exit code after an interrupt, as shells expect of SIGINT. */
const INTERRUPTED_CODE = 130;

/** Exit code after a pause: a temporary failure (`EX_TEMPFAIL`), so that schedulers try again. */
const PAUSED_CODE = 75;

/** One Ctrl-C under `deno task` arrives twice within this time: from the terminal and the task. */
const SAME_INTERRUPT_MILLISECONDS = 500;

/** Shows the cursor and wraps long lines again, both of which progress bars turn off. */
const RESTORE_TERMINAL = "\x1b[?25h\x1b[?7h\n";

const interruption = new AbortController();

/** Aborted once the user interrupts a command that {@linkcode runCommand} runs. */
export const interruptSignal: AbortSignal = interruption.signal;

/** Why a command stopped on purpose, to be resumed. */
class Pause {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Stops the command like an interrupt, with the exit code 75.
 *
 * @param reason Why, for the user
 */
export function pauseCommand(reason: string): void {
  interruption.abort(new Pause(reason));
}

/**
 * Runs the command that the arguments name, and ends the process with the exit code: 0, 1 after an
 * error, 130 after an interrupt, 75 after a pause.
 *
 * Errors of the user and errors of ours are printed as their message. Others are bugs: their
 * message is followed by the hint to set `HALOFLOW_DEBUG=1`, which prints every error with its
 * stack trace and causes. A missing permission is reported with the command that grants it.
 *
 * The first interrupt aborts {@linkcode interruptSignal} so that the command can clean up, the
 * second ends the process. Workers of pipelines get only the permissions that their stages need.
 *
 * Text that cannot be printed, as on a full disk, is dropped with a warning; it ends a command only
 * if it is its result.
 *
 * @param program Commands with their options and actions
 * @param args Arguments after the script's name
 */
export async function runCommand(
  program: Command,
  args: readonly string[] = Deno.args,
): Promise<void> {
  extraPermissions.length = 0;
  throwInsteadOfExit(program);
  confineWorkers();
  quietVulkan();
  using _ = guardOutput();
  const stopListening = listenForInterrupts();
  try {
    await program.parseAsync(args, { from: "user" });
    const reason = missingOutput();
    if (reason !== undefined) {
      console.error(`warning: Cannot print the complete output: ${reason}; its files are complete`);
    }
  } catch (error) {
    Deno.exitCode = reportError(error, program, args);
  } finally {
    stopListening();
  }
  if (hasHungThreads()) Deno.exit();
}

/** Adds an example of a command to the end of its help. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length > 1 ? "Examples" : "Example";
  return command.addHelpText(
    "after",
    `\n${title}:\n${lines.map((line) => `  ${line}`).join("\n")}`,
  );
}

/**
 * Declares an integer option.
 *
 * @param flags As commander writes them: `--count <n>`
 */
export function integerOption(
  flags: string,
  description: string,
  min = 0,
  max = Infinity,
): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    const range = max === Infinity ? `>= ${min}` : `of ${min} to ${max}`;
    throw new UserError(
      `Cannot read ${option.long}: it must be an integer ${range}, received "${text}"`,
    );
  });
}

/** Declares an option with a choice of names. */
export function choiceOption(
  flags: string,
  description: string,
  choices: readonly string[],
): Option {
  const option = new Option(flags, description).choices(choices);
  return option.argParser((text) => {
    if (choices.includes(text)) return text;
    throw new UserError(
      `Cannot read ${option.long}: it must be ${choices.join(" or ")}, received "${text}", ` +
        didYouMean(text, choices),
    );
  });
}

/**
 * Declares an option with the path of a file or folder that the command reads. A missing one is
 * refused before any work.
 */
export function inputOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(existingPath);
}

/**
 * Declares an argument with the path of a file or folder that the command reads, or with several.
 * A missing one is refused before any work.
 *
 * @param name As commander writes it: `<file>`, `<files...>`
 */
export function inputArgument(name: string, description: string): Argument {
  const argument = new Argument(name, description);
  if (!argument.variadic) return argument.argParser(existingPath);
  return argument.argParser((path: string, before: readonly string[] | undefined) => [
    ...before ?? [],
    existingPath(path),
  ]);
}

/** Permissions that the command was started with in addition to those of its task. */
const extraPermissions: Permission[] = [];

/**
 * Declares an option for the output of a command. An output that the command may not write is
 * refused before any work.
 *
 * @param kind A file or a store appears at once, which also needs write access to its directory
 */
export function outputOption(
  flags: string,
  description: string,
  kind: "directory" | "file",
): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => {
    const path = userPath(text);
    const value = kind === "directory" ? resolve(path) : dirname(resolve(path));
    const permission = { name: "write", value } as const;
    if (Deno.permissions.querySync({ name: "write", path: value }).state === "granted") {
      if (!isInside(value, Deno.cwd())) extraPermissions.push(permission);
      return path;
    }
    throw new PermissionError(
      `Cannot write ${option.long} "${text}": this command may write only inside "${Deno.cwd()}"`,
      [permission],
    );
  });
}

/** Makes a command and its subcommands throw and print nothing but help. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} });
  command.commands.forEach(throwInsteadOfExit);
}

/**
 * Aborts {@linkcode interruptSignal} on the first interrupt and exits on the second.
 *
 * @returns Stops listening
 */
function listenForInterrupts(): () => void {
  const signals = Deno.build.os === "windows"
    ? ["SIGINT"] as const
    : ["SIGINT", "SIGTERM"] as const;
  let first: number | undefined;
  const onInterrupt = () => {
    first ??= performance.now();
    interruption.abort();
    if (performance.now() - first < SAME_INTERRUPT_MILLISECONDS) return;
    if (canDrawBars()) Deno.stderr.writeSync(new TextEncoder().encode(RESTORE_TERMINAL));
    Deno.exit(INTERRUPTED_CODE);
  };
  for (const signal of signals) Deno.addSignalListener(signal, onInterrupt);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, onInterrupt);
  };
}

/** Prints an error with its remedy. @returns The exit code */
function reportError(error: unknown, program: Command, args: readonly string[]): number {
  if (interruption.signal.aborted) {
    const { reason } = interruption.signal;
    if (reason instanceof Pause) {
      console.error(`Stopped: ${reason.reason}`);
      return PAUSED_CODE;
    }
    console.error("Interrupted");
    return INTERRUPTED_CODE;
  }
  // Help is not an error, but commander throws after it has printed it.
  if (error instanceof CommanderError && error.message === "(outputHelp)") return error.exitCode;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  console.error(`${pc.red("error:")} ${describeError(error)}${remedyOf(error, program, args)}`);
  if (isDebugging()) console.error(error);
  else if (!isOurs(error)) console.error("Set HALOFLOW_DEBUG=1 to see where this comes from.");
  return 1;
}

function describeError(error: unknown): string {
  if (error instanceof CommanderError) return describeMisuse(error);
  return messageOf(error);
}

/** The command with the missing permissions, as the end of a sentence. */
function remedyOf(error: unknown, program: Command, args: readonly string[]): string {
  if (!(error instanceof PermissionError)) return "";
  const task = program.name().replace(/^deno task /, "");
  const command = allowingCommand(task, args, [...extraPermissions, ...error.missing]);
  if (command !== undefined) return `; allow it with: ${inProject(command)}`;
  return "; start it with " +
    `${error.missing.map(({ name, value }) => `--allow-${name}=${value}`).join(" ")}`;
}

/** A command that runs in the folder of the project, and resolves paths where the user stands. */
function inProject(command: string): string {
  if (isInProject()) return command;
  const user = shellWord(userDirectory());
  return `(cd ${shellWord(Deno.cwd())} && INIT_CWD=${user} ${command})`;
}

/** The message of commander in the form of our errors, on one line. */
function describeMisuse({ message }: CommanderError): string {
  const [problem, suggestion] = message.replace(/^error: /, "").replace(/\.$/, "").split("\n");
  const remedy = suggestion?.match(/^\(Did you mean (.+)\?\)$/)?.[1];
  return "Cannot run the command as given: " +
    `${problem}${remedy ? `, did you mean ${remedy}?` : "; see --help"}`;
}

/**
 * Whether an error was made for the user to read: a class of ours, or a built-in one with a
 * sentence of ours.
 */
function isOurs(error: unknown): boolean {
  if (error instanceof UserError || error instanceof CommanderError) return true;
  const builtIn = error instanceof RangeError || error instanceof TypeError ||
    error instanceof SyntaxError;
  return builtIn && /^Cannot [^]+: /.test(error.message);
}

function isDebugging(): boolean {
  return !["", "0", undefined].includes(Deno.env.get("HALOFLOW_DEBUG"));
}
