/**
 * Trains on files of other programs or on a store: `deno task train results/ --targets T`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { basename, dirname, extname, resolve } from "node:path";
import { DataError, UserError } from "../errors.ts";
import type { MeshSource } from "../io/mesh_file/mesh_file.ts";
import { readFileStart } from "../io/mesh_file/mesh_format.ts";
import { openMeshFiles, recogniseFile } from "../io/mesh_file/open_mesh_file.ts";
import { type MeshStore, openMeshStore } from "../io/mesh_store.ts";
import { importMeshes } from "../pipeline/datasets/imports/import_meshes.ts";
import { summarizeStore } from "../pipeline/datasets/imports/summarize_store.ts";
import type { SplitShares } from "../pipeline/datasets/splits.ts";
import type { FixedGraph } from "../pipeline/presets/graph_choice.ts";
import { addExamples, choiceOption, integerOption, runCommand } from "./command/command_line.ts";
import { commandText, type FlagValues } from "./command/command_text.ts";
import { convertOnce, convertTo } from "./convert/convert_to.ts";
import { summaryText } from "./data_sets/summary_text.ts";
import { filesArgument, namedFiles } from "./options/files_argument.ts";
import { addImportOptions, fileOptionsOf, type ImportFlags } from "./options/import_flags.ts";
import { minutesOption } from "./options/minutes_option.ts";
import {
  addRankOptions,
  addRunOptions,
  PASSING_FLAGS,
  type RankFlags,
  type RunFlags,
} from "./options/run_flags.ts";
import { startProgress } from "./progress/progress.ts";
import { eject } from "./train/eject.ts";
import { chooseOwnPipeline, pipelineName, storeName } from "./train/own_pipeline.ts";
import { planOf, resultsDirectory, runAndReport } from "./train/run_and_report.ts";

interface TrainFlags
  extends RunFlags, RankFlags, Omit<ImportFlags, "test">, Omit<FixedGraph, "nodes"> {
  /** False without a test. */
  readonly test?: ImportFlags["test"] | false;
  readonly nodes?: number | "all" | undefined;
  readonly minutes?: number | undefined;
  readonly epochs?: number | undefined;
}

const MODULE = new URL("../pipeline/datasets/imports/import_meshes.ts", import.meta.url);

/** Nothing here uses a validation split. */
const DEFAULT_SHARES: SplitShares = { train: 4, validation: 0, test: 1 };
const ONLY_TRAINING: SplitShares = { train: 1, validation: 0, test: 0 };

/** Options of an import that a store has already decided. */
const FILE_FLAGS = [
  "dimensions",
  "cells",
  "times",
  "position",
  "sample",
  "axes",
  "categorical",
  "mask",
  "missing",
  "allowOutliers",
  "splits",
  "train",
  "validation",
  "test",
  "splitList",
  "splitBy",
  "splitSeed",
] as const;

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
  if (flags.plan) return console.log(await planOf(spec));
  if (flags.eject !== undefined) {
    return await eject(flags.eject, spec, `Pipeline of ${title}.`, flags);
  }
  const repeated = { ...flags, minutes: undefined, epochs: own.epochs, set: own.set };
  await runAndReport({ spec, title, command: commandLine(args, repeated) }, flags);
});

addExamples(
  program,
  "deno task train results/ --targets T --inputs conductivity",
  "deno task train 'results/run_*.vtu' --targets U,p --inputs sdf --test 'run_9*' --minutes 10",
  "deno task train data/mine.zarr --out out/second",
  "deno task train results/ --targets T --eject my.ts",
);

interface OpenData {
  readonly store: MeshStore;
  /** Name of the pipeline. */
  readonly name: string;
  /** Fields by role, of a store that is used with other roles than its own. */
  readonly named: Pick<ImportFlags, "inputs" | "targets">;
}

/** Opens a store, or converts files to one. */
async function openData(
  args: readonly string[],
  paths: readonly string[],
  flags: TrainFlags,
): Promise<OpenData> {
  const [path] = paths;
  const store = paths.length === 1 ? await openStore(path) : undefined;
  if (store === undefined) {
    const name = pipelineName(flags.title ?? nameOf(paths));
    const converted = await convertFiles(args, paths, name, flags);
    return { store: converted, name, named: { inputs: undefined, targets: undefined } };
  }
  const given = FILE_FLAGS.find((flag) => flags[flag] !== undefined && flags[flag] !== false);
  if (given !== undefined) {
    const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UserError(
      `Cannot use --${flag}: it applies to files, "${path}" is a store, for which the conversion ` +
        "decided it",
    );
  }
  const { inputs, targets } = flags;
  const name = flags.title === undefined ? storeName(path) : pipelineName(flags.title);
  return { store, name, named: { inputs, targets } };
}

/** The store at a path; undefined for files of other programs. */
async function openStore(path: string): Promise<MeshStore | undefined> {
  const { isFolder, extension, entries } = await readFileStart(path);
  const isZarr = isFolder && entries.some((name) => name === "zarr.json" || name === ".zgroup");
  if (!isZarr && ![".arrow", ".zarr", ".zip"].includes(extension)) return undefined;
  try {
    return await openMeshStore(path);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const { format } = await recogniseFile(path);
    if (format === undefined) throw error;
    return undefined;
  }
}

/** Converts files to a store next to the results, unless it is what this command made before. */
async function convertFiles(
  args: readonly string[],
  paths: readonly string[],
  name: string,
  flags: TrainFlags,
): Promise<MeshStore> {
  const options = await fileOptionsOf(fileFlags(flags));
  const source = await openMeshFiles(paths, options.source);
  if (flags.targets === undefined) throw await withoutTargets(args[0], source);
  const out = `${resultsDirectory({ name }, flags)}.data.zarr`;
  const conversion = {
    command: "train",
    module: MODULE,
    sources: source.files,
    options: { ...options, missing: flags.missing?.map(String), paths },
  };
  await convertOnce(conversion, out, { cache: flags.cache, overwrite: true }, async () => {
    const progress = startProgress("read", source.samples.length, "samples");
    const { store } = await importMeshes(source, options.import, (done) => progress.update(done))
      .finally(() => progress.stop());
    await convertTo(out, store, { overwrite: true });
  });
  return await openMeshStore(out);
}

/** Flags of the import, with the splits of a training. */
function fileFlags({ test, splits, ...flags }: TrainFlags): ImportFlags {
  if (test === false) return { ...flags, splits: ONLY_TRAINING };
  return { ...flags, test, splits: splits ?? DEFAULT_SHARES };
}

/** The error of a training without targets, with the arrays to choose from. */
async function withoutTargets(path: string, source: MeshSource): Promise<UserError> {
  const { pointData, cellData, fieldData } = await source.read(0);
  const names = [pointData, cellData, fieldData].flatMap(({ names }) => names);
  const found = names.length === 0
    ? "its meshes have no arrays"
    : `its meshes have ${names.join(", ")}; name some, such as --targets ${names.at(-1)}, and ` +
      "what the network reads with --inputs";
  return new UserError(`Cannot train on "${path}": --targets is required; ${found}`);
}

/** The name of a file without its ending, or of the folder of several. */
function nameOf(paths: readonly string[]): string {
  const folders = new Set(paths.map((path) => dirname(resolve(path))));
  const [path] = paths;
  if (paths.length === 1) return basename(resolve(path), extname(path));
  const [folder] = folders;
  return basename(folders.size === 1 ? folder : dirname(folder));
}

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
