import assert from "node:assert/strict";
import { connectivityOf, meshParts } from "../../../pipeline/graph/connectivity.ts";
import { graphFromEdges } from "../../../pipeline/graph/graph.ts";
import { disconnection, suggestedRadius } from "../../../pipeline/graph/graph_refusal.ts";
import { radiusGraph } from "../../../pipeline/graph/radius_graph.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";

const DRAW = { seed: 0, epoch: 0, mesh: "a" };

/** A grid of `count` x `count` nodes with spacings. */
function grid(count: number, dx: number, dy = dx): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: 2 * count * count }, (_, k) => {
    const node = k >> 1;
    return k % 2 === 0 ? dx * (node % count) : dy * Math.floor(node / count);
  });
}

Deno.test("connectivityOf() counts components and received edges as a search does", () => {
  for (let trial = 0; trial < 60; trial++) {
    const n = 1 + trial % 20;
    const ends = fillUniform(hash(trial, "ends"), new Float32Array(2 * (trial % 13)));
    const nodes = Array.from(ends, (value) => Math.min(n - 1, Math.floor(value * n)));
    const senders = nodes.filter((_, k) => k % 2 === 0);
    const receivers = nodes.filter((_, k) => k % 2 === 1);
    const actual = connectivityOf(graphFromEdges(n, senders, receivers), { limit: 2 });
    // Labels spread along the edges until none changes.
    const labels = [...Array(n).keys()];
    for (let pass = 0; pass < n; pass++) {
      senders.forEach((a, e) => {
        labels[a] = labels[receivers[e]] = Math.min(labels[a], labels[receivers[e]]);
      });
    }
    const sizes = [...Map.groupBy(labels, (label) => label).values()].map(({ length }) => length);
    const degrees = labels.map((_, node) => receivers.filter((other) => other === node).length)
      .sort((a, b) => a - b);
    assert.deepEqual(actual, {
      nodeCount: n,
      componentCount: sizes.length,
      largestCount: Math.max(...sizes),
      isolatedCount: n === 1 ? 0 : sizes.filter((size) => size === 1).length,
      minEdges: degrees[0],
      medianEdges: degrees[Math.ceil(n / 2) - 1],
      maxEdges: degrees[n - 1],
      fullCount: degrees.filter((degree) => degree >= 2).length,
    });
  }
});

Deno.test("connectivityOf() counts the parts of a mesh as joined", () => {
  // Two triangles, and node 6 in no cell.
  const cells = {
    connectivity: Uint32Array.of(0, 1, 2, 3, 4, 5),
    offsets: Uint32Array.of(0, 3, 6),
  };
  const joined = meshParts(7, Uint32Array.of(0, 1, 2, 3, 4, 5, 6), cells);
  assert.deepEqual(joined, [0, 3]);
  assert.deepEqual(meshParts(7, Uint32Array.of(1, 2, 5), cells), [0, 2]);
  assert.deepEqual(meshParts(7, Uint32Array.of(1, 2, 6), cells), []);
  const graph = graphFromEdges(7, [0, 1, 3, 4, 5], [1, 2, 4, 5, 6]);
  assert.equal(connectivityOf(graph).componentCount, 2);
  assert.equal(disconnection(connectivityOf(graph, { joined }), false), undefined);
});

Deno.test("disconnection() refuses graphs that carry nothing, and tolerates sparse samples", () => {
  const of = (radius: number, isSample = false) => {
    const graph = radiusGraph(grid(10, 1), 2, { radius, maxEdges: 8, ...DRAW });
    return disconnection(connectivityOf(graph), isSample);
  };
  assert.equal(of(1.1), undefined);
  assert.match(of(0.9, true) ?? "", /none of its 100 nodes has an edge/);
  const line = (edges: number) => {
    const nodes = [...Array(edges).keys()];
    return connectivityOf(graphFromEdges(100, nodes, nodes.map((node) => node + 1)));
  };
  assert.equal(disconnection(line(96), true), undefined);
  assert.equal(disconnection(line(96), false), "3 of its 100 nodes have no edge");
  assert.equal(disconnection(line(95), true), "4 of its 100 nodes have no edge");
  const pair = graphFromEdges(4, [0, 2], [1, 3]);
  const parts = "its 4 nodes form 2 separate parts, the largest with 2 nodes";
  for (const isSample of [false, true]) {
    assert.equal(disconnection(connectivityOf(pair), isSample), parts);
  }
});

Deno.test("suggestedRadius() joins the nodes in any unit, and gives their neighbours", () => {
  const options = { maxEdges: 16, isSample: false };
  assert.equal(
    suggestedRadius(grid(21, 0.05), 2, options),
    "median spacing 0.05: a radius of 0.071 gives 8 neighbours",
  );
  assert.equal(
    suggestedRadius(grid(21, 33), 2, options),
    "median spacing 33: a radius of 47 gives 8 neighbours",
  );
  // A plate 10,000 times wider than high: the radius must reach the next column.
  const thin = suggestedRadius(grid(21, 0.05, 5e-6), 2, options) ?? "";
  assert.match(
    thin,
    /^median spacing 0\.000005: a radius of 0\.0\d+ gives \d+ .*which 16 are drawn$/,
  );
  // Nodes that are stored twice have no spacing.
  const twice = Float32Array.of(...grid(5, 1), ...grid(5, 1));
  assert.match(
    suggestedRadius(twice, 2, options) ?? "",
    /^median spacing 1: a radius of 1\.5 gives 11 /,
  );
  for (const count of [1, 50]) {
    assert.equal(suggestedRadius(new Float32Array(2 * count), 2, options), undefined);
  }
});
