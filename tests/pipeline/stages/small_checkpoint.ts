/** Checkpoints of a made-up training. @module */

import type { Checkpoint } from "../../../pipeline/training/checkpoint_file.ts";
import { readModelFile } from "../../../pipeline/training/model_file.ts";

/** Identity of the run. */
export const run = { pipeline: {}, data: {}, code: {}, versions: {} };

const { model } = await readModelFile("tests/fixtures/models/darcy.safetensors");

/** A training after `step` steps. */
export function checkpointOf(step: number): Omit<Checkpoint, "run"> {
  return {
    model,
    firstMoment: model.parameters.slice().fill(step),
    secondMoment: model.parameters.slice(),
    bestParameters: undefined,
    meanParameters: undefined,
    losses: new Float64Array(step),
    learningRates: new Float64Array(step),
    progress: { step, steps: 99, epoch: 0, ranks: 1, device: "none", droppedEdges: 0 },
  };
}
