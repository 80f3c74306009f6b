/**
 * Runs a preset or a pipeline file: `deno task pipeline darcy`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../errors.ts";
import { writeFileAtomically } from "../io/atomic_write.ts";
import { overrideOptions } from "../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../pipeline/engine/definition/spec.ts";
import type { Retry } from "../pipeline/run/resume/retries.ts";
import type { RunStart } from "../pipeline/run/resume/starting_point.ts";
import type { CheckpointInterval } from "../pipeline/training/checkpoints.ts";
import { checkFit, thisMachine } from "../pipeline/run/plan/machine.ts";
import type { PresetChoice } from "../pipeline/presets/preset.ts";
import { pipelineSource } from "../pipeline/presets/pipeline_source.ts";
import { choosePreset, PRESETS } from "../pipeline/presets/presets.ts";
import { CACHE_DIRECTORY } from "../pipeline/run/cache/stage_cache.ts";
import { planRun, runPipeline } from "../pipeline/run/run_pipeline.ts";
import { metricsText } from "../pipeline/reporting/tables/metrics_text.ts";
import { checkpointOption } from "./options/checkpoint_option.ts";
import { storeOption } from "./options/experiment_options.ts";
import { ageText } from "./command/age_text.ts";
import { cacheOption } from "./options/cache_option.ts";
import {
  addExamples,
  choiceOption,
  inputOption,
  integerOption,
  interruptSignal,
  outputOption,
  runCommand,
} from "./command/command_line.ts";
import { comparisonText, planText } from "./progress/plan_text.ts";
import { commandText, shellWord } from "./command/command_text.ts";
import { importPipeline } from "./command/import_file.ts";
import { existingPath, projectPath } from "./command/paths.ts";
import { withUserPaths } from "./command/read_options.ts";
import { prepareStore } from "./data_sets/prepare_store.ts";
import { startRunProgress } from "./progress/run_progress.ts";

interface PipelineFlags extends Partial<PresetChoice> {
  readonly fidelity?: string | undefined;
  readonly out?: string | undefined;
  readonly set: readonly string[];
  readonly initFrom?: string | undefined;
  readonly overwrite: boolean;
  readonly resume: boolean;
  readonly checkpointEvery?: CheckpointInterval | undefined;
  readonly retries: number;
  readonly plan: boolean;
  readonly eject?: string | undefined;
  readonly cache: boolean;
}

/** The command. */
export const program = new Command("deno task pipeline")
  .description("Run a pipeline: a preset, or a file that default-exports one.")
  .argument("[pipeline]", "preset or path of a .ts file; without it, the presets are listed")
  .addOption(
    integerOption("--ranks <n>", "ranks that train together, each on one subdomain", 1, 4096),
  )
  .addOption(choiceOption("--device <device>", "device of the network", ["auto", "webgpu", "cpu"]))
  .addOption(storeOption())
  .addOption(
    choiceOption("--fidelity <fidelity>", "fidelity of the data of airfrans (default: low)", [
      "low",
      "high",
    ]),
  )
  .addOption(
    integerOption(
      "--seed <n>",
      "seed of the sampling and of the initial parameters",
      0,
      Number.MAX_SAFE_INTEGER,
    ),
  )
  .addOption(
    outputOption("--out <directory>", "directory of the results (default: out/NAME)", "directory"),
  )
  .addOption(
    new Option(
      "--set <path=value>",
      "change an option of a stage, such as stages.model.with.hops=6; may be repeated",
    )
      .argParser((assignment: string, previous: readonly string[]) => [...previous, assignment])
      .default([], "none"),
  )
  .addOption(
    inputOption(
      "--init-from <model>",
      "initial parameters: a model.safetensors or a checkpoint of the same network",
    ),
  )
  .option(
    "--resume",
    "resume an interrupted run from its last checkpoint, or start it if there is none",
    false,
  )
  .addOption(checkpointOption())
  .addOption(
    integerOption(
      "--retries <n>",
      "resume from the last checkpoint up to n times if a stage fails",
    )
      .default(0, "0"),
  )
  .option(
    "--plan",
    "print the cost of the run (graphs, messages, memory, time) without training; generates a " +
      "missing data set",
    false,
  )
  .addOption(
    outputOption(
      "--eject <file>",
      "write the preset with these options to a .ts file that can be edited and run; train nothing",
      "file",
    ),
  )
  .option(
    "--overwrite",
    "replace the results of another run in the directory, or the file of --eject",
    false,
  )
  .addOption(
    cacheOption(
      `run all stages without reading or writing the cache in ${CACHE_DIRECTORY}`,
    ),
  )
  .action(async (name: string | undefined, flags: PipelineFlags) => {
    if (name === undefined) return listPresets();
    const { base, title, ...chosen } = await choosePipeline(name, flags);
    const spec = startFrom(chosen.spec, flags.initFrom);
    if (flags.plan) return console.log(await plan(spec, base));
    if (flags.eject !== undefined) return await eject(flags.eject, spec, name, flags);
    const directory = flags.out ?? projectPath(join("out", spec.name));
    let progress = startRunProgress();
    const { start, report } = await runPipeline(spec, {
      directory,
      overwrite: flags.overwrite,
      resume: flags.resume,
      checkpointEvery: flags.checkpointEvery,
      cache: flags.cache ? CACHE_DIRECTORY : undefined,
      onStart(start) {
        if (flags.resume) printStart(start, directory);
        printCached(start);
      },
      retries: flags.retries,
      onRetry(retry) {
        progress.stop();
        printRetry(retry);
        progress = startRunProgress();
      },
      base,
      title,
      command: commandLine(name, flags),
      signal: interruptSignal,
      onEvent: (event) => progress.show(event),
    }).finally(() => progress.stop());
    if (start.state === "finished") return;
    if (report !== undefined) {
      console.log(metricsText(report.metrics));
      const { runSteps = report.steps } = report;
      const part = runSteps === report.steps ? "" : `${runSteps} of `;
      const ranks = countText(report.ranks, "rank");
      const steps = part + countText(report.steps, "step");
      const when = start.state === "cached" ? " when it ran" : "";
      const time = `${report.seconds.toFixed(1)} s in total${when}`;
      console.log(`${steps} on ${ranks} (${report.device}), ${time}`);
      if (report.plan !== undefined) console.log(comparisonText(report.plan));
    }
    console.log(
      report === undefined
        ? `Results are in ${directory}`
        : `Open ${join(directory, "report.html")}; then: ${predictCommand(directory, spec)}`,
    );
  });

