/**
 * Prediction of one graph in physical units.
 *
 * @module
 */

import type { HaloPlan } from "../model/halo.ts";
import type { NetworkInput } from "../model/network.ts";
import {
  denormaliseTargets,
  type NodeInputs,
  type Normalisation,
  normalise,
} from "../training/normalisation.ts";
import type { RankNetwork } from "../training/rank_network.ts";

/**
 * Prediction of the interior nodes `[interior, O]` in physical units; every rank calls it with its
 * part of the graph.
 *
 * @param graph The rank's part of the graph.
 * @param nodes Inputs of the interior nodes, then of the ghosts `[interior + ghost, I]`.
 */
export async function predictGraph(
  network: RankNetwork,
  graph: NetworkInput["graph"] & HaloPlan,
  nodes: NodeInputs,
  normalisation: Normalisation,
): Promise<Float32Array<ArrayBuffer>> {
  const { inputMean, inputScale } = normalisation;
  const input = normalise(nodes.input, inputMean, inputScale);
  return denormaliseTargets(await network.predict({ graph, input }), nodes, normalisation);
}
