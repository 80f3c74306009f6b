/**
 * Compares S-MPNN, DS-MPNN and GCN on equal terms: `deno task compare darcy`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { join, relative } from "node:path";
import { UserError } from "../errors.ts";
import {
  type ComparedRun,
  comparedRun,
  type Comparison,
} from "../pipeline/experiments/comparison/compared_run.ts";
import {
  comparisonDirectory,
  type ComparisonJob,
  comparisonJobs,
} from "../pipeline/experiments/comparison/comparison_jobs.ts";
import { renderComparison } from "../pipeline/experiments/comparison/comparison_page.ts";
import {
  comparisonCsv,
  comparisonJson,
  comparisonText,
  verdict,
} from "../pipeline/experiments/comparison/comparison_text.ts";
import { checkEqualTerms } from "../pipeline/experiments/comparison/equal_terms.ts";
import { expectations } from "../pipeline/experiments/comparison/expectations.ts";
import {
  GCN_LEARNING_RATE,
  networkNames,
  NETWORKS,
} from "../pipeline/experiments/comparison/networks.ts";
import type { PresetChoice } from "../pipeline/presets/preset.ts";
import { choosePreset } from "../pipeline/presets/presets.ts";
import {
  deviceOption,
  fidelityOption,
  jobsOption,
  outOption,
  setOption,
  storeOption,
} from "./options/experiment_options.ts";
import { finishJobs } from "./batch/run_batch.ts";
import { writeTexts } from "./batch/write_texts.ts";
import { addExamples, choiceOption, integerOption, runCommand } from "./command/command_line.ts";
import { commandText } from "./command/command_text.ts";
import { prepareStore } from "./data_sets/prepare_store.ts";

interface CompareFlags extends Partial<Pick<PresetChoice, "device" | "store">> {
  readonly seeds: number;
  readonly networks: string;
  readonly fidelity?: string | undefined;
  readonly form: keyof typeof FORMS;
  readonly gcnRate?: number | undefined;
  readonly jobs: number;
  readonly out?: string | undefined;
  readonly set: readonly string[];
  readonly strict: boolean;
}

const ALL_NETWORKS = Object.keys(NETWORKS).join(",");

const FORMS = { paper: "the paper's form", recipe: "the recipe of the preset" };

/** The command `deno task compare`. */
export const program = new Command("deno task compare")
  .description(
    "Train the networks of the paper on equal terms, and tabulate errors, times and memory. The " +
      "same command continues a comparison that was stopped; finished runs are not repeated.",
  )
  .argument("<preset>", "preset whose data, sampled nodes and steps all networks share")
  .addOption(
    integerOption("--seeds <n>", "runs of each network, with seeds 0, 1, ...", 1, 1000).default(3),
  )
  .addOption(
    new Option("--networks <names>", "networks, separated by commas").default(ALL_NETWORKS),
  )
  .addOption(deviceOption())
  .addOption(storeOption())
  .addOption(fidelityOption())
  .addOption(
    choiceOption(
      "--form <form>",
      "the paper's form, or the recipe of the preset",
      Object.keys(FORMS),
    ).default("paper"),
  )
  .addOption(
    new Option(
      "--gcn-rate <rate>",
      `highest learning rate of the GCN (default: ${GCN_LEARNING_RATE})`,
    ).argParser(positiveNumber),
  )
  .addOption(jobsOption())
  .addOption(outOption("out/compare-PRESET, or -recipe"))
  .addOption(setOption())
  .option("--strict", "exit with code 1 if an expectation is missed", false)
  .action(async (name: string, flags: CompareFlags) => {
    const preset = choosePreset(name, flags.fidelity);
    const { device, store } = { ...preset.defaults, ...flags };
    const jobs = comparisonJobs(preset, {
      device,
      store,
      seedCount: flags.seeds,
      form: flags.form,
      networks: networkNames(flags.networks),
      assignments: flags.set,
      gcnRate: flags.gcnRate,
    }).map((job) => ({ ...job, command: jobCommand(name, flags.fidelity, job) }));
    await prepareStore(preset, { ...preset.defaults, device, store });
    const directory = flags.out ?? comparisonDirectory(preset, flags.form);
    const finished = await finishJobs(jobs, "comparison", {
      directory: join(directory, "runs"),
      maxJobs: flags.jobs,
    });
    const comparison: Comparison = {
      title: `${preset.title}, ${FORMS[flags.form]}`,
      command: compareCommand(name, flags),
      coreCount: navigator.hardwareConcurrency,
      runs: finished.map((job, k) => comparedRun(jobs[k], job)),
    };
    checkEqualTerms(comparison.runs);
    await writeComparison(comparison, directory);
    console.log(comparisonText(comparison));
    const expected = expectations(comparison.runs);
    const outcome = verdict(expected);
    console.log(`\nOpen ${join(directory, "report.html")}: ${outcome}`);
    if (!flags.strict || expected.every(({ met }) => met)) return;
    throw new UserError(`Cannot accept the comparison: --strict requires all, but ${outcome}`);
  });

addExamples(
  program,
  "deno task compare darcy",
  "deno task compare airfrans --seeds 1 --networks s,gcn --strict",
  "deno task compare darcy --form recipe --seeds 1",
  "deno task compare step3d --set stages.graphs.with.epochs=10 --out out/short",
);

async function writeComparison(comparison: Comparison, directory: string): Promise<void> {
  const linkOf = (run: ComparedRun) =>
    `${relative(directory, run.directory).replaceAll("\\", "/")}/report.html`;
  await writeTexts(directory, {
    "table.json": JSON.stringify(comparisonJson(comparison), undefined, 2),
    "table.csv": comparisonCsv(comparison),
    "report.html": await renderComparison(comparison, linkOf),
  });
}

/** The command that repeats the comparison. */
function compareCommand(
  name: string,
  { strict: _strict, jobs: _jobs, networks, ...flags }: CompareFlags,
): string {
  const chosen = networks === ALL_NETWORKS ? undefined : networks;
  return commandText("compare", name, { ...flags, networks: chosen });
}

/** The command that repeats one run. */
function jobCommand(name: string, fidelity: string | undefined, { flags }: ComparisonJob): string {
  return commandText("pipeline", name, { fidelity, ...flags });
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new UserError(`Cannot read --gcn-rate: it must be a number > 0, received "${text}"`);
}

if (import.meta.main) await runCommand(program);
