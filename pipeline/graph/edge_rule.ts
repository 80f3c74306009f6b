/**
 * Rules that connect the nodes of a mesh.
 *
 * @module
 */

import type { Graph } from "./graph.ts";
import { nearestGraph } from "./nearest_graph.ts";
import { spatialOrder } from "./spatial_order.ts";
import { radiusGraph, type RadiusGraphOptions } from "./radius_graph.ts";

/** A rule for the edges that a node receives. */
export interface EdgeRule {
  /**
   * "radius": from `maxEdges` nodes drawn within `radius`; "nearest": from the `maxEdges` nearest
   * nodes.
   */
  readonly edges: "radius" | "nearest";
  /** The maximum edge length, in units of the positions; 0 for nearest nodes at any distance. */
  readonly radius: number;
  /** The maximum number of edges per receiver. */
  readonly maxEdges: number;
  /**
   * "stratified": neighbours within the radius are drawn evenly along a spatial order.
   *
   * @default uniform draws
   */
  readonly draw?: "stratified" | undefined;
}

/**
 * The graph that a rule gives.
 *
 * @param position Node positions [N, D].
 * @param dimensions Space dimensions D: 1, 2 or 3.
 * @param purpose Purpose of the draw, with the ranks of the nodes in a spatial order for stratified
 * draws; nearest nodes are not drawn.
 * @param beat Called many times a second while the graph is built.
 */
export function connectNodes(
  position: Float32Array,
  dimensions: number,
  { edges, radius, maxEdges, draw }: EdgeRule,
  { ranks, ...purpose }: Pick<RadiusGraphOptions, "seed" | "epoch" | "mesh" | "nodes" | "ranks">,
  beat?: () => void,
): Graph {
  if (edges === "nearest") {
    const bound = radius > 0 ? radius : undefined;
    return nearestGraph(position, dimensions, { radius: bound, maxEdges, beat });
  }
  const order = draw === "stratified" ? { ranks: ranks ?? spatialOrder(position, dimensions) } : {};
  return radiusGraph(position, dimensions, { radius, maxEdges, beat, ...purpose, ...order });
}
