import assert from "node:assert/strict";
import fc from "fast-check";
import type { DeviceArray } from "../../../kernels/device.ts";
import { ReferenceDevice } from "../../../kernels/reference_device.ts";
import { inMemoryPeers } from "../../../pipeline/engine/channels/peers.ts";
import { graphFromEdges } from "../../../pipeline/graph/graph.ts";
import { type LocalGraph, localGraphs } from "../../../pipeline/graph/local_graph.ts";
import { fillNormal, hash } from "../../../pipeline/graph/random.ts";
import {
  type HaloExchange,
  NO_HALO,
  RankHalo,
  type RowMessages,
} from "../../../pipeline/model/halo.ts";
import { PeerMessages } from "../../../pipeline/training/peer_messages.ts";
import { graphs } from "../../support/arbitrary_networks.ts";
import { within } from "../../support/exactness.ts";

const WIDTH = 3;
/** Float32 sums of at most 11 ghosts per node, of products of normal numbers. */
const ADJOINT_LIMIT = 1e-5;

const device = new ReferenceDevice();

/** Local graphs of any cut onto up to 8 ranks. */
function cuts(): fc.Arbitrary<LocalGraph[]> {
  return fc.tuple(graphs(12, 50), fc.integer({ min: 1, max: 8 })).chain(([graph, ranks]) =>
    fc.array(fc.nat(ranks - 1), { minLength: graph.nodeCount, maxLength: graph.nodeCount })
      .map((owner) => localGraphs(graph, Uint32Array.from(owner), ranks))
  );
}

/** Calls a halo operation on all ranks, on `values[rank]` `[nodes, width]`; returns the results. */
async function exchange(
  locals: readonly LocalGraph[],
  values: readonly Float32Array[],
  operation: (halo: HaloExchange, array: DeviceArray<"f32">) => Promise<void>,
  messagesOf: (messages: RowMessages, rank: number) => RowMessages = (messages) => messages,
): Promise<Float32Array[]> {
  return await Promise.all(
    inMemoryPeers(locals.length).map(async (peers, rank) => {
      const halo = new RankHalo(device, messagesOf(new PeerMessages(peers), rank));
      halo.setPlan(locals[rank]);
      const array = device.upload(values[rank]);
      await operation(halo, array);
      return await device.read(array) as Float32Array;
    }),
  );
}

Deno.test("updateGhosts() fills each ghost from its owner and no interior row", async () => {
  await fc.assert(fc.asyncProperty(cuts(), async (locals) => {
    const numbered = locals.map(({ nodes }) => Float32Array.from(nodes, (node) => node + 1));
    const given = numbered.map((values, rank) =>
      values.map((value, k) => k < locals[rank].interiorCount ? value : NaN)
    );
    const after = await exchange(locals, given, (halo, array) => halo.updateGhosts(array, 1));
    assert.deepEqual(after, numbered);
  }));
});

Deno.test("accumulateGhosts() is the adjoint of updateGhosts()", async () => {
  await fc.assert(fc.asyncProperty(cuts(), fc.nat(1_000_000), async (locals, seed) => {
    const normal = (name: string) =>
      locals.map(({ nodes, rank }) =>
        fillNormal(hash(seed, name, rank), new Float32Array(nodes.length * WIDTH))
      );
    // A maps interior rows to interior and ghost rows.
    const x = normal("x");
    const y = normal("y");
    const ax = await exchange(locals, x, (halo, array) => halo.updateGhosts(array, WIDTH));
    const aty = await exchange(locals, y, (halo, array) => halo.accumulateGhosts(array, WIDTH));
    const dot = (a: Float32Array[], b: Float32Array[], rows: (local: LocalGraph) => number) =>
      locals.reduce((sum, local, rank) => {
        for (let k = 0; k < rows(local) * WIDTH; k++) sum += a[rank][k] * b[rank][k];
        return sum;
      }, 0);
    const forward = dot(ax, y, ({ nodes }) => nodes.length);
    const backward = dot(x, aty, ({ interiorCount }) => interiorCount);
    within(Math.abs(forward - backward), ADJOINT_LIMIT, "difference of the dot products");
  }));
});

