/**
 * Options of the commands that read files of other programs: which arrays become fields, and how
 * the samples are split.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { z } from "zod";
import { messageOf, UserError } from "../../errors.ts";
import { parseJson } from "../../io/json_text.ts";
import type { SourceOptions } from "../../io/mesh_file/mesh_file.ts";
import type { NamedSplits } from "../../pipeline/datasets/draw_splits.ts";
import type { ImportOptions } from "../../pipeline/datasets/imports/import_options.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import { choiceOption, integerOption } from "../command/command_line.ts";
import { existingPath } from "../command/paths.ts";
import { namesOption } from "../convert/names_option.ts";
import { splitsOption } from "./splits_option.ts";

/** Names in a list of splits. */
const names = z.array(z.string()).optional();

/** Flags of an import, as commander reads them. */
export interface ImportFlags {
  readonly inputs?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly dimensions?: 1 | 2 | 3 | undefined;
  readonly cells?: "average" | "centres" | undefined;
  readonly times?: SourceOptions["times"];
  readonly position?: readonly string[] | undefined;
  readonly sample?: readonly string[] | undefined;
  readonly axes?: readonly string[] | undefined;
  readonly categorical?: readonly string[] | undefined;
  readonly mask?: string | undefined;
  readonly missing?: readonly number[] | undefined;
  readonly allowOutliers?: boolean | undefined;
  readonly splits?: SplitShares | undefined;
  readonly train?: readonly string[] | undefined;
  readonly validation?: readonly string[] | undefined;
  readonly test?: readonly string[] | undefined;
  readonly splitList?: string | undefined;
  readonly splitBy?: string | undefined;
  readonly splitSeed?: number | undefined;
  readonly title?: string | undefined;
}

/** Options of opening files and of importing their meshes. */
export interface FileOptions {
  readonly source: SourceOptions;
  readonly import: ImportOptions;
}

/** Adds the options of an import. */
export function addImportOptions(command: Command): Command {
  return command
    .addOption(namesOption("--inputs <names>", "arrays that the network reads, such as k,sdf"))
    .addOption(
      namesOption(
        "--targets <names>",
        "arrays that the network predicts (without --inputs and --targets: all arrays, " +
          "without roles)",
      ),
    )
    .addOption(
      new Option(
        "--dimensions <n>",
        "space dimensions, 1, 2 or 3; 2 projects points to a plane (default: 2 if all points " +
          "lie in one plane x, y or z = constant or in one layer of cells)",
      ).argParser(parseDimensions),
    )
    .addOption(
      choiceOption(
        "--cells <mode>",
        "average: data of the cells become data of the points; centres: the centres of the " +
          "cells are the nodes (default: average)",
        ["average", "centres"],
      ),
    )
    .addOption(
      timesOption(),
    )
    .addOption(
      namesOption("--position <names>", "columns or arrays with the coordinates, such as x,y"),
    )
    .addOption(
      namesOption(
        "--sample <names>",
        "columns whose values separate the samples of a table; the first one names the case",
      ),
    )
    .addOption(
      namesOption("--axes <names>", "order of the axes of plain arrays, such as sample,x,y"),
    )
    .addOption(
      namesOption("--categorical <names>", "inputs of node types: one input per value, 0 or 1"),
    )
    .option("--mask <name>", "array that is 1 where the targets are known, 0 where missing")
    .addOption(
      new Option(
        "--missing <values>",
        'values of targets that stand for "no value", such as -9999,nan',
      ).argParser(parseNumbers),
    )
    .option("--allow-outliers", 'accept values that look like "no value", such as 1e30')
    .option("--title <text>", "name of the data set for people (default: that of its folder)")
    .addOption(splitsOption("75/5/20"))
    .addOption(namesOption("--train <names>", "samples or cases to train on, such as 'run_1*'"))
    .addOption(namesOption("--validation <names>", "samples or cases for the validation"))
    .addOption(
      namesOption("--test <names>", "samples or cases for the test (default: drawn by seed)"),
    )
    .option("--split-list <file>", 'JSON file such as {"train": ["run_1"], "test": ["run_2*"]}')
    .option(
      "--split-by <name>",
      "array with one value per sample: samples of a value are a case; sample: each is a case, " +
        "also the steps of a series",
    )
    .addOption(integerOption("--split-seed <n>", "seed of the draw of the splits (default: 0)"));
}

