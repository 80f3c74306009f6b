/**
 * What the studies share: the options that choose what is run, and where the results go.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { writeFileAtomically } from "../../io/atomic_write.ts";
import type { PresetChoice } from "../../pipeline/presets/preset.ts";
import { choosePreset, PRESETS } from "../../pipeline/presets/presets.ts";
import type { Study, StudyChoice } from "../../pipeline/experiments/studies/study.ts";
import {
  renderStudy,
  studyCsv,
  studyJson,
  type StudyReport,
  studyText,
} from "../../pipeline/experiments/studies/study_report.ts";
import { choiceOption, integerOption, outputOption } from "../command/command_line.ts";
import { prepareStore } from "../data_sets/prepare_store.ts";
import { runVariations } from "../variations/run_variations.ts";

/** Options of all studies that run a preset. */
export interface StudyFlags extends Partial<PresetChoice> {
  readonly fidelity?: string | undefined;
  readonly steps: number;
  readonly tests: number;
  readonly out?: string | undefined;
  readonly set: readonly string[];
}

/** Adds the options of all studies that run presets. */
export function addStudyOptions(command: Command, steps: number): Command {
  return command
    .argument("[presets...]", `${Object.keys(PRESETS).join(", ")}, or all`, ["darcy"])
    .addOption(
      choiceOption("--device <device>", "where the network runs", ["auto", "webgpu", "cpu"]),
    )
    .option("--store <path>", "data set of the preset")
    .addOption(
      choiceOption("--fidelity <fidelity>", "of the data of airfrans (default: low)", [
        "low",
        "high",
      ]),
    )
    .addOption(
      integerOption(
        "--seed <n>",
        "seed of the sampling and of the first parameters",
        0,
        Number.MAX_SAFE_INTEGER,
      ),
    )
    .addOption(
      integerOption("--steps <n>", "about so many training steps a run: whole epochs", 1).default(
        steps,
      ),
    )
    .addOption(integerOption("--tests <n>", "most test samples a run", 1).default(8))
    .addOption(setOption())
    .addOption(
      outputOption(
        "--out <directory>",
        "where the results go (default: out/study-NAME-PRESET)",
        "directory",
      ),
    );
}

/** `--set path=value`. */
export function setOption(): Option {
  return new Option(
    "--set <path=value>",
    "change one option of a stage in all runs; may be repeated",
  )
    .argParser((assignment: string, previous: readonly string[]) => [...previous, assignment])
    .default([], "none");
}

/** An option that takes several numbers. */
export function numbersOption(flags: string, description: string, { least, isInteger = true }: {
  readonly least: number;
  readonly isInteger?: boolean | undefined;
}): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => {
    const numbers = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
    if (
      numbers.every((value) =>
        value >= least && Number.isFinite(value) && (!isInteger || Number.isInteger(value))
      )
    ) {
      return numbers;
    }
    throw new UserError(
      `Cannot read ${option.long} as it must be ${isInteger ? "integers" : "numbers"} >= ` +
        `${least} with commas: ` +
        `received "${text}"`,
    );
  });
}

/**
 * Makes the data of the presets that are named, runs a study of each, prints its table and writes
 * its files.
 *
 * @param name Of the study.
 * @param words Options of this study alone, as the command line had them.
 */
export async function runStudies(
  name: string,
  presets: readonly string[],
  flags: StudyFlags,
  words: readonly string[],
  prepare: (choice: StudyChoice) => Promise<Study>,
): Promise<void> {
  const names = presets.includes("all") ? Object.keys(PRESETS) : presets;
  const choices = names.map((preset) => studyChoice(preset, flags));
  if (names.length > 1 && flags.out !== undefined) {
    throw new UserError(
      `Cannot write ${names.length} studies to "${flags.out}" as each needs a directory; ` +
        "leave --out out",
    );
  }
  for (const choice of choices) {
    const { preset } = choice;
    await prepareStore(preset, choice.choice);
    const study = await prepare(choice);
    const directory = flags.out ?? join("out", `study-${name}-${preset.name}`);
    const runs = await runVariations(study.variations, directory);
    await writeStudy(await study.report(runs, commandLine(name, choice, flags, words)), directory);
  }
}

/** Prints the table of a study and writes `table.json`, `table.csv` and `report.html`. */
export async function writeStudy(report: StudyReport, directory: string): Promise<void> {
  const files = {
    "table.json": studyJson(report),
    "table.csv": studyCsv(report),
    "report.html": await renderStudy(report),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFileAtomically(join(directory, name), new TextEncoder().encode(text), {
      overwrite: true,
    });
  }
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
function commandLine(
  name: string,
  { preset, steps, tests }: StudyChoice,
  { device, store, fidelity, seed, ranks, set }: StudyFlags,
  words: readonly string[],
): string {
  const flags = Object.entries({ ranks, device, store, fidelity, seed, steps, tests })
    .flatMap(([flag, value]) => value === undefined ? [] : [`--${flag} ${value}`]);
  const changes = set.map((assignment) => `--set '${assignment}'`);
  // A preset of one fidelity among several has a name of its own, by which it cannot be called.
  const called = Object.values(PRESETS).find(({ fidelities }) =>
    Object.values(fidelities ?? {}).some((one) => one.name === preset.name)
  );
  return ["deno task study", name, (called ?? preset).name, ...words, ...flags, ...changes].join(
    " ",
  );
}

/** Options with several numbers, as the command line has them. */
export function words(
  options: Readonly<Record<string, readonly number[] | undefined>>,
): readonly string[] {
  return Object.entries(options).flatMap(([name, values]) =>
    values === undefined ? [] : [`--${name} ${values.join(",")}`]
  );
}
