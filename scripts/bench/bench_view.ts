/** `bench view`: the pages of the viewer in a browser. @module */

import { Command } from "commander";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../errors.ts";
import { addExamples, inputOption, integerOption } from "../command/command_line.ts";
import { makeScratchDirectory } from "../command/scratch_directory.ts";
import { denoCommand } from "../command/task_command.ts";
import { printFigures } from "./timing.ts";
import { writeTrainingLog } from "./written_logs.ts";

interface ViewFlags {
  readonly runs: number;
  readonly steps: number;
  readonly repeats: number;
  readonly browser: string;
  readonly json: boolean;
}

/** Times of a page, in milliseconds. */
export interface PageTimes {
  readonly page: string;
  /** From the request to the runs or curves, with a viewer that has just started. */
  readonly firstMs: number;
  /** From the event that names a changed run to the changed page. */
  readonly updateMs: number;
}

const BROWSER_SCRIPT = fileURLToPath(new URL("view_in_browser.ts", import.meta.url));

/** The command. */
export const view: Command = new Command("view")
  .description("Pages of `deno task view` in Chromium: time to the first curves, and of an update.")
  .addOption(integerOption("--runs <n>", "runs in the folder", 2, 100).default(20))
  .addOption(integerOption("--steps <n>", "steps of each run", 100, 1_000_000).default(10_000))
  .addOption(integerOption("--repeats <n>", "updates to measure", 1, 100).default(10))
  .addOption(inputOption("--browser <path>", "a Chromium").default("/usr/bin/chromium"))
  .option("--json", "print one JSON object", false)
  .action(async ({ runs, steps, repeats, browser, json }: ViewFlags) => {
    const folder = await makeScratchDirectory("bench");
    try {
      for (let seed = 0; seed < runs; seed++) {
        const training = { steps: steps + repeats + 1, step: steps, seed, validationEvery: 100 };
        await writeTrainingLog(join(folder, `run${seed}`), training);
      }
      const times = await measure([folder, browser, String(steps), String(repeats)]);
      const figures = times.flatMap(({ page, firstMs, updateMs }) => [
        { name: `${page}: first curves`, medianMs: firstMs },
        { name: `${page}: update`, medianMs: updateMs },
      ]);
      const how = `${runs} runs of ${steps} steps. First curves: from the request until they are ` +
        "in the page, by a viewer that has just started and a new tab, once; update: from the " +
        `event that names a changed run to the changed page, median of ${repeats}.`;
      printFigures({ benchmark: "view", how, figures }, json);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

addExamples(view, "deno task bench view", "deno task bench view --runs 100 --steps 2000");

/** Runs the script that starts viewers and a browser, which this command may not. */
async function measure(args: readonly string[]): Promise<readonly PageTimes[]> {
  const { success, stdout, stderr } = await denoCommand({
    args: ["run", "-A", "-q", "--no-check", BROWSER_SCRIPT, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (success) return JSON.parse(decoder.decode(stdout));
  throw new UserError(`Cannot measure the pages of the viewer: ${decoder.decode(stderr).trim()}`);
}
