/**
 * Runs studies of presets and writes their results.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import type { Study, StudyChoice } from "../../pipeline/experiments/studies/study.ts";
import {
  renderStudy,
  studyCsv,
  studyJson,
  type StudyReport,
  studyText,
} from "../../pipeline/experiments/studies/study_report.ts";
import type { PresetChoice } from "../../pipeline/presets/preset.ts";
import { choosePreset, PRESETS } from "../../pipeline/presets/presets.ts";
import { finishJobs } from "../batch/run_batch.ts";
import { writeTexts } from "../batch/write_texts.ts";
import { integerOption } from "../command/command_line.ts";
import { commandText, type FlagValues } from "../command/command_text.ts";
import { prepareStore } from "../data_sets/prepare_store.ts";
import {
  deviceOption,
  fidelityOption,
  outOption,
  setOption,
  storeOption,
} from "../options/experiment_options.ts";

/** Test samples of a brief run. */
const BRIEF_TESTS = 8;

/** Flags of all studies that run presets. */
export interface StudyFlags extends Partial<PresetChoice> {
  readonly fidelity?: string | undefined;
  readonly steps?: number | undefined;
  readonly tests?: number | undefined;
  readonly jobs?: number | undefined;
  readonly out?: string | undefined;
  readonly set: readonly string[];
}

/**
 * Adds the options of all studies that run presets.
 *
 * @param steps Default of `--steps`, for runs on a few test samples
 * @default the steps of the preset, on all samples
 */
export function addStudyOptions(command: Command, steps?: number): Command {
  const ofPreset = steps === undefined ? " (default: those of the preset)" : "";
  const all = steps === undefined ? " (default: all)" : "";
  return command
    .argument("[presets...]", `${Object.keys(PRESETS).join(", ")}, or all`, ["darcy"])
    .addOption(deviceOption())
    .addOption(storeOption())
    .addOption(fidelityOption())
    .addOption(
      integerOption(
        "--seed <n>",
        "seed of the sampling and of the initial parameters",
        0,
        Number.MAX_SAFE_INTEGER,
      ),
    )
    .addOption(
      integerOption(
        "--steps <n>",
        `approximate training steps of a run: complete epochs${ofPreset}`,
        1,
      ).default(steps),
    )
    .addOption(
      integerOption("--tests <n>", `maximum number of test samples of a run${all}`, 1)
        .default(steps === undefined ? undefined : BRIEF_TESTS),
    )
    .addOption(setOption())
    .addOption(outOption("out/study-NAME-PRESET"));
}

/** An option whose value is a list of numbers. */
export function numbersOption(flags: string, description: string, { min, isInteger = true }: {
  readonly min: number;
  readonly isInteger?: boolean | undefined;
}): Option {
  const option = new Option(flags, description);
  const isValid = (value: number) =>
    value >= min && Number.isFinite(value) && (!isInteger || Number.isInteger(value));
  return option.argParser((text) => {
    const numbers = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
    if (numbers.every(isValid)) return numbers;
    const kind = isInteger ? "integers" : "numbers";
    throw new UserError(
      `Cannot read ${option.long}: it must be ${kind} >= ${min} separated by commas, received ` +
        `"${text}"`,
    );
  });
}

/**
 * Prepares the data of the presets, runs a study of each, prints its table and writes its files.
 *
 * @param name Name of the study
 * @param grid Flags of this study alone
 */
export async function runStudies(
  name: string,
  presets: readonly string[],
  flags: StudyFlags,
  grid: Readonly<Record<string, readonly number[] | number | undefined>>,
  plan: (choice: StudyChoice) => Promise<Study>,
): Promise<void> {
  const names = presets.includes("all") ? Object.keys(PRESETS) : presets;
  const choices = names.map((preset) => studyChoice(preset, flags));
  if (names.length > 1 && flags.out !== undefined) {
    throw new UserError(
      `Cannot write ${names.length} studies to "${flags.out}": each needs its own directory; ` +
        "omit --out",
    );
  }
  for (const [k, choice] of choices.entries()) {
    const { preset } = choice;
    await prepareStore(preset, choice.choice);
    const study = await plan(choice);
    const directory = flags.out ?? join("out", `study-${name}-${preset.name}`);
    const finished = await finishJobs(study.jobs, "study", {
      directory: join(directory, "runs"),
      maxJobs: flags.jobs,
      // A run is timed and its messages are counted from the first step on.
      resume: false,
    });
    const command = studyCommand(name, names[k], flags, grid);
    await writeStudy(await study.report(finished, command), directory);
  }
}

/** Prints the table of a study and writes `table.json`, `table.csv` and `report.html`. */
export async function writeStudy(report: StudyReport, directory: string): Promise<void> {
  await writeTexts(directory, {
    "table.json": studyJson(report),
    "table.csv": studyCsv(report),
    "report.html": await renderStudy(report),
  });
  console.log(`${studyText(report)}\nOpen ${join(directory, "report.html")}`);
}

function studyChoice(
  name: string,
  { fidelity, steps, tests, set, ...flags }: StudyFlags,
): StudyChoice {
  const preset = choosePreset(name, fidelity);
  const { ranks, device, store, seed } = { ...preset.defaults, ...flags };
  return { preset, choice: { ranks, device, store, seed }, steps, tests, changes: set };
}

/** The command that repeats the study of one preset. */
function studyCommand(
  name: string,
  preset: string,
  { jobs: _jobs, out: _out, ...flags }: StudyFlags,
  grid: Parameters<typeof runStudies>[3],
): string {
  return commandText(`study ${name}`, preset, { ...listFlags(grid), ...flags });
}

/** Flags with lists as comma-separated text. */
export function listFlags(
  lists: Readonly<Record<string, readonly number[] | number | undefined>>,
): FlagValues {
  return Object.fromEntries(
    Object.entries(lists).map(([name, values]) => [name, values?.toString()]),
  );
}
