/**
 * The rules by which nodes of a mesh are connected.
 *
 * @module
 */

import type { Graph } from "./graph.ts";
import { nearestGraph } from "./nearest_graph.ts";
import { radiusGraph, type RadiusGraphOptions } from "./radius_graph.ts";

/** Which edges a node receives. */
export interface EdgeRule {
  /**
   * "radius": from `maxEdges` nodes drawn within `radius`; "nearest": from the `maxEdges` nodes
   * nearest to it.
   */
  readonly edges: "radius" | "nearest";
  /** The longest edge, in units of the positions; 0 for nearest nodes at any distance. */
  readonly radius: number;
  /** The most edges per receiver. */
  readonly maxEdges: number;
}

/**
 * The graph by a rule.
 *
 * @param position Node positions [N, D].
 * @param dimensions Space dimensions D: 1, 2 or 3.
 * @param purpose What a draw is for; nearest nodes are not drawn.
 * @param beat Called as the work goes on, many times a second.
 */
export function connectNodes(
  position: Float32Array,
  dimensions: number,
  { edges, radius, maxEdges }: EdgeRule,
  purpose: Pick<RadiusGraphOptions, "seed" | "epoch" | "mesh" | "nodes">,
  beat?: () => void,
): Graph {
  return edges === "nearest"
    ? nearestGraph(position, dimensions, { maxEdges, beat, ...(radius > 0 && { radius }) })
    : radiusGraph(position, dimensions, { radius, maxEdges, beat, ...purpose });
}
