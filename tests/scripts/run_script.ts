/**
 * Runs commands of tasks, in this process or in one of their own.
 *
 * @module
 */

import type { Command } from "commander";
import assert from "node:assert/strict";
import process from "node:process";
import { format } from "node:util";

/** Printed text and exit code. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Where a command runs. */
export interface Surroundings {
  readonly cwd?: string | undefined;
  /** Whether it uses the cache of that directory. @default false */
  readonly cache?: boolean | undefined;
}

/** No colours, no stack traces, and paths relative to the working directory. */
const ENVIRONMENT = { NO_COLOR: "1", HALOFLOW_DEBUG: "", INIT_CWD: "" } as const;

/** Runs a TypeScript file in a process, without colours. */
export async function runScript(
  url: URL,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", url.href, ...args],
    env: { ...ENVIRONMENT, HALOFLOW_NO_CACHE: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}

/** Runs the command of a task in this process. */
export function runTask(task: string, ...args: readonly string[]): Promise<Outcome> {
  return runTaskIn({}, task, ...args);
}

/**
 * Runs the command of a task in this process, which must do nothing else meanwhile: it captures
 * what the process prints, and sets its environment, exit code and working directory.
 */
export async function runTaskIn(
  { cwd = Deno.cwd(), cache = false }: Surroundings,
  task: string,
  ...args: readonly string[]
): Promise<Outcome> {
  const outside = Deno.cwd();
  const restoreEnvironment = setEnvironment({
    ...ENVIRONMENT,
    HALOFLOW_NO_CACHE: cache ? undefined : "1",
  });
  const printed = capturePrinting();
  Deno.chdir(cwd);
  try {
    // The environment decides about colours when the modules are loaded.
    const { runCommand } = await import("../../scripts/command/command_line.ts");
    const { program } = await importTask(task);
    await runCommand(program, args);
    return { code: Deno.exitCode, ...printed.texts };
  } finally {
    Deno.exitCode = 0;
    Deno.chdir(outside);
    printed.restore();
    restoreEnvironment();
  }
}

/** Lines of progress on the error stream. */
const PROGRESS = /^\w+: (\d+ of \d+|validation )|^No validation /;

/** Asserts that a command fails with one line on the error stream, after lines of progress. */
export function assertMistake({ code, out, error }: Outcome, message: RegExp): void {
  assert.equal(code, 1, error);
  assert.equal(out, "");
  const lines = error.trimEnd().split("\n").filter((line) => !PROGRESS.test(line));
  assert.equal(lines.length, 1, error);
  assert.match(lines[0], message);
}

function importTask(task: string): Promise<{ readonly program: Command }> {
  return import(new URL(`../../scripts/${task}.ts`, import.meta.url).href);
}

/** Sets variables, or removes them. @returns Restores them */
function setEnvironment(variables: Readonly<Record<string, string | undefined>>): () => void {
  const saved = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  for (const [name, value] of Object.entries(variables)) set(name, value);
  return () => saved.forEach(([name, value]) => set(name, value));
}

/** Captures what this process prints, as if neither stream were a terminal. */
function capturePrinting() {
  const texts = { out: "", error: "" };
  const { log, error, warn } = console;
  const { write } = process.stdout;
  const { isTerminal } = Deno.stderr;
  console.log = (...values) => texts.out += `${format(...values)}\n`;
  console.error = console.warn = (...values) => texts.error += `${format(...values)}\n`;
  process.stdout.write = (text: string | Uint8Array) => {
    texts.out += text;
    return true;
  };
  Deno.stderr.isTerminal = () => false;
  const restore = () => {
    Object.assign(console, { log, error, warn });
    process.stdout.write = write;
    Deno.stderr.isTerminal = isTerminal;
  };
  return { texts, restore };
}