/**
 * Calls a halo operation on the two ranks of one edge, from node 0 to node 1; returns the actions
 * of each rank, in order.
 */
async function eventsOf(
  operation: (
    halo: HaloExchange,
    array: DeviceArray<"f32">,
    meanwhile: () => void,
  ) => Promise<void>,
): Promise<string[][]> {
  const locals = localGraphs(graphFromEdges(2, [0], [1]), Uint32Array.of(0, 1), 2);
  const events: string[][] = [[], []];
  await Promise.all(
    inMemoryPeers(2).map(async (peers, rank) => {
      const messages = new PeerMessages(peers);
      const halo = new RankHalo(device, {
        send: (to, rows, width) => {
          events[rank].push("send");
          return messages.send(to, rows, width);
        },
        receive: (from, count, width) => {
          events[rank].push("receive");
          return messages.receive(from, count, width);
        },
      });
      halo.setPlan(locals[rank]);
      const array = device.upload(new Float32Array(locals[rank].nodes.length));
      await operation(halo, array, () => events[rank].push("compute"));
    }),
  );
  return events;
}

Deno.test("a halo sends, calls meanwhile, and then receives", async () => {
  assert.deepEqual(
    await eventsOf((halo, array, meanwhile) => halo.updateGhosts(array, 1, meanwhile)),
    [
      ["send", "compute"],
      ["compute", "receive"],
    ],
  );
  assert.deepEqual(
    await eventsOf((halo, array, meanwhile) => halo.accumulateGhosts(array, 1, meanwhile)),
    [
      ["compute", "receive"],
      ["send", "compute"],
    ],
  );
});

Deno.test("the halo of a single rank calls meanwhile immediately", async () => {
  for (const operation of Object.values(NO_HALO) as HaloExchange["updateGhosts"][]) {
    let calls = 0;
    await operation(device.upload(Float32Array.of(1)), 1, () => calls++);
    await operation(device.upload(Float32Array.of(1)), 1);
    assert.equal(calls, 1);
  }
});

Deno.test("accumulateGhosts() adds in rank order, whatever the order of arrival", async () => {
  // Node 0 on rank 0 sends to one node of each other rank.
  const graph = graphFromEdges(4, [0, 0, 0], [1, 2, 3]);
  const locals = localGraphs(graph, Uint32Array.of(0, 1, 2, 3), 4);
  // In rank order float32 loses the 1: (1e8 + 1) - 1e8 is 0. In an order with 1 last, it is 1.
  const values = [[0], [0, 1e8], [0, 1], [0, -1e8]].map((rows) => Float32Array.from(rows));
  for (const arrival of [[1, 2, 3], [3, 1, 2], [3, 2, 1], [2, 3, 1]]) {
    const delayed = (messages: RowMessages, rank: number): RowMessages => ({
      send: async (to, rows, width) => {
        const copy = rows.slice();
        await new Promise((resolve) => setTimeout(resolve, 4 * arrival.indexOf(rank)));
        await messages.send(to, copy, width);
      },
      receive: (from, count, width) => messages.receive(from, count, width),
    });
    const [first] = await exchange(
      locals,
      values,
      (halo, array) => halo.accumulateGhosts(array, 1),
      delayed,
    );
    assert.deepEqual([...first], [0], `arrival ${arrival}`);
  }
});

Deno.test("PeerMessages refuse a message of the wrong size", async () => {
  const [first, second] = inMemoryPeers(2).map((peers) => new PeerMessages(peers));
  await first.send(1, Float32Array.of(1, 2, 3, 4), 2);
  await assert.rejects(second.receive(0, 3, 2), {
    name: "TypeError",
    message: /halo of rank 0: expected 3 rows of 2 values, received 4/,
  });
});

Deno.test("PeerMessages count the sent messages", async () => {
  const [first, second] = inMemoryPeers(2).map((peers) => new PeerMessages(peers));
  await first.send(1, new Float32Array(2000), 2);
  assert.equal((await second.receive(0, 1000, 2)).length, 2000);
  assert.ok(first.sentBytes >= 8000 && first.sentBytes < 9500, `${first.sentBytes} bytes`);
  assert.equal(second.sentBytes, 0);
});
