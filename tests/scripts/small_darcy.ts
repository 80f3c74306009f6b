/** A Darcy run that is done in seconds: 169 vertices, 7 samples, a narrow network. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { DARCY, overrideOptions, type PipelineSpec, runPipeline } from "../../mod.ts";
import { paperForm } from "../../pipeline/presets/preset.ts";
import { generateDarcyStore } from "../../pipeline/datasets/darcy/darcy_store.ts";

/** On a machine that is busy with other things. */
const END_SECONDS = 20;

export const RESOLUTION = 13;
export const NODE_COUNT = RESOLUTION ** 2;
/** Samples of the splits train, validation and test. */
export const SPLIT_SIZES = { train: 5, validation: 0, test: 2 } as const;

/** Assignments for `--set` that make the preset small, in the paper's form. */
export const SMALL: readonly string[] = [
  ...paperForm(DARCY),
  ...["nodes=60", "epochs=1"].map((option) => `stages.graphs.with.${option}`),
  ...["nodes=60", "rounds=1"].map((option) => `stages.testGraphs.with.${option}`),
  ...["width=8", "hops=2", "kernelHidden=[8]", "encoderHidden=[8]", "decoderHidden=[8]"].map((
    option,
  ) => `stages.model.with.${option}`),
];

/** The options of `pipeline darcy` for such a run. */
export function smallFlags(store: string, out: string): string[] {
  return [
    "--store",
    store,
    "--out",
    out,
    "--device",
    "cpu",
    ...SMALL.flatMap((value) => ["--set", value]),
  ];
}

/** The preset, small. */
export function smallPipeline(
  store: string,
  ranks = 1,
  changes: readonly string[] = [],
): PipelineSpec {
  const spec = DARCY.build({ ranks, device: "cpu", store, seed: 0 });
  return overrideOptions(spec, [...SMALL, ...changes]);
}

/** Writes the data set, without validation samples unless asked for. @returns Its path */
export async function writeSmallStore(
  directory: string,
  name = "darcy.zarr",
  { validation = 0 }: { readonly validation?: number | undefined } = {},
): Promise<string> {
  const path = join(directory, name);
  const shares = { ...SPLIT_SIZES, validation };
  const count = shares.train + shares.validation + shares.test;
  await generateDarcyStore(path, { count, resolution: RESOLUTION, seed: 1, shares });
  return path;
}

/** A data set and a model that was trained on it. */
export interface SmallModel {
  readonly store: string;
  readonly model: string;
}

/** Writes the data set and trains on it. */
export async function trainSmallModel(directory: string): Promise<SmallModel> {
  const store = await writeSmallStore(directory, "darcy.zarr", { validation: 1 });
  const out = join(directory, "out");
  await runPipeline(smallPipeline(store), { directory: out });
  return { store, model: join(out, "model.safetensors") };
}

/** Runs a test in a directory of its own. */
export async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "haloflow-test-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Names of what is in a directory, sorted. */
export async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
}

/** Runs a pipeline that must fail with an error made for the user. @returns Its message */
export async function failureOf(spec: PipelineSpec, directory: string): Promise<string> {
  const start = performance.now();
  try {
    await runPipeline(spec, { directory });
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.ok(performance.now() - start < END_SECONDS * 1000);
    return error.message;
  }
  return "it did not fail";
}
