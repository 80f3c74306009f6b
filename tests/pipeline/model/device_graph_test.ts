import assert from "node:assert/strict";
import fc from "fast-check";
import type { DeviceArray } from "../../../kernels/device.ts";
import { ReferenceDevice } from "../../../kernels/reference_device.ts";
import { graphFromEdges } from "../../../pipeline/graph/graph.ts";
import {
  type DeviceGraph,
  type MessageGraph,
  type ReceiverBlock,
  uploadGraph,
} from "../../../pipeline/model/device_graph.ts";
import { Workspace } from "../../../pipeline/model/workspace.ts";
import { graphs } from "../../support/arbitrary_networks.ts";

const device = new ReferenceDevice();

/** A graph whose last nodes are ghosts: they send but do not receive. */
function messageGraphs(): fc.Arbitrary<MessageGraph> {
  return fc.tuple(graphs(12, 60), fc.nat(12)).map(([{ nodeCount, offsets, senders }, wanted]) => {
    const interiorCount = Math.max(nodeCount - wanted, 0);
    return {
      interiorCount,
      ghostCount: nodeCount - interiorCount,
      offsets: offsets.slice(0, interiorCount + 1),
      senders: senders.slice(0, offsets[interiorCount]),
    };
  });
}

function upload(graph: MessageGraph, blockEdges: number): DeviceGraph {
  return uploadGraph(new Workspace(device), graph, blockEdges);
}

function sendersOf({ offsets, senders }: MessageGraph, receiver: number): number[] {
  return [...senders.subarray(offsets[receiver], offsets[receiver + 1])];
}

async function numbers(array: DeviceArray<"u32">): Promise<number[]> {
  return [...await device.read(array)];
}

Deno.test("uploadGraph() puts every receiver into one block, with its edges in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      messageGraphs(),
      fc.integer({ min: 1, max: 20 }),
      async (graph, blockEdges) => {
        const { blocks, interiorCount, nodeCount, edgeCount, maxBlockEdges, maxBlockReceivers } =
          upload(
            graph,
            blockEdges,
          );
        assert.deepEqual([interiorCount, nodeCount], [
          graph.interiorCount,
          graph.interiorCount + graph.ghostCount,
        ]);
        assert.equal(edgeCount, graph.senders.length);
        const taken: number[] = [];
        let edge = 0;
        for (const block of blocks) {
          assert.deepEqual([block.firstReceiver, block.firstEdge], [taken.length, edge]);
          const [nodes, offsets, senders, receivers] = await Promise.all(
            [block.nodes, block.offsets, block.senders, block.receivers].map(numbers),
          );
          assert.deepEqual([nodes.length, offsets.length], [
            block.receiverCount,
            block.receiverCount + 1,
          ]);
          assert.deepEqual([offsets[0], offsets.at(-1)], [edge, edge + block.edgeCount]);
          const lists = nodes.map((
            node,
            k,
          ) => [node, senders.slice(offsets[k] - edge, offsets[k + 1] - edge)]);
          assert.deepEqual(lists, nodes.map((node) => [node, sendersOf(graph, node)]));
          assert.deepEqual(
            receivers,
            nodes.flatMap((node) => sendersOf(graph, node).map(() => node)),
          );
          taken.push(...nodes);
          edge += block.edgeCount;
        }
        assert.deepEqual(
          taken.toSorted((a, b) => a - b),
          Array.from({ length: interiorCount }, (_, i) => i),
        );
        assert.equal(edge, edgeCount);
        assert.equal(
          maxBlockEdges,
          Math.max(0, ...blocks.map((block) => block.edgeCount)),
        );
        assert.equal(maxBlockReceivers, Math.max(0, ...blocks.map((block) => block.receiverCount)));
      },
    ),
  );
});

Deno.test("uploadGraph() puts receivers without ghost senders into the first blocks", async () => {
  await fc.assert(
    fc.asyncProperty(
      messageGraphs(),
      fc.integer({ min: 1, max: 20 }),
      async (graph, blockEdges) => {
        const { blocks, interiorBlocks, interiorCount } = upload(graph, blockEdges);
        const nodesOf = async (part: readonly ReceiverBlock[]) =>
          (await Promise.all(part.map(({ nodes }) => numbers(nodes)))).flat();
        const hearsGhost = (node: number) =>
          sendersOf(graph, node).some((sender) => sender >= interiorCount);
        const all = Array.from({ length: interiorCount }, (_, i) => i);
        assert.deepEqual(
          await nodesOf(blocks.slice(0, interiorBlocks)),
          all.filter((node) => !hearsGhost(node)),
        );
        assert.deepEqual(await nodesOf(blocks.slice(interiorBlocks)), all.filter(hearsGhost));
      },
    ),
  );
});

Deno.test("uploadGraph() cuts blocks of the requested size; a large receiver is one block", () => {
  fc.assert(fc.property(messageGraphs(), fc.integer({ min: 1, max: 20 }), (graph, blockEdges) => {
    for (const { receiverCount, edgeCount } of upload(graph, blockEdges).blocks) {
      assert.ok(receiverCount >= 1 && receiverCount <= blockEdges);
      assert.ok(
        edgeCount <= blockEdges || receiverCount === 1,
        `${edgeCount} edges of ${receiverCount} receivers`,
      );
    }
  }));
});

Deno.test("uploadGraph() lists the edges of each block by sender, in edge order", async () => {
  await fc.assert(
    fc.asyncProperty(
      messageGraphs(),
      fc.integer({ min: 1, max: 20 }),
      async (graph, blockEdges) => {
        for (const block of upload(graph, blockEdges).blocks) {
          const [senders, targets, offsets, items] = await Promise.all(
            [block.senders, block.targets, block.targetOffsets, block.items].map(numbers),
          );
          assert.equal(targets.length, block.targetCount);
          assert.deepEqual(targets.toSorted(), [...new Set(senders)].toSorted());
          assert.equal(offsets.length, targets.length + 1);
          const lists = targets.map((
            sender,
            t,
          ) => [sender, items.slice(offsets[t], offsets[t + 1])]);
          const expected = targets.map((sender) => [
            sender,
            senders.flatMap((other, e) => other === sender ? [e] : []),
          ]);
          assert.deepEqual(lists, expected);
          assert.deepEqual([offsets[0], offsets.at(-1)], [0, block.edgeCount]);
        }
      },
    ),
  );
});

Deno.test("uploadGraph() gives a hub its own block and includes receivers without edges", () => {
  // Node 1 receives from all 6 nodes, the others from none.
  const graph = {
    ...graphFromEdges(6, [0, 1, 2, 3, 4, 5], [1, 1, 1, 1, 1, 1]),
    interiorCount: 6,
    ghostCount: 0,
  };
  const sizes = upload(graph, 2).blocks.map((
    { receiverCount, edgeCount },
  ) => [receiverCount, edgeCount]);
  assert.deepEqual(sizes, [[1, 0], [1, 6], [2, 0], [2, 0]]);
});

Deno.test("uploadGraph() of a rank without nodes has no block", () => {
  const graph = {
    interiorCount: 0,
    ghostCount: 0,
    offsets: Uint32Array.of(0),
    senders: new Uint32Array(0),
  };
  assert.deepEqual(upload(graph, 4), {
    interiorCount: 0,
    nodeCount: 0,
    edgeCount: 0,
    blocks: [],
    interiorBlocks: 0,
    maxBlockEdges: 0,
    maxBlockReceivers: 0,
  });
});
