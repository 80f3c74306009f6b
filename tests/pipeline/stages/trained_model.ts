/** The batch of a small model with initial parameters. @module */

import { join } from "node:path";
import type { RecordBatch } from "../../../io/record_batch.ts";
import { parseNetworkConfig } from "../../../pipeline/model/config.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import type { TrainingRange } from "../../../pipeline/training/training_range.ts";
import { writeModelFile } from "../../../pipeline/training/model_file.ts";
import readModel from "../../../pipeline/stages/read_model.ts";
import { runStage } from "../../support/run_stage.ts";

/** A predicted value. */
export interface Target {
  readonly name: string;
  readonly unit: string;
  readonly scale: number;
}

/**
 * A model of the targets for the meshes of `meshes.ts`; writes its file to the directory.
 *
 * @param range Range of its training. @default not known
 */
export async function trainedModel(
  directory: string,
  targets: readonly Target[],
  range?: TrainingRange,
): Promise<RecordBatch[]> {
  const config = parseNetworkConfig({
    network: "dsmpnn",
    inputs: 3,
    outputs: targets.length,
    width: 2,
    hops: 1,
    encoderHidden: [2],
    decoderHidden: [2],
    kernelHidden: [2],
    hopActivation: "identity",
    residual: true,
    rootWeight: false,
    hopNorm: "none",
    edgeUpdate: "decoded",
  }, "the test");
  const file = join(directory, "model.safetensors");
  await writeModelFile(file, {
    config,
    parameters: new ParameterLayout(config).initialValues(1),
    normalisation: {
      inputMean: new Float64Array(3),
      inputScale: new Float64Array(3).fill(1),
      targetMean: new Float64Array(targets.length),
      targetScale: Float64Array.from(targets, ({ scale }) => scale),
      targetPowers: new Float64Array(0),
      targetDeviation: Float64Array.from(targets, ({ scale }) => scale),
      valueOffset: new Float64Array(0),
    },
    dimensions: 2,
    inputNames: ["x", "y", "coefficient"],
    targetNames: targets.map(({ name }) => name),
    units: ["", "", "", ...targets.map(({ unit }) => unit)],
    graphRule: { edges: "radius", radius: 0.4, maxEdges: 7, sampledNodes: 0 },
    range,
  }, { ranks: 2 });
  return await runStage(readModel, { file });
}
