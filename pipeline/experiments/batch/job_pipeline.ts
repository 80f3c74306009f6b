/**
 * The pipeline of a job before its options are set: that of a preset or of a file.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../../../errors.ts";
import type { PipelineSpec } from "../../engine/definition/spec.ts";
import { networkNamed, networkSettings } from "../comparison/networks.ts";
import { hasValidation } from "../../presets/with_validation.ts";
import type { Preset, PresetChoice } from "../../presets/preset.ts";
import { choosePreset } from "../../presets/presets.ts";
import { type ExpandedJob, PRESET_KEYS, type Setting } from "./job_grid.ts";

/** A problem that keeps a job from running. */
export class JobProblem extends UserError {
  override name = "JobProblem";
  /** The key of the job whose value is wrong. */
  readonly key: string;

  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/** A pipeline before its options are set. */
export interface JobPipeline {
  readonly spec: PipelineSpec;
  /** Base of the paths of custom stages. @default the working directory */
  readonly base?: string | undefined;
  readonly title: string;
  /** Options that define the network. */
  readonly network: readonly Setting[];
  /** The data set of a preset. */
  readonly data?: PresetData | undefined;
  /** Argument and flags of the equivalent `pipeline` command. */
  readonly argument: string;
  readonly flags: Readonly<Record<string, string | number | undefined>>;
}

/** The data set that a preset reads. */
export interface PresetData {
  readonly preset: Preset;
  readonly choice: PresetChoice;
}

/**
 * The pipeline of a job.
 *
 * @param importPipeline Imports the pipeline that a file exports
 * @throws {JobProblem} If the job has no pipeline.
 */
export async function jobPipeline(
  job: ExpandedJob,
  importPipeline: (path: string) => Promise<PipelineSpec>,
): Promise<JobPipeline> {
  const { preset, pipeline } = job.settings;
  if ((preset === undefined) === (pipeline === undefined)) {
    const found = preset === undefined ? "neither" : "both";
    throw new JobProblem(
      preset === undefined ? "name" : "pipeline",
      `Cannot run job "${job.name}": it must have a preset or a pipeline, but has ${found}`,
    );
  }
  return pipeline === undefined
    ? await presetPipeline(job)
    : await filePipeline(job, pipeline, importPipeline);
}

async function presetPipeline(
  { name, settings, places }: ExpandedJob,
): Promise<JobPipeline> {
  const { preset: presetName = "", fidelity } = settings;
  forKey("preset", () => choosePreset(presetName));
  const preset = forKey("fidelity", () => choosePreset(presetName, fidelity));
  const network = settings.network === undefined
    ? undefined
    : forKey("network", () => networkNamed(settings.network!));
  const choice = {
    ranks: network?.ranks ?? preset.defaults.ranks,
    device: settings.device ?? preset.defaults.device,
    store: settings.store ?? preset.defaults.store,
    seed: settings.seed ?? preset.defaults.seed,
  };
  // A store that is missing is reported with all others.
  const validation = await hasValidation(preset, choice.store).catch(() => false);
  const spec = preset.build({ ...choice, validation });
  const place = places.get("network") ?? places.get("name")!;
  const options = network === undefined
    ? []
    : Object.entries(networkSettings(network, preset, spec)).map((
      [path, value],
    ): Setting => ({ path, value, keyPlace: place, valuePlace: place }));
  return {
    spec,
    title: `${preset.title}, ${name}`,
    network: options,
    data: { preset, choice },
    argument: presetName,
    flags: { ...choice, fidelity },
  };
}

async function filePipeline(
  { name, settings }: ExpandedJob,
  path: string,
  importPipeline: (path: string) => Promise<PipelineSpec>,
): Promise<JobPipeline> {
  for (const key of PRESET_KEYS) {
    if (settings[key] === undefined) continue;
    throw new JobProblem(
      key,
      `Cannot use ${key}: only presets have it, but "${path}" is a file; set the options of ` +
        `its stages under "set"`,
    );
  }
  try {
    const spec = await importPipeline(path);
    const base = new URL(".", pathToFileURL(resolve(path))).href;
    return { spec, base, title: `${spec.name}, ${name}`, network: [], argument: path, flags: {} };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new JobProblem("pipeline", error.message);
  }
}

/** The result of `choose`; a failure counts as a problem of `key`. */
function forKey<T>(key: string, choose: () => T): T {
  try {
    return choose();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new JobProblem(key, error.message);
  }
}
