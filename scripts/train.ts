/**
 * Trains on files of other programs or on a store: `deno task train results/ --targets T`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { UserError } from "../errors.ts";
import { summarizeStore } from "../pipeline/datasets/imports/summarize_store.ts";
import type { SplitShares } from "../pipeline/datasets/splits.ts";
import type { FixedGraph } from "../pipeline/presets/graph_choice.ts";
import { addExamples, choiceOption, integerOption, runCommand } from "./command/command_line.ts";
import { printResult } from "./command/result_output.ts";
import { commandText, type FlagValues } from "./command/command_text.ts";
import { summaryText } from "./data_sets/summary_text.ts";
import { filesArgument, namedFiles } from "./options/files_argument.ts";
import { addImportOptions } from "./options/import_flags.ts";
import { minutesOption } from "./options/minutes_option.ts";
import {
  addRankOptions,
  addRunOptions,
  PASSING_FLAGS,
  type RankFlags,
} from "./options/run_flags.ts";
import { eject } from "./train/eject.ts";
import { type DataFlags, openData } from "./train/open_data.ts";
import { chooseOwnPipeline } from "./train/own_pipeline.ts";
import { planOf, runAndReport } from "./train/run_and_report.ts";
import { viewRun } from "./view/open_viewer.ts";

interface TrainFlags extends DataFlags, RankFlags, Omit<FixedGraph, "nodes"> {
  readonly nodes?: number | "all" | undefined;
  readonly minutes?: number | undefined;
  readonly epochs?: number | undefined;
}

/** The command. */
export const program = addRunOptions(
  addRankOptions(
    addImportOptions(
      new Command("deno task train")
        .description(
          "Train a network on files with meshes and fields: convert them, choose graphs and " +
            "steps from the data, train, test on cases that are never trained on, and report.",
        )
        .addArgument(
          filesArgument("files, folders, patterns such as 'run_*.vtu', or a converted store"),
        ),
    ).option("--no-test", "train on all cases without a test"),
  )
    .addOption(minutesOption("2"))
    .addOption(
      integerOption("--epochs <n>", "passes over the training cases instead of --minutes", 1, 1e6),
    )
    .addOption(
      choiceOption("--edges <rule>", "radius, nearest or given (default: chosen from the data)", [
        "radius",
        "nearest",
        "given",
      ]),
    )
    .addOption(
      new Option("--radius <length>", "longest edge (default: chosen from the data)")
        .argParser(parseLength),
    )
    .addOption(
      integerOption(
        "--max-edges <n>",
        "edges to a node (default: 8, 16, 24 in 1, 2, 3 dimensions)",
        1,
      ),
    )
    .addOption(
      new Option("--nodes <n>", "sampled nodes of a mesh, or all (default: chosen from the data)")
        .argParser(parseNodes),
    ),
  "file",
).action(async (args: readonly string[], flags: TrainFlags) => {
  const started = performance.now();
  await using _viewer = viewRun(flags);
  const paths = await namedFiles(args);
  const { store, name, named } = await openData(args, paths, flags);
  console.log(summaryText(await summarizeStore(store)));
  const own = await chooseOwnPipeline(
    store,
    name,
    { ...flags, ...named, testing: flags.test !== false },
    started,
  );
  console.log(`Chosen from the data:\n${own.lines.map((line) => `  ${line}`).join("\n")}`);
  const { spec, title } = own;
  if (flags.plan) return printResult("plan", await planOf(spec));
  if (flags.eject !== undefined) {
    return await eject(flags.eject, spec, `Pipeline of ${title}.`, flags);
  }
  const repeated = { ...flags, minutes: undefined, epochs: own.epochs, set: own.set };
  const command = commandLine(args, repeated);
  // A store of its own has the splits to predict.
  const newData = store.path === paths[0] ? undefined : "NEW_FILES...";
  await runAndReport({ spec, title, command, newData }, flags);
});

addExamples(
  program,
  "deno task train results/ --targets T --inputs conductivity",
  "deno task train 'results/run_*.vtu' --targets U,p --inputs sdf --test 'run_9*' --minutes 10",
  "deno task train data/mine.zarr --out out/second",
  "deno task train results/ --targets T --eject my.ts",
);

/** The command that repeats the training. */
function commandLine(args: readonly string[], flags: TrainFlags): string {
  const values = Object.entries(flags).flatMap(([flag, value]): [string, FlagValues[string]][] => {
    if (PASSING_FLAGS.includes(flag) || flag === "set") return [];
    if (flag === "test" && value === false) return [["noTest", true]];
    if (flag === "splits" && value !== undefined) {
      const { train, validation, test }: SplitShares = value;
      return [[flag, `${train}/${validation}/${test}`]];
    }
    return [[flag, Array.isArray(value) ? value.join(",") : value]];
  });
  return commandText("train", args, { ...Object.fromEntries(values), set: flags.set });
}

function parseLength(text: string): number {
  const length = text.trim() === "" ? NaN : Number(text);
  if (length > 0 && Number.isFinite(length)) return length;
  throw new UserError(`Cannot read --radius: it must be > 0, received "${text}"`);
}

function parseNodes(text: string): number | "all" {
  if (text === "all") return text;
  const count = text.trim() === "" ? NaN : Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new UserError(
    `Cannot read --nodes: it must be "all" or an integer >= 1, received "${text}"`,
  );
}

if (import.meta.main) await runCommand(program);