/** Time steps of a series. */
export function timesOption(): Option {
  return new Option(
    "--times <steps>",
    'steps of a series: last, all, or times such as 0.1,0.2; with the input "time" unless ' +
      "last (default: last)",
  ).argParser(parseTimes);
}

/** The options that flags mean. @throws {UserError} If the list of splits is not one */
export async function fileOptionsOf(flags: ImportFlags): Promise<FileOptions> {
  const { inputs, targets, position, sample, axes, times } = flags;
  // The case "sample" of --split-by is no array.
  const splitBy = flags.splitBy === "sample" ? [] : flags.splitBy ?? [];
  const others = [flags.categorical ?? [], flags.mask ?? [], splitBy].flat();
  const allowMissing = flags.mask !== undefined || flags.missing !== undefined;
  return {
    source: { inputs, targets, others, position, sample, axes, times, allowMissing },
    import: {
      source: { position, sample, axes },
      inputs,
      targets,
      dimensions: flags.dimensions,
      cells: flags.cells,
      time: times !== undefined && times !== "last",
      categorical: flags.categorical,
      mask: flags.mask,
      missing: flags.missing,
      allowOutliers: flags.allowOutliers,
      title: flags.title,
      shares: flags.splits,
      named: await namedSplits(flags),
      splitBy: flags.splitBy,
      seed: flags.splitSeed,
    },
  };
}

/** The names of samples in each split, by flags or by the file that they name. */
async function namedSplits(flags: ImportFlags): Promise<NamedSplits | undefined> {
  const { train, validation, test, splitList } = flags;
  if (splitList === undefined) {
    const isNamed = train !== undefined || validation !== undefined || test !== undefined;
    return isNamed ? { train, validation, test } : undefined;
  }
  const path = existingPath(splitList);
  const schema = z.strictObject({ train: names, validation: names, test: names });
  try {
    const { data, error } = schema.safeParse(parseJson(await Deno.readTextFile(path)));
    if (data) return { ...data, ...definedOf({ train, validation, test }) };
    const [{ path: place, message }] = error.issues;
    throw new SyntaxError(`${place.join(".") || "it"}: ${message}`);
  } catch (cause) {
    throw new UserError(
      `Cannot read --split-list "${splitList}": it must be JSON with names of samples in train, ` +
        `validation and test; ${messageOf(cause)}`,
      { cause },
    );
  }
}

function definedOf(splits: NamedSplits): NamedSplits {
  return Object.fromEntries(Object.entries(splits).filter(([, names]) => names !== undefined));
}

function parseDimensions(text: string): 1 | 2 | 3 {
  const dimensions = ([1, 2, 3] as const).find((value) => String(value) === text);
  if (dimensions !== undefined) return dimensions;
  throw new UserError(`Cannot read --dimensions: it must be 1, 2 or 3, received "${text}"`);
}

function parseTimes(text: string): SourceOptions["times"] {
  if (text === "last" || text === "all") return text;
  const times = text.split(",").map((time) => time.trim() === "" ? NaN : Number(time));
  if (times.every(Number.isFinite)) return times;
  throw new UserError(
    `Cannot read --times: it must be last, all or times such as 0.1,0.2, received "${text}"`,
  );
}

function parseNumbers(text: string): number[] {
  const values = text.split(",").map((part) => {
    const value = part.trim();
    if (/^nan$/i.test(value)) return NaN;
    return value === "" || Number.isNaN(Number(value)) ? undefined : Number(value);
  });
  if (!values.includes(undefined)) return values as number[];
  throw new UserError(
    `Cannot read --missing: it must be numbers such as -9999,nan, received "${text}"`,
  );
}
