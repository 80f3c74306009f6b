/**
 * Trains S-MPNN, DS-MPNN and GCN on equal terms: `deno task compare darcy`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { join, relative } from "node:path";
import { UserError } from "../errors.ts";
import { writeFileAtomically } from "../io/atomic_write.ts";
import { comparedRun } from "../pipeline/experiments/comparison/finished_runs.ts";
import {
  GCN_LEARNING_RATE,
  networkNames,
  NETWORKS,
} from "../pipeline/experiments/comparison/networks.ts";
import {
  comparisonDirectory,
  type PlannedRun,
  plannedRuns,
} from "../pipeline/experiments/comparison/planned_runs.ts";
import type { PresetChoice } from "../pipeline/presets/preset.ts";
import { choosePreset } from "../pipeline/presets/presets.ts";
import type { Comparison } from "../pipeline/experiments/comparison/compared_run.ts";
import { checkEqualTerms } from "../pipeline/experiments/comparison/equal_terms.ts";
import { expectations } from "../pipeline/experiments/comparison/expectations.ts";
import { renderComparison } from "../pipeline/experiments/comparison/comparison_report.ts";
import {
  comparisonCsv,
  comparisonJson,
  comparisonText,
  verdict,
} from "../pipeline/experiments/comparison/comparison_text.ts";
import {
  addExamples,
  choiceOption,
  integerOption,
  outputOption,
  runCommand,
} from "./command/command_line.ts";
import { commandText } from "./command/command_text.ts";
import { prepareStore } from "./data_sets/prepare_store.ts";
import { runVariations } from "./variations/run_variations.ts";

interface CompareFlags extends Partial<Pick<PresetChoice, "device" | "store">> {
  readonly seeds: number;
  readonly networks: string;
  readonly fidelity?: string | undefined;
  readonly gcnRate?: number | undefined;
  readonly out?: string | undefined;
  readonly set: readonly string[];
  readonly strict: boolean;
}

const program = new Command("deno task compare")
  .description(
    "Train the networks of the paper's table on equal terms, and tabulate errors, times " +
      "and memory. What is done " +
      "is not done again: a comparison that was stopped goes on with the same command.",
  )
  .argument("<preset>", "whose data, sampled nodes and steps all networks have")
  .addOption(
    integerOption("--seeds <n>", "runs of each network, with seeds 0, 1, ...", 1, 1000).default(3),
  )
  .addOption(
    new Option("--networks <names>", "which of them, with commas between").default(
      Object.keys(NETWORKS).join(","),
    ),
  )
  .addOption(choiceOption("--device <device>", "where the networks run", ["auto", "webgpu", "cpu"]))
  .option("--store <path>", "data set of the preset; that of darcy is made when absent")
  .addOption(
    choiceOption("--fidelity <fidelity>", "of the data of airfrans (default: low)", [
      "low",
      "high",
    ]),
  )
  .addOption(
    new Option(
      "--gcn-rate <rate>",
      `highest learning rate of the GCN (default: ${GCN_LEARNING_RATE})`,
    )
      .argParser(positiveNumber),
  )
  .addOption(
    outputOption(
      "--out <directory>",
      "where the results go (default: out/compare-PRESET)",
      "directory",
    ),
  )
  .addOption(
    new Option(
      "--set <path=value>",
      "change one option of a stage in all runs, such as stages.graphs.with.epochs=2; may " +
        "be repeated",
    )
      .argParser((assignment: string, previous: readonly string[]) => [...previous, assignment])
      .default([], "none"),
  )
  .option("--strict", "end with exit code 1 when an expectation is missed", false)
  .action(async (name: string, flags: CompareFlags) => {
    const preset = choosePreset(name, flags.fidelity);
    const { device, store } = { ...preset.defaults, ...flags };
    const planned = plannedRuns(preset, {
      device,
      store,
      seeds: flags.seeds,
      networks: networkNames(flags.networks),
      assignments: flags.set,
      gcnRate: flags.gcnRate,
    });
    await prepareStore(preset, { ...preset.defaults, device, store });
    const directory = flags.out ?? comparisonDirectory(preset);
    const finished = await runVariations(
      planned.map((run) => ({ ...run, command: runCommandLine(name, flags.fidelity, run) })),
      directory,
    );
    const comparison: Comparison = {
      title: preset.title,
      command: commandLine(name, flags),
      coreCount: navigator.hardwareConcurrency,
      runs: finished.map((run, k) => comparedRun(planned[k], run)),
    };
    checkEqualTerms(comparison.runs);
    await writeResults(comparison, directory);
    console.log(comparisonText(comparison));
    const expected = expectations(comparison.runs);
    console.log(`\nOpen ${join(directory, "report.html")}: ${verdict(expected)}`);
    if (!flags.strict || expected.every(({ met }) => met)) return;
    throw new UserError(
      `Cannot accept the comparison as --strict expects more: ${verdict(expected)}; see above`,
    );
  });

addExamples(
  program,
  "deno task compare darcy",
  "deno task compare airfrans --seeds 1 --networks s,gcn --strict",
  "deno task compare step3d --set stages.graphs.with.epochs=10 --out out/short",
);

async function writeResults(comparison: Comparison, directory: string): Promise<void> {
  const linkOf = (run: { readonly directory: string }) =>
    `${relative(directory, run.directory).replaceAll("\\", "/")}/report.html`;
  const files = {
    "table.json": JSON.stringify(comparisonJson(comparison), undefined, 2),
    "table.csv": comparisonCsv(comparison),
    "report.html": await renderComparison(comparison, linkOf),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFileAtomically(join(directory, name), new TextEncoder().encode(text), {
      overwrite: true,
    });
  }
}

/** The command that repeats the comparison. */
function commandLine(name: string, { strict: _, networks, ...flags }: CompareFlags): string {
  const all = networks === Object.keys(NETWORKS).join(",");
  return commandText("compare", name, { ...flags, ...(all ? {} : { networks }) });
}

/** The command that repeats one run. */
function runCommandLine(name: string, fidelity: string | undefined, { flags }: PlannedRun): string {
  return commandText("pipeline", name, { fidelity, ...flags });
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new UserError(`Cannot read --gcn-rate as it must be a number > 0: received "${text}"`);
}

await runCommand(program);
