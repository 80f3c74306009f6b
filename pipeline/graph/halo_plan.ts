/**
 * Consistency of the local graphs of a partition, and statistics of the partition.
 *
 * @module
 */

import type { LocalGraph } from "./local_graph.ts";

/** Statistics of a partition. */
export interface CutStatistics {
  /** Interior nodes per rank [P]. */
  readonly interiorCounts: readonly number[];
  /** Ghosts per rank [P]: the rows received per halo exchange. */
  readonly ghostCounts: readonly number[];
  /** Edges per rank [P]. */
  readonly edgeCounts: readonly number[];
  /** Edges per rank that come from a ghost [P]. */
  readonly cutEdgeCounts: readonly number[];
  /** Edges per rank that were dropped because of the overlap [P]. */
  readonly droppedEdgeCounts: readonly number[];
  /** Fraction of the retained edges that come from a ghost, 0 to 1. */
  readonly edgeCut: number;
  /** Ratio of the maximum to the mean number of nodes per rank; 1 if all are equal. */
  readonly nodeImbalance: number;
  /** Ratio of the maximum to the mean number of edges per rank; 1 if all are equal. */
  readonly edgeImbalance: number;
}

/** The statistics of a partition, from the local graphs of all ranks. */
export function cutStatistics(locals: readonly LocalGraph[]): CutStatistics {
  const interiorCounts = locals.map((local) => local.interiorCount);
  const edgeCounts = locals.map((local) => local.senders.length);
  const cutEdgeCounts = locals.map(({ senders, interiorCount }) =>
    senders.reduce((count, sender) => count + (sender >= interiorCount ? 1 : 0), 0)
  );
  const edgeCount = sum(edgeCounts);
  return {
    interiorCounts,
    ghostCounts: locals.map((local) => local.ghostCount),
    edgeCounts,
    cutEdgeCounts,
    droppedEdgeCounts: locals.map((local) => local.droppedEdges),
    edgeCut: edgeCount === 0 ? 0 : sum(cutEdgeCounts) / edgeCount,
    nodeImbalance: imbalance(interiorCounts),
    edgeImbalance: imbalance(edgeCounts),
  };
}

/**
 * Checks that the halo plans of all ranks match: every rank sends the rows that the other expects,
 * in their order.
 *
 * @param locals The local graphs of ranks 0, 1, ..., P - 1.
 * @throws {RangeError} If two plans do not match; the error names the ranks.
 */
export function checkHaloPlan(locals: readonly LocalGraph[]): void {
  const ownerRank = new Map<number, number>();
  for (const { rank, nodes, interiorCount } of locals) {
    for (const node of nodes.subarray(0, interiorCount)) {
      const other = ownerRank.get(node);
      if (other !== undefined) {
        fail(
          "every node must have one owner",
          `node ${node} is interior on ranks ${other} and ${rank}`,
        );
      }
      ownerRank.set(node, rank);
    }
  }
  for (const receiver of locals) {
    if (sum([...receiver.ghostCounts]) !== receiver.ghostCount) {
      fail("ghost counts must add up", `rank ${receiver.rank} has ${receiver.ghostCount} ghosts`);
    }
    let firstGhost = receiver.interiorCount;
    for (const sender of locals) {
      const ghosts = receiver.nodes.subarray(
        firstGhost,
        firstGhost += receiver.ghostCounts[sender.rank],
      );
      checkPair(sender, receiver, ghosts);
    }
  }
}

/** @param ghosts Node numbers of the rows that `receiver` expects from `sender`. */
function checkPair(sender: LocalGraph, receiver: LocalGraph, ghosts: Uint32Array): void {
  const pair = `rank ${sender.rank} to rank ${receiver.rank}`;
  const firstSend = sum([...sender.sendCounts.subarray(0, receiver.rank)]);
  const sends = sender.sendNodes.subarray(firstSend, firstSend + sender.sendCounts[receiver.rank]);
  if (sends.length !== ghosts.length) {
    fail(
      "a rank must send what the other expects",
      `${pair}, ${sends.length} rows for ${ghosts.length} ghosts`,
    );
  }
  for (let k = 0; k < sends.length; k++) {
    if (sends[k] >= sender.interiorCount) {
      fail("only interior nodes may be sent", `${pair}, local node ${sends[k]}`);
    }
    const sent = sender.nodes[sends[k]];
    if (sent !== ghosts[k]) {
      fail(
        "rows must come in ghost order",
        `${pair}, row ${k} is node ${sent} for ghost ${ghosts[k]}`,
      );
    }
  }
}

function fail(rule: string, found: string): never {
  throw new RangeError(`Cannot exchange halo: ${rule}, ${found}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Ratio of the maximum to the mean; 1 if all counts are 0. */
function imbalance(counts: readonly number[]): number {
  const total = sum(counts);
  return total === 0 ? 1 : Math.max(...counts) * counts.length / total;
}
