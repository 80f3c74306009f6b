import assert from "node:assert/strict";
import fc from "fast-check";
import { NearestNodes } from "../../../pipeline/graph/nearest_nodes.ts";

/** All nodes sorted by distance, then by number: the definition. */
function bruteForce(
  position: readonly number[],
  dimensions: number,
  point: readonly number[],
  count: number,
) {
  const nodes = Array.from({ length: position.length / dimensions }, (_, node) => {
    const gaps = point.map((x, axis) => position[node * dimensions + axis] - x);
    return { node, square: gaps.reduce((sum, gap) => sum + gap * gap, 0) };
  });
  nodes.sort((a, b) => a.square - b.square || a.node - b.node);
  return nodes.slice(0, count).map(({ node }) => node);
}

Deno.test("NearestNodes equals a search through all nodes, ties included", () => {
  // Small integer coordinates give many repeated nodes and equal distances.
  const coordinate = fc.integer({ min: -6, max: 6 });
  const search = fc.integer({ min: 1, max: 3 }).chain((dimensions) =>
    fc.record({
      dimensions: fc.constant(dimensions),
      nodes: fc.array(fc.array(coordinate, { minLength: dimensions, maxLength: dimensions }), {
        minLength: 1,
        maxLength: 200,
      }),
      point: fc.array(fc.integer({ min: -8, max: 8 }), {
        minLength: dimensions,
        maxLength: dimensions,
      }),
      count: fc.integer({ min: 1, max: 9 }),
    })
  );
  fc.assert(
    fc.property(search, ({ dimensions, nodes, point, count }) => {
      const position = nodes.flat();
      const tree = new NearestNodes(position, dimensions);
      const expected = bruteForce(position, dimensions, point, count);
      assert.deepEqual(tree.nearestFew(point, count).nodes, expected);
      assert.equal(tree.nearest(point), expected[0]);
    }),
    { numRuns: 300 },
  );
});

Deno.test("NearestNodes reads few nodes, even if most are crowded into a wall layer", () => {
  // The spacing decreases geometrically: a uniform grid would put the layer into one cell.
  const nodeCount = 20_000;
  const position = new Float64Array(nodeCount * 2);
  let reads = 0;
  for (let node = 0; node < nodeCount; node++) {
    position[node * 2] = (node * 0.754877666) % 1;
    position[node * 2 + 1] = 10 ** (-8 * ((node * 0.569840291) % 1));
  }
  const counted = new Proxy(position, {
    get(target, key) {
      reads++;
      return Reflect.get(target, key);
    },
  });
  const tree = new NearestNodes(counted, 2);
  reads = 0;
  const queries = 200;
  for (let k = 0; k < queries; k++) tree.nearest([(k * 0.618) % 1, 1e-6 * k]);
  assert.ok(
    reads / queries < 2_000,
    `${reads / queries} coordinates per query of ${nodeCount} nodes`,
  );
});

Deno.test("NearestNodes returns distances and refuses an empty mesh", () => {
  const { nodes, distances } = new NearestNodes([0, 0, 3, 4], 2).nearestFew([0, 0], 5);
  assert.deepEqual([nodes, distances], [[0, 1], [0, 5]]);
  assert.throws(() => new NearestNodes([], 2), /\[N, 2\] with N > 0, received 0 values/);
});
