import assert from "node:assert/strict";
import { connectNodes } from "../../../pipeline/graph/edge_rule.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";
import { sampleNodes } from "../../../pipeline/graph/sampling.ts";
import { spatialOrder } from "../../../pipeline/graph/spatial_order.ts";
import { stratifiedGroups, stratifiedNodes } from "../../../pipeline/graph/stratified_sampling.ts";

/** Random positions in the unit square. */
function scatter(count: number, seed: number, dimensions = 2): Float32Array {
  return fillUniform(hash(seed, "scatter"), new Float32Array(count * dimensions));
}

Deno.test("spatialOrder() is a permutation that keeps neighbours together", () => {
  for (const dimensions of [1, 2, 3]) {
    for (const count of [0, 1, 2, 3, 5, 97]) {
      const ranks = spatialOrder(scatter(count, 1, dimensions), dimensions);
      assert.deepEqual([...ranks].sort((a, b) => a - b), [...Array(count).keys()]);
    }
  }
  assert.deepEqual([...spatialOrder(new Float32Array(8), 2)], [0, 1, 2, 3], "equal places");
  // Any 64 consecutive ranks of 4,096 nodes fill a 64th of the square.
  const position = scatter(4096, 2);
  const ranks = spatialOrder(position, 2);
  const nodeOf = new Uint32Array(4096);
  ranks.forEach((rank, node) => nodeOf[rank] = node);
  for (let start = 0; start < 4096; start += 64) {
    const nodes = [...nodeOf.subarray(start, start + 64)];
    const extents = [0, 1].map((axis) => {
      const values = nodes.map((node) => position[2 * node + axis]);
      return Math.max(...values) - Math.min(...values);
    });
    assert.ok(Math.max(...extents) < 0.25, `${extents}`);
  }
});

Deno.test("stratifiedNodes() draws one node of each stratum, every node equally often", () => {
  const [nodeCount, sampleCount, draws] = [37, 10, 4000];
  const ranks = spatialOrder(scatter(nodeCount, 3), 2);
  const counts = new Float64Array(nodeCount);
  for (let epoch = 0; epoch < draws; epoch++) {
    const nodes = stratifiedNodes(ranks, sampleCount, { seed: 1, epoch, mesh: "a" });
    assert.ok(nodes.every((node, k) => k === 0 || nodes[k - 1] < node));
    const drawn = [...nodes].map((node) => ranks[node]).sort((a, b) => a - b);
    const gaps = drawn.map((rank, k) => (k < 9 ? drawn[k + 1] : drawn[0] + nodeCount) - rank);
    assert.equal(nodes.length, sampleCount);
    assert.ok(Math.max(...gaps) <= 7, "two strata of four at most");
    for (const node of nodes) counts[node]++;
  }
  const expected = draws * sampleCount / nodeCount;
  const square = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(square < 67, `chi-square of 36 degrees of freedom: ${square}`);
  const all = { seed: 1, epoch: 0, mesh: 0 };
  assert.deepEqual([...stratifiedNodes(ranks, 99, all)], [...Array(nodeCount).keys()]);
  assert.throws(() => stratifiedNodes(ranks, 0, all), RangeError);
});

Deno.test("stratifiedNodes() makes means of a smooth field less noisy than uniform draws", () => {
  const position = scatter(2000, 4);
  const ranks = spatialOrder(position, 2);
  const field = (node: number) => Math.sin(3 * position[2 * node]) + position[2 * node + 1];
  const deviation = (draw: (epoch: number) => Uint32Array) => {
    const means = Array.from({ length: 200 }, (_, epoch) => {
      const nodes = draw(epoch);
      return nodes.reduce((sum, node) => sum + field(node), 0) / nodes.length;
    });
    const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
    return Math.sqrt(means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / means.length);
  };
  const stratified = deviation((epoch) => stratifiedNodes(ranks, 100, { seed: 0, epoch, mesh: 0 }));
  const uniform = deviation((epoch) => sampleNodes(2000, 100, { seed: 0, epoch, mesh: 0 }));
  assert.ok(stratified < uniform / 3, `${stratified} and ${uniform}`);
});

Deno.test("stratifiedGroups() hold every node once, and one node of each stratum", () => {
  for (const [nodeCount, groupSize] of [[0, 4], [1, 4], [16, 4], [37, 10], [37, 1], [37, 40]]) {
    const ranks = spatialOrder(scatter(nodeCount, 5), 2);
    const groups = stratifiedGroups(ranks, groupSize, { seed: 2, round: 1, mesh: "a" });
    const nodes = groups.flatMap((group) => [...group]);
    assert.deepEqual(nodes.sort((a, b) => a - b), [...Array(nodeCount).keys()]);
    const sizes = groups.map(({ length }) => length);
    if (nodeCount === 0) continue;
    assert.equal(groups.length, Math.ceil(nodeCount / groupSize));
    assert.ok(Math.max(...sizes) <= groupSize && Math.max(...sizes) - Math.min(...sizes) <= 1);
    for (const group of groups) {
      const drawn = [...group].map((node) => ranks[node]).sort((a, b) => a - b);
      const gaps = drawn.slice(1).map((rank, k) => rank - drawn[k]);
      assert.ok(gaps.every((gap) => gap < 2 * groups.length), `${gaps}`);
    }
  }
});

Deno.test("Stratified edges are every (count / maximum)-th neighbour along the order", () => {
  const position = scatter(300, 6);
  const ranks = spatialOrder(position, 2);
  const rule = { edges: "radius", radius: 0.2, draw: "stratified" } as const;
  const purpose = { seed: 0, epoch: 3, mesh: "a" };
  const all = connectNodes(position, 2, { ...rule, maxEdges: 300 }, purpose);
  const some = connectNodes(position, 2, { ...rule, maxEdges: 7 }, { ...purpose, ranks });
  const counts = new Float64Array(7);
  for (let node = 0; node < 300; node++) {
    const of = (graph: typeof all) => [
      ...graph.senders.subarray(graph.offsets[node], graph.offsets[node + 1]),
    ];
    const candidates = of(all).sort((a, b) => ranks[a] - ranks[b]);
    const drawn = of(some);
    assert.equal(drawn.length, Math.min(7, candidates.length));
    const places = drawn.map((sender) => candidates.indexOf(sender)).sort((a, b) => a - b);
    const step = candidates.length / 7;
    if (step <= 1) continue;
    for (const [k, place] of places.entries()) {
      assert.ok(place >= 0 && Math.abs(place - places[0] - k * step) < 1, `${places}`);
      if (k > 0) assert.ok(place > places[k - 1]);
    }
    counts[Math.floor(7 * places[0] / step)]++;
  }
  assert.ok(counts.every((count) => count >= 5), `starts differ: ${counts}`);
  // The order of a part of the mesh selects the same senders: only its sequence matters.
  const scaled = ranks.map((rank) => 5 * rank + 3);
  const again = connectNodes(position, 2, { ...rule, maxEdges: 7 }, { ...purpose, ranks: scaled });
  assert.deepEqual(again.senders, some.senders);
});