addExamples(
  program,
  "deno task pipeline darcy",
  "deno task pipeline darcy --ranks 4 --set stages.model.with.hops=6 --out out/six-hops",
  "deno task pipeline darcy --ranks 4 --plan",
  "deno task pipeline darcy --resume",
  "deno task pipeline darcy --retries 3",
  "deno task pipeline darcy --no-cache",
  "deno task pipeline airfrans --fidelity high",
  "deno task pipeline darcy --ranks 4 --eject my_pipeline.ts",
  "deno task pipeline ./my_pipeline.ts",
);

/** Prints the stages whose results come from the cache. */
function printCached({ state, cached = [] }: RunStart): void {
  if (cached.length === 0) return;
  const first = cached.reduce((a, b) => a.savedAt < b.savedAt ? a : b);
  const what = state === "cached"
    ? "the complete run"
    : cached.map(({ stage }) => stage).join(", ");
  console.log(`cached: ${what}, created ${ageText(first.savedAt)}`);
}

/** Prints the point at which a run resumes. */
function printStart({ state, trainings, warnings }: RunStart, directory: string): void {
  for (const warning of warnings) console.error(`warning: ${warning}`);
  if (state === "afresh") console.log(`no checkpoint in ${directory}: starting afresh`);
  if (state === "finished") console.log(`the run in ${directory} is finished: nothing to resume`);
  for (const { stage, step, steps } of trainings) {
    const name = trainings.length > 1 ? `${stage}: ` : "";
    console.log(`${name}resumed at step ${step} of ${steps}`);
  }
}

/** Prints the reason for a retry and where it resumes. */
function printRetry({ error, start: { trainings, warnings }, number, retries }: Retry): void {
  const steps = trainings.map(({ stage, step, steps }) =>
    `"${stage}" resumed at step ${step} of ${steps}`
  );
  const where = steps.join(", ") || "from the beginning, as there is no checkpoint";
  for (const warning of [error.message, ...warnings]) console.error(`warning: ${warning}`);
  console.error(`retry ${number} of ${retries}: ${where}`);
}

