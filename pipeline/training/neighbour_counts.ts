/**
 * How many neighbours the nodes of a training had: a histogram that ranks can sum.
 *
 * @module
 */

import type { GraphRule } from "../batches/graph_rows.ts";

/** Nodes with at least this number of neighbours share the last entry. */
const MAX_COUNTED = 128;

/** Length of a histogram. */
export const NEIGHBOUR_COUNTS = MAX_COUNTED + 1;

/**
 * Adds the nodes of a part of a graph to a histogram: entry k counts the nodes that receive k
 * edges.
 *
 * @param offsets First edge of every node, and the edge count at the end [N + 1].
 */
export function countNeighbours(offsets: Uint32Array, counts: Float64Array): void {
  for (let node = 1; node < offsets.length; node++) {
    counts[Math.min(offsets[node] - offsets[node - 1], MAX_COUNTED)]++;
  }
}

/** Neighbours of the nodes of a training, for its report. */
export interface NeighbourFigures {
  readonly minNeighbours: number;
  readonly medianNeighbours: number;
  /** Absent where it is above what the histogram counts. */
  readonly maxNeighbours?: number | undefined;
  /** Share of the nodes with as many neighbours as the rule allows, rounded. */
  readonly shareAtMaxEdges?: number | undefined;
}

/** The figures of a histogram; undefined if it is empty. */
export function neighbourFigures(
  counts: Float64Array,
  { edges, maxEdges }: GraphRule,
): NeighbourFigures | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let medianNeighbours = 0;
  for (let below = counts[0]; 2 * below < total; below += counts[++medianNeighbours]);
  const most = counts.findLastIndex((count) => count > 0);
  const isRandom = edges === "radius" && maxEdges < MAX_COUNTED;
  return {
    minNeighbours: counts.findIndex((count) => count > 0),
    medianNeighbours,
    maxNeighbours: most < MAX_COUNTED ? most : undefined,
    shareAtMaxEdges: isRandom ? Math.round(1000 * counts[maxEdges] / total) / 1000 : undefined,
  };
}
