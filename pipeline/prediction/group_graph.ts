/**
 * Graphs of groups of nodes.
 *
 * @module
 */

import { gatherRows } from "../batches/graph_rows.ts";
import { connectNodes, type EdgeRule } from "../graph/edge_rule.ts";
import type { Graph } from "../graph/graph.ts";

/** The nodes of a mesh. */
export interface MeshNodes {
  /** Id of the mesh, a key of its random numbers. */
  readonly id: string;
  readonly dimensions: number;
  /** Node positions `[N, D]`. */
  readonly position: Float32Array;
  /** Rank of each node in a spatial order `[N]`, for stratified draws. */
  readonly ranks?: Uint32Array | undefined;
}

/** A draw of edges; equal draws of equal nodes give equal edges. */
export interface EdgeDraw {
  readonly seed: number;
  /** Epoch of a training, or round of a prediction. */
  readonly epoch: number;
}

/**
 * The graph of some nodes of a mesh, in the order of `nodes`.
 *
 * @param nodes Node numbers in the mesh.
 * @param beat Called many times a second while the graph is built.
 */
export function groupGraph(
  { id, dimensions, position, ranks: meshRanks }: MeshNodes,
  nodes: Uint32Array,
  rule: EdgeRule,
  { seed, epoch }: EdgeDraw,
  beat?: () => void,
): Graph {
  const groupPosition = gatherRows(position, dimensions, nodes);
  const ranks = meshRanks && nodes.map((node) => meshRanks[node]);
  const purpose = { seed, epoch, mesh: id, nodes, ranks };
  return connectNodes(groupPosition, dimensions, rule, purpose, beat);
}
