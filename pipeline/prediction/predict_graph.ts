/**
 * Prediction of one graph in physical units.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { HaloPlan } from "../model/halo.ts";
import type { NetworkInput } from "../model/network.ts";
import { firstNonFinite } from "../model/optimizer.ts";
import {
  denormaliseTargets,
  type NodeInputs,
  type Normalisation,
  normaliseInputs,
} from "../training/normalisation.ts";
import type { RankNetwork } from "../training/rank_network.ts";

/**
 * Prediction of the interior nodes `[interior, O]` in physical units, less the offsets of the
 * normalisation; every rank calls it with its part of the graph.
 *
 * @param graph The rank's part of the graph, with the numbers of its nodes.
 * @param nodes Inputs of the interior nodes, then of the ghosts `[interior + ghost, I]`.
 * @throws {DataError} If a prediction is not finite.
 */
export async function predictGraph(
  network: RankNetwork,
  graph: NetworkInput["graph"] & HaloPlan & { readonly nodes: Uint32Array },
  nodes: NodeInputs,
  normalisation: Normalisation,
): Promise<Float32Array<ArrayBuffer>> {
  const input = normaliseInputs(nodes, normalisation);
  const prediction = denormaliseTargets(
    await network.predict({ graph, input }),
    nodes,
    normalisation,
  );
  const k = firstNonFinite(prediction);
  if (k < 0) return prediction;
  const width = normalisation.targetMean.length;
  throw new DataError(
    `Cannot predict: predictions must be finite, node ${graph.nodes[Math.floor(k / width)]} has ` +
      `${prediction[k]} in target ${k % width + 1} of ${width}; inputs lie far outside those of ` +
      "the training, or the training diverged",
  );
}
