/**
 * A rank's graph on the device, cut into blocks of receivers that fit the device's caches.
 *
 * @module
 */

import type { DeviceArray } from "../../kernels/device.ts";
import type { Workspace } from "./workspace.ts";

/** A rank's part of a graph for message passing; every `LocalGraph` is one. */
export interface MessageGraph {
  /** The number of owned nodes: the receivers, numbered first. */
  readonly interiorCount: number;
  /** The number of nodes of other ranks that send to owned ones; numbered after them. */
  readonly ghostCount: number;
  /** First edge of every receiver, and the edge count at the end `[interiorCount + 1]`. */
  readonly offsets: Uint32Array;
  /** Sender of every edge `[edges]`, local numbers. */
  readonly senders: Uint32Array;
}

/** Receivers with all their edges, and the same edges listed by sender for the backward pass. */
export interface ReceiverBlock {
  /** The number of receivers in the blocks before this one. */
  readonly firstReceiver: number;
  readonly receiverCount: number;
  /** The number of edges in the blocks before this one. */
  readonly firstEdge: number;
  readonly edgeCount: number;
  /** `[receiverCount]`, local node numbers, ascending. */
  readonly nodes: DeviceArray<"u32">;
  /** `[receiverCount + 1]`, counted from the first edge of the first block. */
  readonly offsets: DeviceArray<"u32">;
  /** `[edgeCount]` each, local node numbers. */
  readonly senders: DeviceArray<"u32">;
  readonly receivers: DeviceArray<"u32">;
  /** The number of distinct senders. */
  readonly targetCount: number;
  /** Distinct senders `[targetCount]`, local node numbers. */
  readonly targets: DeviceArray<"u32">;
  /** First item of each target, and the edge count at the end `[targetCount + 1]`. */
  readonly targetOffsets: DeviceArray<"u32">;
  /** Edges of the block by target, in edge order `[edgeCount]`; 0 is its first edge. */
  readonly items: DeviceArray<"u32">;
}

/** A rank's graph on the device. */
export interface DeviceGraph {
  readonly interiorCount: number;
  /** The number of interior and ghost nodes. */
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly blocks: readonly ReceiverBlock[];
  /** The number of leading blocks that no ghost sends to: they need not wait for the halo. */
  readonly interiorBlocks: number;
  /** Edges of the block with the most edges. */
  readonly maxBlockEdges: number;
  /** Receivers of the block with the most receivers. */
  readonly maxBlockReceivers: number;
}

/** "interior": the blocks that no ghost sends to; "boundary": the others. */
export type GraphPart = "interior" | "boundary";

/** The blocks of a part in order, each with its number. */
export function* blocksOf(
  { blocks, interiorBlocks }: DeviceGraph,
  part: GraphPart,
): Generator<readonly [number, ReceiverBlock]> {
  const first = part === "interior" ? 0 : interiorBlocks;
  const end = part === "interior" ? interiorBlocks : blocks.length;
  for (let index = first; index < end; index++) yield [index, blocks[index]];
}

/**
 * Uploads `graph` into `workspace` in blocks of at most `blockEdges` edges: first the receivers
 * that no ghost sends to, then the others. A receiver is never split, so one with more edges is a
 * block.
 *
 * Receivers without edges are in blocks too: they receive the bias. O(N + E).
 */
export function uploadGraph(
  workspace: Workspace,
  graph: MessageGraph,
  blockEdges: number,
): DeviceGraph {
  const { interiorCount, ghostCount } = graph;
  const { nodes, withoutGhosts, offsets, senders, receivers } = orderReceivers(graph);
  const edgeCount = senders.length;
  const interiorRanges = cutReceivers(offsets, 0, withoutGhosts, blockEdges);
  const ranges = [
    ...interiorRanges,
    ...cutReceivers(offsets, withoutGhosts, interiorCount, blockEdges),
  ];
  const ordered = {
    nodes: workspace.store("graph.nodes", "u32", nodes),
    offsets: workspace.store("graph.offsets", "u32", offsets),
    senders: workspace.store("graph.senders", "u32", senders),
    receivers: workspace.store("graph.receivers", "u32", receivers),
  };
  const lists = listBySender(offsets, senders, interiorCount + ghostCount, ranges);
  const device = {
    ...ordered,
    targets: workspace.store("graph.targets", "u32", lists.targets),
    targetOffsets: workspace.store("graph.targetOffsets", "u32", lists.targetOffsets),
    items: workspace.store("graph.items", "u32", lists.items),
  };
  let firstTarget = 0;
  const blocks = ranges.map(({ first, end }, index): ReceiverBlock => {
    const firstEdge = offsets[first];
    const endEdge = offsets[end];
    const targetCount = lists.targetCounts[index];
    const block = {
      firstReceiver: first,
      receiverCount: end - first,
      firstEdge,
      edgeCount: endEdge - firstEdge,
      nodes: device.nodes.slice(first, end),
      offsets: device.offsets.slice(first, end + 1),
      senders: device.senders.slice(firstEdge, endEdge),
      receivers: device.receivers.slice(firstEdge, endEdge),
      targetCount,
      targets: device.targets.slice(firstTarget, firstTarget + targetCount),
      // Each block has one offset more than targets.
      targetOffsets: device.targetOffsets.slice(
        firstTarget + index,
        firstTarget + index + targetCount + 1,
      ),
      items: device.items.slice(firstEdge, endEdge),
    };
    firstTarget += targetCount;
    return block;
  });
  return {
    interiorCount,
    nodeCount: interiorCount + ghostCount,
    edgeCount,
    blocks,
    interiorBlocks: interiorRanges.length,
    maxBlockEdges: Math.max(0, ...blocks.map((block) => block.edgeCount)),
    maxBlockReceivers: Math.max(0, ...blocks.map((block) => block.receiverCount)),
  };
}

