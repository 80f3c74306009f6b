import assert from "node:assert/strict";
import fc from "fast-check";
import { nearestGraph } from "../../../pipeline/graph/nearest_graph.ts";
import { fillUniform, hash, keyedUniform } from "../../../pipeline/graph/random.ts";

/** Senders of every node: all others sorted by distance, then number. */
function expectedSenders(
  position: Float32Array,
  dimensions: number,
  maxEdges: number,
  radius: number,
) {
  const nodes = Array.from({ length: position.length / dimensions }, (_, node) => node);
  const squared = (a: number, b: number) =>
    [0, 1, 2].slice(0, dimensions).reduce(
      (sum, d) => sum + (position[a * dimensions + d] - position[b * dimensions + d]) ** 2,
      0,
    );
  return nodes.map((receiver) =>
    nodes.filter((node) => node !== receiver && squared(receiver, node) <= radius ** 2)
      .sort((a, b) => squared(receiver, a) - squared(receiver, b) || a - b)
      .slice(0, maxEdges)
      .sort((a, b) => a - b)
  );
}

function sendersOf(
  position: Float32Array,
  dimensions: number,
  options: { maxEdges: number; radius?: number | undefined },
) {
  const { nodeCount, offsets, senders } = nearestGraph(position, dimensions, options);
  assert.equal(nodeCount, position.length / dimensions);
  return Array.from(
    { length: nodeCount },
    (_, k) => [...senders.subarray(offsets[k], offsets[k + 1])],
  );
}

/**
 * Points: uniform; on a lattice, where points and distances repeat; or graded, with distances that
 * span five powers of ten.
 */
function points(
  kind: "uniform" | "lattice" | "graded",
  count: number,
  dimensions: number,
  seed: number,
) {
  const uniform = fillUniform(hash(seed, "points"), new Float32Array(count * dimensions));
  if (kind === "uniform") return uniform;
  if (kind === "lattice") return uniform.map((x) => Math.round(x * 4) / 4);
  const scale = (node: number) => 10 ** (-5 * keyedUniform(hash(seed, "scales"), node));
  return uniform.map((x, k) => (x - 0.5) * scale(Math.floor(k / dimensions)));
}

Deno.test(
  "nearestGraph() equals sorting all pairs, with ties, bounds and more edges than nodes",
  () => {
    fc.assert(
      fc.property(
        fc.record({
          count: fc.nat(120),
          dimensions: fc.integer({ min: 1, max: 3 }),
          kind: fc.constantFrom("uniform", "lattice", "graded"),
          seed: fc.nat(1000),
          maxEdges: fc.constantFrom(1, 2, 5, 16, 119, 500),
          radius: fc.constantFrom(1e-4, 0.25, 0.5, Infinity),
        }),
        ({ count, dimensions, kind, seed, maxEdges, radius }) => {
          const position = points(kind, count, dimensions, seed);
          const options = { maxEdges, radius };
          assert.deepEqual(
            sendersOf(position, dimensions, options),
            expectedSenders(position, dimensions, maxEdges, radius),
          );
        },
      ),
      { numRuns: 150 },
    );
  },
);

Deno.test("nearestGraph() of 20,000 equal positions does not compare all pairs", () => {
  const start = performance.now();
  const { offsets, senders } = nearestGraph(new Float32Array(60_000), 3, { maxEdges: 3 });
  const receiver = 10_000;
  assert.deepEqual([...senders.subarray(offsets[receiver], offsets[receiver + 1])], [0, 1, 2]);
  assert.deepEqual([...senders.subarray(offsets[1], offsets[2])], [0, 2, 3]);
  // Takes 0.1 s; all pairs would take more than 10 s.
  assert.ok(performance.now() - start < 5000);
});

Deno.test("nearestGraph() refuses invalid radii and counts", () => {
  const position = Float32Array.of(0, 1);
  for (const radius of [0, -1, NaN]) {
    assert.throws(() => nearestGraph(position, 1, { maxEdges: 1, radius }), {
      name: "RangeError",
      message: `Cannot build nearest-neighbour graph: radius must be > 0, received ${radius}`,
    });
  }
  for (const maxEdges of [0, 1.5, Infinity]) {
    assert.throws(
      () => nearestGraph(position, 1, { maxEdges }),
      /max edges must be an integer >= 1/,
    );
  }
});
