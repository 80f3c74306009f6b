/**
 * A rank's graph on the device, cut into blocks of receivers that fit the device's caches.
 *
 * @module
 */

import type { DeviceArray } from "../../kernels/device.ts";
import type { Workspace } from "./workspace.ts";

/** What message passing needs of a rank's part of the graph; a `LocalGraph` has it all. */
export interface MessageGraph {
  /** Owned nodes: the receivers, numbered first. */
  readonly interiorCount: number;
  /** Nodes of other ranks that send to owned ones, numbered after them. */
  readonly ghostCount: number;
  /** `[interiorCount + 1]`, edges by receiver. */
  readonly offsets: Uint32Array;
  /** `[edges]`, local numbers. */
  readonly senders: Uint32Array;
}

/** Consecutive receivers with all their edges, and the same edges listed by sender for the backward pass. */
export interface ReceiverBlock {
  readonly firstReceiver: number;
  readonly receiverCount: number;
  readonly firstEdge: number;
  readonly edgeCount: number;
  /** `[receiverCount + 1]`, counted from the first edge of the graph. */
  readonly offsets: DeviceArray<"u32">;
  /** `[edgeCount]` each, local node numbers. */
  readonly senders: DeviceArray<"u32">;
  readonly receivers: DeviceArray<"u32">;
  /** Distinct senders `[targetCount]`; the edges of target t are `items[targetOffsets[t] .. targetOffsets[t + 1]]`. */
  readonly targetCount: number;
  readonly targets: DeviceArray<"u32">;
  readonly targetOffsets: DeviceArray<"u32">;
  readonly items: DeviceArray<"u32">;
}

/** A rank's graph on the device. */
export interface DeviceGraph {
  readonly interiorCount: number;
  /** Interior and ghost nodes together. */
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly blocks: readonly ReceiverBlock[];
  /** The largest block. */
  readonly maxBlockEdges: number;
  readonly maxBlockReceivers: number;
}

/**
 * Uploads `graph` into `workspace`, in blocks of about `blockEdges` edges (a receiver is never split).
 *
 * Blocks without edges are kept: their receivers still get the bias. O(N + E).
 */
export function uploadGraph(workspace: Workspace, graph: MessageGraph, blockEdges: number): DeviceGraph {
  const { interiorCount, ghostCount, offsets } = graph;
  const edgeCount = offsets[interiorCount];
  const ranges = cutReceivers(offsets, interiorCount, blockEdges);
  const lists = listBySender(graph, ranges);
  const receivers = new Uint32Array(edgeCount);
  for (let i = 0; i < interiorCount; i++) receivers.fill(i, offsets[i], offsets[i + 1]);

  const device = {
    offsets: workspace.store("graph.offsets", "u32", offsets),
    senders: workspace.store("graph.senders", "u32", graph.senders),
    receivers: workspace.store("graph.receivers", "u32", receivers),
    targets: workspace.store("graph.targets", "u32", lists.targets),
    targetOffsets: workspace.store("graph.targetOffsets", "u32", lists.targetOffsets),
    items: workspace.store("graph.items", "u32", lists.items),
  };
  let firstTarget = 0;
  const blocks = ranges.map(({ first, end }, index): ReceiverBlock => {
    const firstEdge = offsets[first], endEdge = offsets[end];
    const targetCount = lists.targetCounts[index];
    const block = {
      firstReceiver: first,
      receiverCount: end - first,
      firstEdge,
      edgeCount: endEdge - firstEdge,
      offsets: device.offsets.slice(first, end + 1),
      senders: device.senders.slice(firstEdge, endEdge),
      receivers: device.receivers.slice(firstEdge, endEdge),
      targetCount,
      targets: device.targets.slice(firstTarget, firstTarget + targetCount),
      // Each block has one offset more than targets.
      targetOffsets: device.targetOffsets.slice(firstTarget + index, firstTarget + index + targetCount + 1),
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
    maxBlockEdges: Math.max(0, ...blocks.map((block) => block.edgeCount)),
    maxBlockReceivers: Math.max(0, ...blocks.map((block) => block.receiverCount)),
  };
}

interface ReceiverRange {
  readonly first: number;
  readonly end: number;
}

/** Consecutive ranges of receivers with at most `blockEdges` edges and as many receivers each, or one receiver. */
function cutReceivers(
  offsets: Uint32Array,
  interiorCount: number,
  blockEdges: number,
): readonly ReceiverRange[] {
  const ranges: ReceiverRange[] = [];
  for (let first = 0; first < interiorCount;) {
    let end = first + 1;
    while (
      end < interiorCount && end - first < blockEdges && offsets[end + 1] - offsets[first] <= blockEdges
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

/** For each block, its edges (numbered from the block's first) grouped by sender, each group in edge order. */
function listBySender(graph: MessageGraph, ranges: readonly ReceiverRange[]): SenderLists {
  const { offsets, senders } = graph;
  const edgeCount = offsets[graph.interiorCount];
  const items = new Uint32Array(edgeCount);
  const targets = new Uint32Array(edgeCount);
  const targetOffsets = new Uint32Array(edgeCount + ranges.length);
  const targetCounts = new Uint32Array(ranges.length);
  // The slot of a sender in the present block; `stamp` tells whether the slot is of this block.
  const slot = new Uint32Array(graph.interiorCount + graph.ghostCount);
  const stamp = new Uint32Array(slot.length);
  const cursor = new Uint32Array(edgeCount);
  let targetTotal = 0;
  ranges.forEach(({ first, end }, index) => {
    const firstEdge = offsets[first], endEdge = offsets[end];
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
    for (let e = firstEdge; e < endEdge; e++) items[firstEdge + cursor[slot[senders[e]]]++] = e - firstEdge;
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
