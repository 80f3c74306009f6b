/**
 * Runs a preset, a pipeline file or a training on a store: `deno task pipeline darcy`.
 *
 * @module
 */

import { Command } from "commander";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../errors.ts";
import { countOf } from "../format.ts";
import { openMeshStore } from "../io/mesh_store.ts";
import { overrideOptions } from "../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../pipeline/engine/definition/spec.ts";
import type { Preset } from "../pipeline/presets/preset.ts";
import { choosePreset, PRESETS } from "../pipeline/presets/presets.ts";
import { fitMinutes } from "../pipeline/run/fit_minutes.ts";
import {
  addExamples,
  choiceOption,
  inputOption,
  integerOption,
  interruptSignal,
  runCommand,
} from "./command/command_line.ts";
import { printResult } from "./command/result_output.ts";
import { commandText } from "./command/command_text.ts";
import { importPipeline } from "./command/import_file.ts";
import { existingPath, userPath } from "./command/paths.ts";
import { withUserPaths } from "./command/read_options.ts";
import { hasValidation } from "../pipeline/presets/with_validation.ts";
import { prepareStore } from "./data_sets/prepare_store.ts";
import { storeOption } from "./options/experiment_options.ts";
import { minutesOption } from "./options/minutes_option.ts";
import {
  addRankOptions,
  addRunOptions,
  PASSING_FLAGS,
  type RankFlags,
  type RunFlags,
} from "./options/run_flags.ts";
import { eject } from "./train/eject.ts";
import { chooseOwnPipeline, storeName } from "./train/own_pipeline.ts";
import { fitOnce } from "./train/remembered_fit.ts";
import { planOf, runAndReport } from "./train/run_and_report.ts";
import { viewRun } from "./view/open_viewer.ts";

interface PipelineFlags extends RunFlags, RankFlags {
  readonly store?: string | undefined;
  readonly fidelity?: string | undefined;
  readonly minutes?: number | undefined;
  readonly epochs?: number | undefined;
  readonly initFrom?: string | undefined;
}

/** Endings of pipeline files. */
const PIPELINE_FILE = /\.[cm]?[jt]s$/;

/** The command. */
export const program = addRunOptions(
  addRankOptions(
    new Command("deno task pipeline")
      .description(
        "Run a pipeline: a preset, a file that default-exports one, or a training on a store.",
      )
      .argument("[pipeline]", "preset, .ts file or store; without it, the presets are listed"),
  )
    .addOption(storeOption())
    .addOption(
      choiceOption("--fidelity <fidelity>", "fidelity of the data of airfrans (default: low)", [
        "low",
        "high",
      ]),
    )
    .addOption(minutesOption("as the pipeline says, 2 for a store"))
    .addOption(integerOption("--epochs <n>", "epochs of the training on a store", 1, 1_000_000))
    .addOption(
      inputOption(
        "--init-from <model>",
        "initial parameters: a model.safetensors or a checkpoint of the same network",
      ),
    ),
  "directory",
).action(async (name: string | undefined, flags: PipelineFlags) => {
  if (name === undefined) return listPresets();
  await using _viewer = viewRun(flags);
  const { command, lines = [], note, ...chosen } = await choosePipeline(name, flags);
  const spec = startFrom(chosen.spec, flags.initFrom);
  if (lines.length > 0) console.log(lines.join("\n"));
  if (flags.plan) return printResult("plan", await planOf(spec, chosen.base));
  if (flags.eject !== undefined) {
    return await eject(flags.eject, spec, `Pipeline of ${name}.`, flags);
  }
  if (note !== undefined) console.error(note);
  await runAndReport({ ...chosen, spec, command }, flags);
});

addExamples(
  program,
  "deno task pipeline darcy",
  "deno task pipeline darcy --ranks 4 --set stages.model.with.hops=6 --out out/six-hops",
  "deno task pipeline darcy --ranks 4 --plan",
  "deno task pipeline darcy --view",
  "deno task pipeline darcy --resume",
  "deno task pipeline darcy --retries 3",
  "deno task pipeline darcy --no-cache",
  "deno task pipeline airfrans --fidelity high",
  "deno task pipeline darcy --ranks 4 --eject my_pipeline.ts",
  "deno task pipeline ./my_pipeline.ts",
  "deno task pipeline data/mine.zarr --minutes 5",
);

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

function listPresets(): void {
  console.log("Presets:");
  for (const { name, description } of Object.values(PRESETS)) {
    console.log(`  ${name.padEnd(10)} ${description}`);
  }
  console.log(
    "Run one with: deno task pipeline darcy; train on your own files with: deno task train " +
      "FILES; see all options with --help",
  );
}