/** The pipeline with its training started from a model. */
function startFrom(spec: PipelineSpec, model: string | undefined): PipelineSpec {
  if (model === undefined) return spec;
  const trainings = Object.keys(spec.stages).filter((name) => spec.stages[name].run === "train");
  if (trainings.length !== 1) {
    throw new UserError(
      "Cannot use --init-from: the pipeline must have one train stage, it has " +
        `${trainings.length}; use --set ` +
        `stages.${trainings[0] ?? "NAME"}.with.initFrom=MODEL`,
    );
  }
  return overrideOptions(spec, [`stages.${trainings[0]}.with.initFrom=${JSON.stringify(model)}`]);
}

/**
 * Plan of a run as text.
 *
 * @throws {UserError} If the run cannot be planned or does not fit the machine.
 */
async function plan(spec: PipelineSpec, base: URL): Promise<string> {
  const planned = await planRun(spec, { base, signal: interruptSignal });
  if (planned === undefined) {
    throw new UserError(
      `Cannot plan "${spec.name}": it must train on graphs of built-in stages; run it without ` +
        "--plan",
    );
  }
  const machine = thisMachine();
  checkFit(planned, machine);
  return planText(planned, machine);
}

/** Writes the pipeline of a preset to a file, and prints the command that runs it. */
async function eject(
  path: string,
  spec: PipelineSpec,
  preset: string,
  { overwrite }: PipelineFlags,
): Promise<void> {
  if (!path.endsWith(".ts")) {
    throw new UserError(
      `Cannot write the pipeline to "${path}": the name must end in .ts, received "${path}"`,
    );
  }
  const source = pipelineSource(spec, `Pipeline of the preset ${preset}.`);
  await writeFileAtomically(path, new TextEncoder().encode(source), { overwrite });
  console.log(`Run it with: ${commandText("pipeline", path, {})}`);
}

function listPresets(): void {
  console.log("Presets:");
  for (const { name, description } of Object.values(PRESETS)) {
    console.log(`  ${name.padEnd(10)} ${description}`);
  }
  console.log("Run one with: deno task pipeline darcy; see all options with --help");
}

interface ChosenPipeline {
  readonly spec: PipelineSpec;
  /** Base of the paths of custom stages. */
  readonly base: URL;
  readonly title: string;
}

async function choosePipeline(name: string, flags: PipelineFlags): Promise<ChosenPipeline> {
  const workingDirectory = pathToFileURL(`${Deno.cwd()}/`);
  if (name.includes("/") || name.endsWith(".ts")) {
    for (const flag of ["ranks", "device", "store", "seed", "fidelity", "eject"] as const) {
      if (flags[flag] === undefined) continue;
      throw new UserError(
        `Cannot use --${flag}: it applies to presets only, "${name}" is a file; use --set`,
      );
    }
    const path = existingPath(name);
    const spec = withUserPaths(overrideOptions(await importPipeline(path), flags.set));
    return { spec, base: new URL(".", pathToFileURL(resolve(path))), title: spec.name };
  }
  const preset = choosePreset(name, flags.fidelity);
  const { ranks, device, store, seed } = { ...preset.defaults, ...flags };
  const choice: PresetChoice = { ranks, device, store, seed };
  const spec = withUserPaths(overrideOptions(preset.build(choice), flags.set), store);
  await prepareStore(preset, choice);
  return {
    spec,
    base: workingDirectory,
    title: `${preset.title}, ${countText(ranks, "rank")}`,
  };
}

/** Options that do not change what a run computes. */
const PASSING_FLAGS = [
  "overwrite",
  "plan",
  "eject",
  "resume",
  "retries",
  "checkpointEvery",
  "cache",
];

/** The command line that repeats the run. */
function commandLine(name: string, { set, ...flags }: PipelineFlags): string {
  const lasting = Object.entries(flags).filter(([flag]) => !PASSING_FLAGS.includes(flag));
  return commandText("pipeline", name, { ...Object.fromEntries(lasting), set });
}

/** The command that predicts the data set of the run. */
function predictCommand(directory: string, { stages }: PipelineSpec): string {
  const stores = Object.values(stages).flatMap(({ run, with: options }) =>
    run === "load" && typeof options?.store === "string" ? [shellWord(options.store)] : []
  );
  const covers = Object.values(stages).find(({ run, with: options }) =>
    run === "sample" && options?.mode === "cover" && Number(options.rounds) > 1
  );
  const rounds = covers === undefined ? "" : ` --rounds ${covers.with?.rounds}`;
  const model = shellWord(join(directory, "model.safetensors"));
  return `deno task predict ${model} ${stores[0] ?? "STORE"} --out predicted.zarr${rounds}`;
}

function countText(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

if (import.meta.main) await runCommand(program);
