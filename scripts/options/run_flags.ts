/**
 * Options of the commands that run one pipeline.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { CACHE_DIRECTORY } from "../../pipeline/run/cache/stage_cache.ts";
import type { CheckpointInterval } from "../../pipeline/training/checkpoints.ts";
import { choiceOption, integerOption, outputOption } from "../command/command_line.ts";
import { cacheOption } from "./cache_option.ts";
import { checkpointOption } from "./checkpoint_option.ts";
import { forOption, type RunTime } from "./for_option.ts";

/** Flags of a run. */
export interface RunFlags {
  readonly out?: string | undefined;
  readonly set: readonly string[];
  readonly resume: boolean;
  readonly checkpointEvery?: CheckpointInterval | undefined;
  readonly retries: number;
  readonly for?: RunTime | undefined;
  readonly plan: boolean;
  readonly eject?: string | undefined;
  readonly overwrite: boolean;
  readonly cache: boolean;
  readonly view: boolean;
  readonly details: boolean;
}

/** Flags of the ranks and draws of a run, if the user chose them. */
export interface RankFlags {
  readonly ranks?: number | undefined;
  readonly device?: "auto" | "webgpu" | "cpu" | undefined;
  readonly seed?: number | undefined;
}

/** Options that do not change what a run computes, by commander's names. */
export const PASSING_FLAGS: readonly string[] = [
  "overwrite",
  "plan",
  "eject",
  "resume",
  "retries",
  "checkpointEvery",
  "for",
  "cache",
  "view",
  "details",
];

/** Adds the options of {@linkcode RankFlags}. */
export function addRankOptions(command: Command): Command {
  return command
    .addOption(
      integerOption("--ranks <n>", "ranks that train together, each on one subdomain", 1, 4096),
    )
    .addOption(
      choiceOption("--device <device>", "device of the network", ["auto", "webgpu", "cpu"]),
    )
    .addOption(
      integerOption(
        "--seed <n>",
        "seed of the sampling and of the initial parameters",
        0,
        Number.MAX_SAFE_INTEGER,
      ),
    );
}

/**
 * Adds the options of {@linkcode RunFlags}.
 *
 * @param kind Whether only the directory of the results is written, or files next to it too
 */
export function addRunOptions(command: Command, kind: "directory" | "file"): Command {
  return command
    .addOption(
      outputOption("--out <directory>", "directory of the results (default: out/NAME)", kind),
    )
    .addOption(
      new Option(
        "--set <path=value>",
        "change an option of a stage, such as stages.model.with.hops=6; may be repeated",
      )
        .argParser((assignment: string, previous: readonly string[]) => [...previous, assignment])
        .default([], "none"),
    )
    .option(
      "--resume",
      "resume an interrupted run from its last checkpoint, or start it if there is none",
      false,
    )
    .addOption(checkpointOption())
    .addOption(forOption())
    .addOption(
      integerOption(
        "--retries <n>",
        "resume from the last checkpoint up to n times if a stage fails",
      )
        .default(0, "0"),
    )
    .option(
      "--plan",
      "print the cost of the run (graphs, messages, memory, time) without training; creates a " +
        "missing data set",
      false,
    )
    .addOption(
      outputOption(
        "--eject <file>",
        "write the pipeline with these options to a .ts file that can be edited and run; train " +
          "nothing",
        "file",
      ),
    )
    .option(
      "--overwrite",
      "replace the results of another run in the directory, or the file of --eject",
      false,
    )
    .option(
      "--details",
      "print the errors of all baselines, at walls, and of forces at the end, as in the report",
      false,
    )
    .option("--view", "show the run and those next to it in a browser while it lasts", false)
    .addOption(
      cacheOption(`run all stages without reading or writing the cache in ${CACHE_DIRECTORY}`),
    );
}
