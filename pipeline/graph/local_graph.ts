/**
 * Local graphs: the nodes, edges and halo of each rank, for a graph that is cut into subdomains.
 *
 * @module
 */

import { requireInteger } from "../../errors.ts";
import { countingOffsets, type Graph, inDegrees } from "./graph.ts";
import { squaredDistanceToBox, type SubdomainBoxes, subdomainBoxes } from "./subdomain_boxes.ts";

/**
 * The part of a graph on one rank, with its halo plan.
 *
 * Local numbers count the interior nodes first, then the ghosts. An edge belongs to the owner of
 * its receiver, so every edge of the graph is on exactly one rank, and all receivers are interior.
 */
export interface LocalGraph {
  readonly rank: number;
  /** The number of ranks P. */
  readonly ranks: number;
  /** The number of nodes that this rank owns; they come first. */
  readonly interiorCount: number;
  /** The number of other ranks' nodes that send an edge to an interior node. */
  readonly ghostCount: number;
  /**
   * Node numbers in the complete graph [interior + ghost]: interior nodes ascending, then ghosts by
   * owner and number.
   */
  readonly nodes: Uint32Array;
  /** First edge of every interior node, and the edge count at the end [interior + 1]. */
  readonly offsets: Uint32Array;
  /** Sender of every edge as a local number [E_p]; per receiver in the order of the graph. */
  readonly senders: Uint32Array;
  /** The number of ghosts that each rank owns [P]; ghosts are numbered in this order. */
  readonly ghostCounts: Uint32Array;
  /** The number of nodes to send to each rank [P]. */
  readonly sendCounts: Uint32Array;
  /** Local numbers of the interior nodes to send, by receiving rank, in its order of ghosts. */
  readonly sendNodes: Uint32Array;
  /** In-degree of each node in the complete graph, without dropped edges [interior + ghost]. */
  readonly degrees: Uint32Array;
  /**
   * The number of edges to interior nodes that were dropped: their senders lie beyond the overlap.
   */
  readonly droppedEdges: number;
}

/** Reach of a rank beyond its subdomain. */
export interface OverlapOptions {
  /**
   * The maximum distance of a ghost from the box of a rank, in units of the positions.
   *
   * @default every sender is retained
   */
  readonly overlap?: number | undefined;
  /** Node positions [N, D]; required with `overlap`. */
  readonly position?: Float32Array | undefined;
  /** Space dimensions D; required with `overlap`. */
  readonly dimensions?: number | undefined;
  /**
   * The box of every rank. A sampled graph takes the boxes of its mesh, so that the overlap does
   * not depend on the draw.
   *
   * @default the boxes around the owned nodes
   */
  readonly boxes?: SubdomainBoxes | undefined;
}

/** Places: all nodes numbered by owner, then by node number. */
interface Places {
  /** Node at each place [N]. */
  readonly nodes: Uint32Array;
  /** Place of each node [N]. */
  readonly ofNode: Uint32Array;
  /** First place of every rank, and N at the end [P + 1]. */
  readonly starts: Uint32Array;
}

/**
 * The local graphs of all ranks, in O(N + E + P²) plus the time to sort the ghosts.
 *
 * Without `overlap` every edge is retained, and the ranks together compute what one rank would.
 * With it, a ghost must lie within `overlap` of the smallest axis-parallel box around the nodes of
 * its receiver's rank; edges from beyond are dropped and counted. No node is nearer to an interior
 * node than to the box around it, so an overlap of at least the radius drops no edge of a radius
 * graph, exactly.
 *
 * @param graph The complete graph.
 * @param owner Rank that owns each node [N].
 * @param ranks The number of ranks P; some may own nothing.
 * @throws {RangeError} If an owner is not a rank, or the overlap is negative or not a number.
 * @throws {TypeError} If `owner` or `position` does not match the graph.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { graphFromEdges } from "./graph.ts";
 * import { localGraphs } from "./local_graph.ts";
 * // 0 -> 1 -> 2 -> 3, cut in the middle
 * const graph = graphFromEdges(4, [0, 1, 2], [1, 2, 3]);
 * const [left, right] = localGraphs(graph, Uint32Array.of(0, 0, 1, 1), 2);
 * assert.equal(left.ghostCount, 0);
 * assert.deepEqual([...left.sendNodes], [1]);
 * assert.deepEqual([...right.nodes], [2, 3, 1]);
 * assert.deepEqual([...right.senders], [2, 0]);
 * ```
 */
