/** `bench start`: from the command to the first training step. @module */

import { Command } from "commander";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { PRESETS } from "../../pipeline/presets/presets.ts";
import {
  addExamples,
  choiceOption,
  integerOption,
  interruptSignal,
} from "../command/command_line.ts";
import { prepareStore } from "../data_sets/prepare_store.ts";
import { DEVICES } from "./devices.ts";
import { median, printFigures } from "./timing.ts";
import { storeOption } from "../options/experiment_options.ts";
import { makeScratchDirectory } from "../command/scratch_directory.ts";
import { denoCommand } from "../command/task_command.ts";

interface StartFlags {
  readonly ranks: number;
  readonly device: "auto" | "cpu" | "webgpu";
  readonly store: string;
  readonly repeats: number;
  readonly json: boolean;
}

const DARCY = PRESETS.darcy;

/** The start takes seconds. */
const POLL_MILLISECONDS = 4;

/** The command. */
export const start: Command = new Command("start")
  .description(
    "Time from the command `deno task pipeline darcy` to its first training step.",
  )
  .addOption(integerOption("--ranks <n>", "ranks that train", 1, 64).default(DARCY.defaults.ranks))
  .addOption(choiceOption("--device <device>", "device of the network", DEVICES).default("cpu"))
  .addOption(storeOption().default(DARCY.defaults.store))
  .addOption(integerOption("--repeats <n>", "runs to measure, after one to warm up", 1).default(5))
  .option("--json", "print one JSON object", false)
  .action(async ({ repeats, json, ...flags }: StartFlags) => {
    const choice = { ...DARCY.defaults, ...flags };
    await prepareStore(DARCY, choice);
    const times: number[] = [];
    for (let k = -1; k < repeats; k++) {
      const time = await firstStepMs(flags);
      if (k >= 0) times.push(time);
    }
    const figures = [{ name: "command to first step", medianMs: median(times) }];
    const how = `Median of ${repeats} runs after one to warm up, each a process of \`deno task ` +
      `pipeline darcy\` that is ` +
      `ended after the first step; with data and packages present, and with the certificate ` +
      "of that step.";
    printFigures({ benchmark: "start", how, figures }, json);
  });

addExamples(start, "deno task bench start --repeats 3");

/**
 * Starts the command, and ends it when it begins to write its first checkpoint, which it does after
 * the first step.
 */
async function firstStepMs(flags: Pick<StartFlags, "ranks" | "device" | "store">): Promise<number> {
  const directory = await makeScratchDirectory("bench");
  const out = join(directory, "out");
  const options = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const args = [
    "task",
    "--quiet",
    "pipeline",
    "darcy",
    `--out=${out}`,
    "--checkpoint-every=1steps",
    "--no-cache",
  ];
  try {
    const begin = performance.now();
    const command = denoCommand({
      args: [...args, ...options],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: interruptSignal,
    });
    const process = command.spawn();
    const errors = new Response(process.stderr).text();
    const ended = new AbortController();
    process.status.then(() => ended.abort());
    while (!ended.signal.aborted) {
      if (hasCheckpoint(join(out, "checkpoints"))) {
        const time = performance.now() - begin;
        process.kill("SIGTERM");
        await Promise.all([process.status, errors]);
        return time;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
    const { code } = await process.status;
    throw new UserError(
      "Cannot measure the start: the pipeline must take a step, it exited with code " +
        `${code}\n${await errors}`,
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Whether a checkpoint is there, or being written. */
function hasCheckpoint(directory: string): boolean {
  try {
    return [...Deno.readDirSync(directory)].some(({ name }) => name.includes(".safetensors"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
