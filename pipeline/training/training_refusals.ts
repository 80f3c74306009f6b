/**
 * Reasons for which a training does not start or continue, and what it records of its options.
 *
 * @module
 */

import { DataError, UserError } from "../../errors.ts";
import type { GraphRow } from "../batches/graph_rows.ts";
import type { NetworkConfig } from "../model/config.ts";
import type { OptimizerName } from "../model/muon.ts";
import { firstNonFinite } from "../model/optimizer.ts";
import { ParameterLayout } from "../model/parameters.ts";
import type { Checkpoint } from "./checkpoint_file.ts";
import type { Normalisation } from "./normalisation.ts";
import type { TrainOptions } from "./train_options.ts";

/** @throws {UserError} If the loss or its gradient is not finite. */
export function checkFinite(
  graph: GraphRow,
  loss: number,
  gradient: Float32Array,
  config: NetworkConfig,
): void {
  const element = firstNonFinite(gradient);
  if (element >= 0) {
    const rule = `the gradient of ${tensorName(config, element)} must be finite`;
    throw divergence(graph, loss, `${rule}, it is ${gradient[element]}`);
  }
  if (!Number.isFinite(loss)) throw divergence(graph, loss, "the loss must be finite");
}

export function divergence(
  graph: GraphRow,
  loss: number,
  rule: string,
  cause?: unknown,
): UserError {
  return new UserError(
    `Cannot continue training at step ${graph.step + 1} (sample "${graph.id}"): ${rule}, with a ` +
      `loss of ${loss}; use a smaller learningRate, or look for extreme values in this sample`,
    { cause },
  );
}

/** The optimizer as files record it: nothing for Adam, as in those of earlier versions. */
export function recordedOptimizer({ optimizer }: TrainOptions): OptimizerName | undefined {
  return optimizer === "adam" ? undefined : optimizer;
}

/** The weights of fields as files record them: nothing if all weigh alike. */
export function recordedWeights({ fieldWeights = {} }: TrainOptions): TrainOptions["fieldWeights"] {
  return Object.keys(fieldWeights).length === 0 ? undefined : fieldWeights;
}

/** @throws {DataError} If the moments of a checkpoint are those of another optimizer. */
export function checkOptimizer(
  { progress }: Checkpoint,
  { optimizer = "adam" }: TrainOptions,
): void {
  const saved = progress.optimizer ?? "adam";
  if (saved === optimizer) return;
  throw new DataError(
    `Cannot resume training: its optimizer must be that of the checkpoint, "${saved}", it is ` +
      `"${optimizer}"; start from the model of the checkpoint with initFrom`,
  );
}

/** @throws {UserError} If there are weights, which are part of the normalisation. */
export function checkNoWeights({ initFrom, fieldWeights }: TrainOptions): void {
  if (fieldWeights === undefined) return;
  throw new UserError(
    `Cannot start from "${initFrom}" with fieldWeights: scales and weights of the targets must ` +
      "be those of the model; omit fieldWeights",
  );
}

export function tensorName(config: NetworkConfig, element: number): string {
  return `"${new ParameterLayout(config).tensorAt(element)?.name}"`;
}

export function checkGraph(
  { id, inputNames, targetNames }: GraphRow,
  statistics: Normalisation,
): void {
  if (targetNames.length === 0) {
    throw new DataError(`Cannot train: sample "${id}" must have a target field, it has none`);
  }
  const inputCount = statistics.inputMean.length;
  if (inputNames.length !== inputCount) {
    throw new DataError(
      "Cannot train: graphs and statistics must have the same inputs, received " +
        `${inputNames.length} and ${inputCount}`,
    );
  }
}
