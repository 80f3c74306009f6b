/** Runs commands in this process, which is faster than a process each. @module */

import type { Command } from "commander";
import { runCommand } from "../../scripts/command/command_line.ts";
import type { Outcome } from "./run_script.ts";

/** Runs a command as its script does, and returns what it printed and its exit code. */
export async function runInProcess(
  program: Command,
  ...args: readonly string[]
): Promise<Outcome> {
  const printed = { log: "", error: "" };
  const original = { log: console.log, error: console.error };
  for (const stream of ["log", "error"] as const) {
    console[stream] = (...texts: readonly unknown[]) => {
      printed[stream] += `${texts.join(" ")}\n`;
    };
  }
  try {
    await runCommand(program, args);
    return { code: Number(Deno.exitCode), out: printed.log, error: printed.error };
  } finally {
    Object.assign(console, original);
    Deno.exitCode = 0;
  }
}