export function localGraphs(
  graph: Graph,
  owner: Uint32Array,
  ranks: number,
  options: OverlapOptions = {},
): LocalGraph[] {
  checkOwner(owner, graph.nodeCount, ranks);
  const retained = options.overlap === undefined
    ? undefined
    : retainedEdges(graph, owner, ranks, options);
  const places = placesOf(owner, ranks);
  const degrees = retainedDegrees(graph, retained);

  const senderNumbers = new Uint32Array(graph.nodeCount);
  const halves = Array.from(
    { length: ranks },
    (_, rank) => receivingHalf(graph, retained, places, rank, senderNumbers),
  );
  return halves.map(({ ghosts, ghostStarts, offsets, senders, droppedEdges }, rank) => {
    const interiorCount = places.starts[rank + 1] - places.starts[rank];
    const nodes = new Uint32Array(interiorCount + ghosts.length);
    nodes.set(places.nodes.subarray(places.starts[rank], places.starts[rank + 1]));
    for (let g = 0; g < ghosts.length; g++) nodes[interiorCount + g] = places.nodes[ghosts[g]];
    return {
      rank,
      ranks,
      interiorCount,
      ghostCount: ghosts.length,
      nodes,
      offsets,
      senders,
      ghostCounts: inDegrees({ offsets: ghostStarts }),
      ...sendingHalf(halves, places, rank),
      degrees: nodes.map((node) => degrees[node]),
      droppedEdges,
    };
  });
}

/** The receiving half of a rank: its edges and its ghosts. */
interface ReceivingHalf {
  /** Places of the ghosts, ascending: by owner, then by node number. */
  readonly ghosts: Uint32Array;
  /** First ghost of every owner, and the ghost count at the end [P + 1]. */
  readonly ghostStarts: Uint32Array;
  readonly offsets: Uint32Array;
  readonly senders: Uint32Array;
  readonly droppedEdges: number;
}

/** @param localNumbers Scratch [N], all 0 before and after the call. */
function receivingHalf(
  graph: Graph,
  retained: Uint8Array | undefined,
  { nodes, ofNode, starts }: Places,
  rank: number,
  localNumbers: Uint32Array,
): ReceivingHalf {
  const start = starts[rank];
  const end = starts[rank + 1];
  let edgeBound = 0;
  for (let place = start; place < end; place++) {
    edgeBound += graph.offsets[nodes[place] + 1] - graph.offsets[nodes[place]];
  }

  const senderPlaces = new Uint32Array(edgeBound);
  const seen = new Uint32Array(Math.min(edgeBound, graph.nodeCount));
  const offsets = new Uint32Array(end - start + 1);
  let edgeCount = 0;
  let ghostCount = 0;
  for (let place = start; place < end; place++) {
    const node = nodes[place];
    for (let e = graph.offsets[node]; e < graph.offsets[node + 1]; e++) {
      if (retained !== undefined && retained[e] === 0) continue;
      const sender = ofNode[graph.senders[e]];
      senderPlaces[edgeCount++] = sender;
      if ((sender < start || sender >= end) && localNumbers[sender] === 0) {
        localNumbers[sender] = 1;
        seen[ghostCount++] = sender;
      }
    }
    offsets[place - start + 1] = edgeCount;
  }

  const ghosts = seen.slice(0, ghostCount).sort();
  for (let g = 0; g < ghostCount; g++) localNumbers[ghosts[g]] = end - start + g;
  const senders = senderPlaces.slice(0, edgeCount);
  for (let e = 0; e < edgeCount; e++) {
    const sender = senders[e];
    senders[e] = sender >= start && sender < end ? sender - start : localNumbers[sender];
  }
  for (let g = 0; g < ghostCount; g++) localNumbers[ghosts[g]] = 0;

  const ghostStarts = new Uint32Array(starts.length);
  for (let q = 0, g = 0; q < starts.length; q++) {
    while (g < ghostCount && ghosts[g] < starts[q]) g++;
    ghostStarts[q] = g;
  }
  return { ghosts, ghostStarts, offsets, senders, droppedEdges: edgeBound - edgeCount };
}

