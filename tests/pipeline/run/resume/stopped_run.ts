/** Short runs that are stopped and resumed. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { generateDarcyStore } from "../../../../pipeline/datasets/darcy/darcy_store.ts";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";
import type { RunStart } from "../../../../pipeline/run/resume/starting_point.ts";
import type { RunOptions } from "../../../../pipeline/run/run_options.ts";
import { runPipeline } from "../../../../pipeline/run/run_pipeline.ts";
import { smallPipeline } from "../../../scripts/small_darcy.ts";

/** Many more than a run takes until it stops. */
export const EPOCHS = 12;
export const MESHES = 5;
export const STEPS = EPOCHS * MESHES;

/** Writes a data set of eight samples. @returns Its path */
export async function writeStore(directory: string, seed = 1): Promise<string> {
  const store = join(directory, "darcy.zarr");
  await generateDarcyStore(store, { count: 8, resolution: 13, seed });
  return store;
}

/** The small preset over several epochs, with gradient loss. */
export function preset(store: string, ranks = 2, changes: readonly string[] = []): PipelineSpec {
  const options = [`stages.graphs.with.epochs=${EPOCHS}`, "stages.model.with.gradientLoss=0.05"];
  return smallPipeline(store, ranks, [...options, ...changes]);
}

/** Runs until a training has taken a number of steps, then stops like an interrupt. */
export async function stopAfter(
  steps: number,
  spec: PipelineSpec,
  options: RunOptions,
  stage = "model",
): Promise<void> {
  const stop = new AbortController();
  await assert.rejects(
    runPipeline(spec, {
      checkpointEvery: { steps: 3 },
      signal: stop.signal,
      ...options,
      onEvent(event) {
        if (event.type === "progress" && event.stage === stage && event.progress.done >= steps) {
          stop.abort();
        }
      },
    }),
    { name: "AbortError" },
  );
}

/** The model file of a run. */
export async function modelBytes(directory: string): Promise<Uint8Array> {
  return await Deno.readFile(join(directory, "model.safetensors"));
}

/** Resumes the run in a directory. */
export async function resume(spec: PipelineSpec, directory: string): Promise<RunStart> {
  return (await runPipeline(spec, { directory, resume: true })).start;
}
