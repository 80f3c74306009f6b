/**
 * Shows runs in a browser, live or ended: `deno task view out`.
 *
 * @module
 */

import { Command } from "commander";
import { UserError } from "../errors.ts";
import { FIRST_PORT } from "../pipeline/monitoring/view_server.ts";
import { addExamples, integerOption, interruptSignal, runCommand } from "./command/command_line.ts";
import { existingPath, projectPath } from "./command/paths.ts";
import { openViewer, RUNS_FOLDER } from "./view/open_viewer.ts";

/** The command. */
export const program = new Command("deno task view")
  .description(
    "Show the runs below a folder in a browser, live or ended, from their logs: curves, " +
      "progress, memory, comparisons. It changes nothing and answers on this machine only.",
  )
  .argument("[folder]", "folder of runs, such as that of a batch (default: out)")
  .addOption(
    integerOption("--port <n>", "first port that is tried, 0 for any", 0, 65_535)
      .default(FIRST_PORT),
  )
  .action(async (given: string | undefined, { port }: { readonly port: number }) => {
    const folder = given === undefined ? projectPath(RUNS_FOLDER) : existingPath(given);
    await requireFolder(folder);
    await using viewer = openViewer(folder, port);
    console.log(`Runs in ${folder}: open ${viewer.url} (Ctrl-C ends the viewer)`);
    await untilInterrupted();
  });

addExamples(program, "deno task view", "deno task view out/widths", "deno task view --port 9000");

async function requireFolder(folder: string): Promise<void> {
  const state = await Deno.stat(folder).catch(() => undefined);
  if (state?.isDirectory) return;
  throw new UserError(
    state === undefined
      ? `Cannot show the runs in "${folder}": no such folder; start a run first, such as deno ` +
        "task pipeline darcy"
      : `Cannot show the runs in "${folder}": it must be a folder, found a file`,
  );
}

async function untilInterrupted(): Promise<void> {
  if (interruptSignal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  interruptSignal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}

if (import.meta.main) await runCommand(program);
