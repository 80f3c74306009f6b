import assert from "node:assert/strict";
import { expectedEdges } from "../../../pipeline/graph/expected_edges.ts";
import { inDegrees } from "../../../pipeline/graph/graph.ts";
import { partitionNodes } from "../../../pipeline/graph/partition_nodes.ts";
import { radiusGraph } from "../../../pipeline/graph/radius_graph.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";
import { sampleNodes } from "../../../pipeline/graph/sampling.ts";

const draw = { seed: 3, epoch: 0, mesh: "m" };

/** Nodes with a density of 1 / r², some of them at equal positions. */
function unevenPositions(nodeCount: number, dimensions: number): Float32Array {
  const position = fillUniform(hash(5, dimensions), new Float32Array(nodeCount * dimensions));
  for (let node = 0; node < nodeCount; node++) {
    const scale = node < 20 ? 0 : 10 ** (-3 * node / nodeCount);
    for (let d = 0; d < dimensions; d++) position[node * dimensions + d] *= scale;
  }
  return position;
}

for (const dimensions of [1, 2, 3]) {
  for (const [radius, maxEdges] of [[0.05, 1000], [0.05, 12], [3, 5], [1e-6, 64]]) {
    Deno.test(
      `expectedEdges() of all nodes equals the graph: ${dimensions}-D, radius ${radius}, ` +
        `maximum ${maxEdges}`,
      () => {
        const position = unevenPositions(900, dimensions);
        const graph = radiusGraph(position, dimensions, { radius, maxEdges, ...draw });
        const expected = expectedEdges(position, dimensions, {
          radius,
          maxEdges,
          sampledNodes: Infinity,
        });
        assert.deepEqual([...expected], [...inDegrees(graph)]);
      },
    );
  }
}

Deno.test("expectedEdges() of a sample is the mean over many samples", () => {
  const nodeCount = 300, sampledNodes = 60, radius = 0.3, epochs = 400;
  const position = fillUniform(hash(6), new Float32Array(2 * nodeCount));
  const expected = expectedEdges(position, 2, { radius, maxEdges: 1000, sampledNodes });
  const sums = new Float64Array(nodeCount), counts = new Float64Array(nodeCount);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const nodes = sampleNodes(nodeCount, sampledNodes, { ...draw, epoch });
    const sampled = Float32Array.from(
      [...nodes].flatMap((node) => [position[2 * node], position[2 * node + 1]]),
    );
    const degrees = inDegrees(
      radiusGraph(sampled, 2, { radius, maxEdges: 1000, ...draw, epoch, nodes }),
    );
    nodes.forEach((node, k) => {
      sums[node] += degrees[k];
      counts[node]++;
    });
  }
  // Each node is in about 80 samples; the variance of its degree is at most its mean.
  for (let node = 0; node < nodeCount; node++) {
    const deviation = Math.sqrt(expected[node] / counts[node]);
    assert.ok(Math.abs(sums[node] / counts[node] - expected[node]) < 6 * deviation, `node ${node}`);
  }
});

Deno.test("expectedEdges() handles 0 nodes, 1 node, and a sample of 1 node", () => {
  const plan = { radius: 1, maxEdges: 4, sampledNodes: 1 };
  assert.deepEqual([...expectedEdges(new Float32Array(0), 2, plan)], []);
  assert.deepEqual([...expectedEdges(Float32Array.of(1, 2), 2, plan)], [0]);
  assert.deepEqual([...expectedEdges(Float32Array.of(1, 2, 1, 2), 2, plan)], [0, 0]);
});

Deno.test(
  "parts balanced by expected edges have equal costs on an uneven mesh, those by node " +
    "counts do not",
  () => {
    const position = unevenPositions(20_000, 2), parts = 6, nodeCost = 10;
    const rule = { radius: 0.004, maxEdges: 32 };
    const degrees = inDegrees(radiusGraph(position, 2, { ...rule, ...draw }));
    const weights = expectedEdges(position, 2, { ...rule, sampledNodes: Infinity }).map((edges) =>
      nodeCost + edges
    );
    const imbalance = (owner: Uint32Array) => {
      const costs = new Float64Array(parts);
      owner.forEach((part, node) => costs[part] += nodeCost + degrees[node]);
      return Math.max(...costs) * parts / costs.reduce((sum, cost) => sum + cost);
    };
    assert.ok(imbalance(partitionNodes(position, 2, parts)) > 1.2);
    assert.ok(imbalance(partitionNodes(position, 2, parts, { weights })) < 1.005);
  },
);
