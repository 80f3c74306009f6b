/**
 * Sampling of the nodes of a mesh: a new sample per epoch for training, groups that cover the mesh
 * for prediction.
 *
 * @module
 */

import { requireInteger } from "../../errors.ts";
import { hash, hashNumbers, keyedPermutation } from "./random.ts";

/** Purpose of a sample; the same purpose gives the same nodes, on any rank and at any time. */
export interface SamplePurpose {
  readonly seed: number;
  readonly epoch: number;
  /** Id or number of the mesh. */
  readonly mesh: string | number;
}

/** Purpose of a cover of a mesh. */
export interface CoverPurpose {
  readonly seed: number;
  /** Number of the cover; the predictions of several rounds are averaged. */
  readonly round: number;
  /** Id or number of the mesh. */
  readonly mesh: string | number;
}

/**
 * The nodes of a sample, ascending: those with the smallest 64-bit keys
 * `hash(seed, "sample", epoch, mesh, node)`.
 *
 * Every set of `sampleCount` nodes is equally likely, and a larger sample contains a smaller one.
 * The keys of one mesh differ, so there are no ties. O(N): a histogram of the upper 16 bits finds
 * the largest key of the sample.
 *
 * @param nodeCount The number of nodes N.
 * @param sampleCount The number of nodes to sample, s; all nodes if s >= N.
 * @throws {RangeError} If `sampleCount` is not an integer of at least 1.
 */
export function sampleNodes(
  nodeCount: number,
  sampleCount: number,
  purpose: SamplePurpose,
): Uint32Array<ArrayBuffer> {
  requireInteger("Cannot sample nodes: sample count", sampleCount, 1);
  const count = Math.min(sampleCount, nodeCount);
  const nodes = new Uint32Array(count);
  if (count === nodeCount) return nodes.map((_, node) => node);

  const high = new Uint32Array(nodeCount);
  const low = new Uint32Array(nodeCount);
  hashNumbers(hash(purpose.seed, "sample", purpose.epoch, purpose.mesh), nodeCount, high, low);
  const last = keyOfRank(high, low, count);
  for (let node = 0, next = 0; next < count; node++) {
    if (high[node] < high[last] || (high[node] === high[last] && low[node] <= low[last])) {
      nodes[next++] = node;
    }
  }
  return nodes;
}

/** The node with the `rank`-th smallest key, counted from 1. */
function keyOfRank(high: Uint32Array, low: Uint32Array, rank: number): number {
  const histogram = new Uint32Array(2 ** 16);
  for (let node = 0; node < high.length; node++) histogram[high[node] >>> 16]++;
  let bin = 0;
  let below = 0;
  while (below + histogram[bin] < rank) below += histogram[bin++];

  const inBin = new Uint32Array(histogram[bin]);
  for (let node = 0, next = 0; next < inBin.length; node++) {
    if (high[node] >>> 16 === bin) inBin[next++] = node;
  }
  inBin.sort((a, b) => high[a] - high[b] || low[a] - low[b]);
  return inBin[rank - below - 1];
}

/**
 * Groups of at most `groupSize` nodes that together hold every node of a mesh exactly once.
 *
 * A permutation drawn for (seed, round, mesh) is cut into ⌈N / groupSize⌉ groups whose sizes differ
 * by at most one, the larger ones first; each group is ascending. O(N).
 *
 * @param nodeCount The number of nodes N; 0 nodes give 0 groups.
 * @param groupSize The maximum number of nodes per group.
 * @throws {RangeError} If `groupSize` is not an integer of at least 1.
 */
export function coverGroups(
  nodeCount: number,
  groupSize: number,
  purpose: CoverPurpose,
): Uint32Array<ArrayBuffer>[] {
  requireInteger("Cannot cover nodes: group size", groupSize, 1);
  const groupCount = Math.ceil(nodeCount / groupSize);
  const order = keyedPermutation(
    nodeCount,
    hash(purpose.seed, "cover", purpose.round, purpose.mesh),
  );
  const size = Math.floor(nodeCount / groupCount);
  const largerCount = nodeCount - size * groupCount;
  return Array.from({ length: groupCount }, (_, g) => {
    const start = g * size + Math.min(g, largerCount);
    return order.slice(start, start + size + (g < largerCount ? 1 : 0)).sort();
  });
}