/** The sending half of a rank: the other ranks' ghosts that it owns. */
function sendingHalf(
  halves: readonly ReceivingHalf[],
  { starts }: Places,
  rank: number,
): { sendCounts: Uint32Array; sendNodes: Uint32Array } {
  const sendCounts = Uint32Array.from(
    halves,
    ({ ghostStarts }) => ghostStarts[rank + 1] - ghostStarts[rank],
  );
  const sendNodes = new Uint32Array(sendCounts.reduce((sum, count) => sum + count, 0));
  let next = 0;
  for (const { ghosts, ghostStarts } of halves) {
    for (let g = ghostStarts[rank]; g < ghostStarts[rank + 1]; g++) {
      sendNodes[next++] = ghosts[g] - starts[rank];
    }
  }
  return { sendCounts, sendNodes };
}

function placesOf(owner: Uint32Array, ranks: number): Places {
  const starts = countingOffsets(owner, ranks);
  const next = starts.slice();
  const nodes = new Uint32Array(owner.length);
  const ofNode = new Uint32Array(owner.length);
  for (let node = 0; node < owner.length; node++) {
    const place = next[owner[node]]++;
    nodes[place] = node;
    ofNode[node] = place;
  }
  return { nodes, ofNode, starts };
}

/** 1 for every edge whose sender belongs to the receiver's rank or lies within the overlap [E]. */
function retainedEdges(
  graph: Graph,
  owner: Uint32Array,
  ranks: number,
  options: OverlapOptions,
): Uint8Array {
  const { overlap, position, dimensions } = options;
  if (overlap === undefined || !(overlap >= 0)) {
    throw new RangeError(`Cannot cut graph: overlap must be >= 0, received ${overlap}`);
  }
  if (
    position === undefined || dimensions === undefined ||
    position.length !== graph.nodeCount * dimensions
  ) {
    throw new TypeError(
      `Cannot cut graph: an overlap needs the positions of all ${graph.nodeCount} nodes, ` +
        `received ${position?.length ?? 0} coordinates in ${dimensions ?? "unknown"} dimensions`,
    );
  }
  const boxes = options.boxes ?? subdomainBoxes(position, dimensions, owner, ranks);
  if (boxes.low.length !== ranks * dimensions) {
    throw new TypeError(
      "Cannot cut graph: every rank needs a box, received " +
        `${boxes.low.length / dimensions} for ${ranks} ranks`,
    );
  }
  const reach = overlap * overlap;
  const retained = new Uint8Array(graph.senders.length);
  for (let node = 0; node < graph.nodeCount; node++) {
    const rank = owner[node];
    for (let e = graph.offsets[node]; e < graph.offsets[node + 1]; e++) {
      const sender = graph.senders[e];
      if (
        owner[sender] === rank ||
        squaredDistanceToBox(boxes, rank, position, dimensions, sender) <= reach
      ) {
        retained[e] = 1;
      }
    }
  }
  return retained;
}

function retainedDegrees(graph: Graph, retained: Uint8Array | undefined): Uint32Array {
  const degrees = new Uint32Array(graph.nodeCount);
  for (let node = 0; node < graph.nodeCount; node++) {
    for (let e = graph.offsets[node]; e < graph.offsets[node + 1]; e++) {
      degrees[node] += retained?.[e] ?? 1;
    }
  }
  return degrees;
}

function checkOwner(owner: Uint32Array, nodeCount: number, ranks: number): void {
  requireInteger("Cannot cut graph: ranks", ranks, 1);
  if (owner.length !== nodeCount) {
    throw new TypeError(
      `Cannot cut graph: every node needs an owner, received ${owner.length} owners for ` +
        `${nodeCount} nodes`,
    );
  }
  for (let node = 0; node < nodeCount; node++) {
    if (owner[node] >= ranks) {
      throw new RangeError(
        `Cannot cut graph: owners must be ranks 0 to ${ranks - 1}, node ${node} has owner ` +
          `${owner[node]}`,
      );
    }
  }
}
