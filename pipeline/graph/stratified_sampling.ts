/**
 * Stratified sampling of the nodes of a mesh: as many nodes from every part of it as it has there,
 * which makes sums over a sample less noisy than those over nodes drawn at random.
 *
 * The mesh is cut into strata of equal node counts, consecutive ranks of a spatial order (see
 * `spatialOrder`) from a keyed start, and one node is drawn from each. Density is preserved: the
 * probability of every node is the same. Whether a node is drawn follows from its rank and from the
 * number of nodes alone, so a process that holds a part of the mesh draws its part of the sample.
 *
 * @module
 */

import { requireInteger } from "../../errors.ts";
import { hash, KeyedSequence } from "./random.ts";
import type { CoverPurpose, SamplePurpose } from "./sampling.ts";

/**
 * The nodes of a sample, ascending: one of each of `sampleCount` strata whose sizes differ by at
 * most one. O(N).
 *
 * @param ranks Rank of each node in a spatial order `[N]`.
 * @param sampleCount The number of nodes to sample, s; all nodes if s >= N.
 * @throws {RangeError} If `sampleCount` is not an integer of at least 1.
 */
export function stratifiedNodes(
  ranks: Uint32Array,
  sampleCount: number,
  purpose: SamplePurpose,
): Uint32Array<ArrayBuffer> {
  requireInteger("Cannot sample nodes: sample count", sampleCount, 1);
  const nodeCount = ranks.length;
  const count = Math.min(sampleCount, nodeCount);
  const nodes = new Uint32Array(count);
  if (count === nodeCount) return nodes.map((_, node) => node);
  const key = hash(purpose.seed, "strata", purpose.epoch, purpose.mesh);
  const shift = new KeyedSequence(key).below(nodeCount);
  const draws = new KeyedSequence(hash(key, "draws"));
  // Place of the drawn node of each stratum, counted from the start.
  const drawn = Uint32Array.from({ length: count }, (_, stratum) => {
    const first = strataStart(stratum, count, nodeCount);
    draws.rekey(stratum);
    return first + draws.below(strataStart(stratum + 1, count, nodeCount) - first);
  });
  for (let node = 0, next = 0; node < nodeCount; node++) {
    const place = (ranks[node] + shift) % nodeCount;
    const stratum = Math.floor(((place + 1) * count - 1) / nodeCount);
    if (drawn[stratum] === place) nodes[next++] = node;
  }
  return nodes;
}

/** First place of a stratum: the smallest place p with `floor(((p + 1) · s - 1) / N)` = stratum. */
function strataStart(stratum: number, count: number, nodeCount: number): number {
  return Math.ceil((stratum * nodeCount + 1) / count) - 1;
}

/**
 * Groups of at most `groupSize` nodes that together hold every node of a mesh exactly once, each
 * spread over the mesh as it is: strata of ⌈N / groupSize⌉ nodes are dealt to the groups in a keyed
 * order, one node to each. The sizes of the groups differ by at most one; each is ascending. O(N).
 *
 * @param ranks Rank of each node in a spatial order `[N]`; 0 nodes give 0 groups.
 * @param groupSize The maximum number of nodes per group.
 * @throws {RangeError} If `groupSize` is not an integer of at least 1.
 */
export function stratifiedGroups(
  ranks: Uint32Array,
  groupSize: number,
  purpose: CoverPurpose,
): Uint32Array<ArrayBuffer>[] {
  requireInteger("Cannot cover nodes: group size", groupSize, 1);
  const nodeCount = ranks.length;
  if (nodeCount === 0) return [];
  const groupCount = Math.ceil(nodeCount / groupSize);
  const key = hash(purpose.seed, "cover strata", purpose.round, purpose.mesh);
  const shift = new KeyedSequence(key).below(nodeCount);
  const draws = new KeyedSequence(hash(key, "draws"));
  const groupOfPlace = new Uint32Array(nodeCount);
  const deck = Uint32Array.from({ length: groupCount }, (_, group) => group);
  for (let first = 0; first < nodeCount; first += groupCount) {
    draws.rekey(first / groupCount);
    deck.forEach((_, group) => deck[group] = group);
    for (let k = 0; k < groupCount && first + k < nodeCount; k++) {
      const other = k + draws.below(groupCount - k);
      const group = deck[other];
      deck[other] = deck[k];
      deck[k] = group;
      groupOfPlace[first + k] = group;
    }
  }
  const groups = Array.from({ length: groupCount }, (): number[] => []);
  for (let node = 0; node < nodeCount; node++) {
    groups[groupOfPlace[(ranks[node] + shift) % nodeCount]].push(node);
  }
  return groups.map((nodes) => Uint32Array.from(nodes));
}