interface ChosenPipeline {
  readonly spec: PipelineSpec;
  /** Base of the paths of custom stages. */
  readonly base: URL;
  readonly title: string;
  /** The command that repeats the run. */
  readonly command: string;
  /** The choices and their reasons, a line each. */
  readonly lines?: readonly string[] | undefined;
  /** A sentence before the run. */
  readonly note?: string | undefined;
}

async function choosePipeline(name: string, flags: PipelineFlags): Promise<ChosenPipeline> {
  const isPath = name.includes("/") || PIPELINE_FILE.test(name) || extname(name) !== "";
  if (isPath && PIPELINE_FILE.test(name)) return await filePipeline(name, flags);
  if (isPath || !Object.hasOwn(PRESETS, name) && await exists(userPath(name))) {
    return await storePipeline(existingPath(name), flags);
  }
  return await presetPipeline(name, flags);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function filePipeline(name: string, flags: PipelineFlags): Promise<ChosenPipeline> {
  refuse(
    flags,
    ["ranks", "device", "store", "seed", "fidelity", "epochs", "eject"],
    (flag) => `Cannot use ${flag}: it applies to presets only, "${name}" is a file; use --set`,
  );
  const path = existingPath(name);
  const base = new URL(".", pathToFileURL(resolve(path)));
  const spec = withUserPaths(overrideOptions(await importPipeline(path), flags.set));
  return await fitted({ spec, base, title: spec.name, command: "" }, path, flags);
}

async function storePipeline(path: string, flags: PipelineFlags): Promise<ChosenPipeline> {
  refuse(
    flags,
    ["store", "fidelity"],
    (flag) => `Cannot use ${flag}: it applies to presets only, "${path}" is a store`,
  );
  const started = performance.now();
  const store = await openMeshStore(path);
  const own = await chooseOwnPipeline(store, storeName(path), { ...flags, testing: true }, started);
  const { spec, title, lines, epochs, set } = own;
  const command = commandLine(path, { ...flags, minutes: undefined, epochs, set });
  return { spec: withUserPaths(spec, path), base: workingDirectory(), title, lines, command };
}

async function presetPipeline(name: string, flags: PipelineFlags): Promise<ChosenPipeline> {
  const preset = choosePreset(name, flags.fidelity);
  refuse(
    flags,
    ["epochs"],
    (flag) =>
      `Cannot use ${flag}: it applies to stores only, "${name}" is a preset; use --set ` +
      "stages.graphs.with.epochs=N",
  );
  const { defaults } = preset;
  const { ranks = defaults.ranks, device = defaults.device, seed = defaults.seed } = flags;
  const chosen = { ranks, device, store: flags.store ?? defaults.store, seed };
  await prepareStore(preset, chosen);
  const choice = { ...chosen, validation: await hasValidation(preset, chosen.store) };
  const spec = withUserPaths(overrideOptions(preset.build(choice), flags.set), choice.store);
  const title = `${preset.title}, ${countOf(ranks, "rank")}`;
  const note = choice.validation ? undefined : noValidationText(preset);
  return await fitted({ spec, base: workingDirectory(), title, command: "", note }, name, flags);
}

function noValidationText({ defaults }: Preset): string {
  const reason = defaults.validation === true
    ? "the store has no validation samples"
    : "too few cases, so the options were chosen by cross-validation";
  return `No validation while training: ${reason}`;
}

/** A pipeline with its epochs fitted to `--minutes`, if given, and its command. */
async function fitted(
  pipeline: ChosenPipeline,
  name: string,
  flags: PipelineFlags,
): Promise<ChosenPipeline> {
  const { minutes, set } = flags;
  if (minutes === undefined) return { ...pipeline, command: commandLine(name, flags) };
  const { base, spec } = pipeline;
  const fit = await fitOnce(
    { spec, minutes },
    flags,
    () => fitMinutes(spec, 60 * minutes, { base, signal: interruptSignal }),
  );
  const command = commandLine(name, { ...flags, minutes: undefined, set: [...set, ...fit.set] });
  const lines = [
    `training  ${countOf(fit.epochs, "epoch")}, ${countOf(fit.steps, "step")}, to fit ` +
    countOf(minutes, "minute"),
  ];
  return { ...pipeline, spec: fit.spec, command, lines };
}

/** Throws if one of some flags is given. */
function refuse(
  flags: PipelineFlags,
  names: readonly (keyof PipelineFlags)[],
  message: (flag: string) => string,
): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given !== undefined) throw new UserError(message(`--${given}`));
}

function workingDirectory(): URL {
  return pathToFileURL(`${Deno.cwd()}/`);
}

/** The command line that repeats the run. */
function commandLine(name: string, { set, ...flags }: PipelineFlags): string {
  const lasting = Object.entries(flags).filter(([flag]) => !PASSING_FLAGS.includes(flag));
  return commandText("pipeline", name, { ...Object.fromEntries(lasting), set });
}

if (import.meta.main) await runCommand(program);
