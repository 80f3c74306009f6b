import assert from "node:assert/strict";
import fc from "fast-check";
import {
  edgesBySender,
  graphFromEdges,
  inDegrees,
  receiversOf,
} from "../../../pipeline/graph/graph.ts";
import { edgeLists } from "./arbitrary_edges.ts";

Deno.test("graphFromEdges() holds every edge, in order per receiver", () => {
  fc.assert(fc.property(edgeLists(), ({ nodeCount, senders, receivers }) => {
    const graph = graphFromEdges(nodeCount, senders, receivers);
    for (let node = 0; node < nodeCount; node++) {
      const expected = senders.filter((_, e) => receivers[e] === node);
      assert.deepEqual(
        [...graph.senders.subarray(graph.offsets[node], graph.offsets[node + 1])],
        expected,
      );
    }
    assert.equal(graph.offsets[nodeCount], senders.length);
    assert.deepEqual([...receiversOf(graph)], receivers.toSorted((a, b) => a - b));
    assert.deepEqual(
      [...inDegrees(graph)],
      Array.from(
        { length: nodeCount },
        (_, node) => receivers.filter((receiver) => receiver === node).length,
      ),
    );
  }));
});

Deno.test("graphFromEdges() handles graphs without nodes and nodes without edges", () => {
  assert.deepEqual(graphFromEdges(0, [], []), {
    nodeCount: 0,
    offsets: Uint32Array.of(0),
    senders: new Uint32Array(0),
  });
  assert.deepEqual([...graphFromEdges(2, [], []).offsets], [0, 0, 0]);
});

Deno.test("graphFromEdges() refuses edges of nodes that do not exist", () => {
  assert.throws(() => graphFromEdges(3, [0, 3], [1, 1]), {
    name: "RangeError",
    message: "Cannot build graph: nodes must be numbers from 0 to 2, edge 1 has sender 3",
  });
  assert.throws(() => graphFromEdges(3, [0], [-1]), /edge 0 has receiver -1/);
  assert.throws(() => graphFromEdges(3, [0.5], [1]), /edge 0 has sender 0.5/);
  assert.throws(() => graphFromEdges(3, [0], []), TypeError);
});

Deno.test("edgesBySender() lists every edge once, ascending per sender", () => {
  fc.assert(fc.property(edgeLists(), ({ nodeCount, senders, receivers }) => {
    const graph = graphFromEdges(nodeCount, senders, receivers);
    const { offsets, edges } = edgesBySender(graph.senders, nodeCount);
    for (let node = 0; node < nodeCount; node++) {
      const expected = [...graph.senders.keys()].filter((e) => graph.senders[e] === node);
      assert.deepEqual([...edges.subarray(offsets[node], offsets[node + 1])], expected);
    }
  }));
});
