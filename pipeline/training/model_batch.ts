/**
 * A trained model as a row of a record batch.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import { type NetworkConfig, parseNetworkConfig } from "../model/config.ts";
import type { GraphRule } from "../batches/graph_rows.ts";
import { type Normalisation, readNormalisation } from "./normalisation.ts";

/** What prediction needs of a trained model. */
export interface TrainedModel {
  readonly config: NetworkConfig;
  /** Flat, in the order of `ParameterLayout`. */
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly normalisation: Normalisation;
  readonly inputNames: readonly string[];
  readonly targetNames: readonly string[];
  /** Units in the order of inputs, then targets. */
  readonly units: readonly string[];
  /** How the graphs were drawn on which it was trained. */
  readonly graphRule: GraphRule;
}

/** The model in the first row of `batch`. */
export function readModel(batch: RecordBatch): TrainedModel {
  return {
    config: parseNetworkConfig(JSON.parse(batch.value("config", 0, "utf8")), "the model"),
    parameters: batch.list("parameters", 0, "float32").slice(),
    normalisation: readNormalisation(batch),
    inputNames: batch.texts("inputNames", 0),
    targetNames: batch.texts("targetNames", 0),
    units: batch.texts("units", 0),
    graphRule: JSON.parse(batch.value("graphRule", 0, "utf8")) as GraphRule,
  };
}

/** The first batch of a stream that must have one; the rest is left. */
export async function firstBatch(
  input: AsyncIterable<RecordBatch>,
  what: string,
): Promise<RecordBatch> {
  for await (const batch of input) return batch;
  throw new RangeError(`Cannot go on as ${what} is missing: the stream ended without a row`);
}
