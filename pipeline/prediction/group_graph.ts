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
  { id, dimensions, position }: MeshNodes,
  nodes: Uint32Array,
  rule: EdgeRule,
  { seed, epoch }: EdgeDraw,
  beat?: () => void,
): Graph {
  const groupPosition = gatherRows(position, dimensions, nodes);
  return connectNodes(groupPosition, dimensions, rule, { seed, epoch, mesh: id, nodes }, beat);
}