/** The edges of a graph by receiver, with the receivers in the order of the blocks. */
interface OrderedReceivers {
  /**
   * `[interior]`, local node numbers: those without ghost senders ascending, then the others
   * ascending.
   */
  readonly nodes: Uint32Array<ArrayBuffer>;
  /** The number of receivers without ghost senders. */
  readonly withoutGhosts: number;
  /** First edge of each of `nodes`, and the edge count at the end `[interior + 1]`. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** `[edges]` each, local node numbers; per receiver in the order of the graph. */
  readonly senders: Uint32Array<ArrayBuffer>;
  readonly receivers: Uint32Array<ArrayBuffer>;
}

function orderReceivers({ interiorCount, offsets, senders }: MessageGraph): OrderedReceivers {
  const sendersOf = (i: number) => senders.subarray(offsets[i], offsets[i + 1]);
  const withoutGhosts: number[] = [];
  const withGhosts: number[] = [];
  for (let i = 0; i < interiorCount; i++) {
    const hasGhost = sendersOf(i).some((sender) => sender >= interiorCount);
    (hasGhost ? withGhosts : withoutGhosts).push(i);
  }
  const ordered = {
    nodes: Uint32Array.from([...withoutGhosts, ...withGhosts]),
    withoutGhosts: withoutGhosts.length,
    offsets: new Uint32Array(interiorCount + 1),
    senders: new Uint32Array(offsets[interiorCount]),
    receivers: new Uint32Array(offsets[interiorCount]),
  };
  ordered.nodes.forEach((node, k) => {
    const first = ordered.offsets[k];
    const end = first + offsets[node + 1] - offsets[node];
    ordered.offsets[k + 1] = end;
    ordered.senders.set(sendersOf(node), first);
    ordered.receivers.fill(node, first, end);
  });
  return ordered;
}

interface ReceiverRange {
  readonly first: number;
  readonly end: number;
}

/**
 * Cuts the receivers `[start, stop)` into ranges of at most `blockEdges` edges and `blockEdges`
 * receivers; a receiver with more edges is a range.
 */
function cutReceivers(
  offsets: Uint32Array,
  start: number,
  stop: number,
  blockEdges: number,
): readonly ReceiverRange[] {
  const ranges: ReceiverRange[] = [];
  for (let first = start; first < stop;) {
    let end = first + 1;
    while (
      end < stop && end - first < blockEdges && offsets[end + 1] - offsets[first] <= blockEdges
    ) end++;
    ranges.push({ first, end });
    first = end;
  }
  return ranges;
}

interface SenderLists {
  readonly targetCounts: Uint32Array;
  readonly targets: Uint32Array;
  readonly targetOffsets: Uint32Array;
  readonly items: Uint32Array;
}

/** The edges of each block grouped by sender, each group in edge order. */
function listBySender(
  offsets: Uint32Array,
  senders: Uint32Array,
  nodeCount: number,
  ranges: readonly ReceiverRange[],
): SenderLists {
  const edgeCount = senders.length;
  const items = new Uint32Array(edgeCount);
  const targets = new Uint32Array(edgeCount);
  const targetOffsets = new Uint32Array(edgeCount + ranges.length);
  const targetCounts = new Uint32Array(ranges.length);
  // Number of a sender among the targets of the current block; valid if `stamp` is that of the
  // block.
  const slot = new Uint32Array(nodeCount);
  const stamp = new Uint32Array(slot.length);
  const cursor = new Uint32Array(edgeCount);
  let targetTotal = 0;
  ranges.forEach(({ first, end }, index) => {
    const firstEdge = offsets[first];
    const endEdge = offsets[end];
    let count = 0;
    const blockOffsets = targetOffsets.subarray(targetTotal + index);
    for (let e = firstEdge; e < endEdge; e++) {
      const j = senders[e];
      if (stamp[j] !== index + 1) {
        stamp[j] = index + 1;
        slot[j] = count;
        targets[targetTotal + count++] = j;
      }
      blockOffsets[slot[j] + 1]++;
    }
    for (let t = 0; t < count; t++) {
      blockOffsets[t + 1] += blockOffsets[t];
      cursor[t] = blockOffsets[t];
    }
    for (let e = firstEdge; e < endEdge; e++) {
      items[firstEdge + cursor[slot[senders[e]]]++] = e - firstEdge;
    }
    targetCounts[index] = count;
    targetTotal += count;
  });
  return {
    targetCounts,
    targets: targets.subarray(0, targetTotal),
    targetOffsets: targetOffsets.subarray(0, targetTotal + ranges.length),
    items,
  };
}
