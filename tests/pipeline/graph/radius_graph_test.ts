import assert from "node:assert/strict";
import fc from "fast-check";
import type { Graph } from "../../../pipeline/graph/graph.ts";
import { localGraphs } from "../../../pipeline/graph/local_graph.ts";
import { partitionNodes } from "../../../pipeline/graph/partition_nodes.ts";
import { radiusGraph } from "../../../pipeline/graph/radius_graph.ts";
import { fillUniform, hash, keyedUniform } from "../../../pipeline/graph/random.ts";
import { chiSquareBound } from "./chi_square.ts";

const purpose = { seed: 7, epoch: 3, mesh: "wing-12" };

/** All other nodes in the ball of `receiver`, ascending. */
function ball(
  position: Float32Array,
  dimensions: number,
  radius: number,
  receiver: number,
): number[] {
  const senders = [];
  for (let node = 0; node < position.length / dimensions; node++) {
    let squared = 0;
    for (let d = 0; d < dimensions; d++) {
      squared += (position[receiver * dimensions + d] - position[node * dimensions + d]) ** 2;
    }
    if (node !== receiver && squared <= radius ** 2) senders.push(node);
  }
  return senders;
}

/**
 * Asserts that every receiver has its full ball, or `maxEdges` distinct nodes of it, ascending.
 *
 * @param stride Only every n-th receiver is checked. @default 1
 */
function assertRadiusGraph(
  graph: Graph,
  position: Float32Array,
  dimensions: number,
  radius: number,
  maxEdges: number,
  stride = 1,
) {
  assert.equal(graph.nodeCount, position.length / dimensions);
  assert.equal(graph.offsets.length, graph.nodeCount + 1);
  assert.equal(graph.offsets[graph.nodeCount], graph.senders.length);
  for (let receiver = 0; receiver < graph.nodeCount; receiver += stride) {
    const senders = [
      ...graph.senders.subarray(graph.offsets[receiver], graph.offsets[receiver + 1]),
    ];
    const candidates = ball(position, dimensions, radius, receiver);
    if (candidates.length <= maxEdges) {
      assert.deepEqual(senders, candidates);
    } else {
      assert.equal(senders.length, maxEdges);
      assert.ok(new Set(senders).isSubsetOf(new Set(candidates)), `receiver ${receiver}`);
      assert.ok(
        senders.every((sender, k) => k === 0 || senders[k - 1] < sender),
        `receiver ${receiver}`,
      );
    }
  }
}

/**
 * Uniform points in the unit cube; with `steps`, on a lattice with that many steps, so that points
 * and distances repeat.
 */
function points(count: number, dimensions: number, seed: number, steps?: number): Float32Array {
  const position = fillUniform(hash(seed, "points"), new Float32Array(count * dimensions));
  return steps === undefined ? position : position.map((x) => Math.round(x * steps) / steps);
}

/** Points whose distance to the origin spans five powers of ten. */
function graded(count: number, dimensions: number, seed: number): Float32Array {
  const scale = (node: number) => 10 ** (-5 * keyedUniform(hash(seed, "scales"), node));
  return points(count, dimensions, seed).map((x, k) =>
    (x - 0.5) * scale(Math.floor(k / dimensions))
  );
}

for (const dimensions of [1, 2, 3]) {
  Deno.test(`radiusGraph() equals a search of all pairs at awkward sizes, ${dimensions}-D`, () => {
    for (const count of [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 127, 500]) {
      const position = points(count, dimensions, count);
      for (const radius of [1e-6, 0.05, 0.2, 2]) {
        for (const maxEdges of [1, 4, 1000]) {
          const graph = radiusGraph(position, dimensions, { radius, maxEdges, ...purpose });
          assertRadiusGraph(graph, position, dimensions, radius, maxEdges);
        }
      }
    }
  });
}

Deno.test("radiusGraph() equals a search of all pairs for any points and options", () => {
  fc.assert(
    fc.property(
      fc.record({
        count: fc.nat(300),
        dimensions: fc.integer({ min: 1, max: 3 }),
        kind: fc.constantFrom("uniform", "lattice", "graded"),
        seed: fc.nat(1000),
        radius: fc.constantFrom(1e-5, 1e-3, 0.1, 0.125, 0.25, 0.5, 1, 3, 1e30),
        maxEdges: fc.constantFrom(1, 2, 5, 31, 64, 65, 299),
      }),
      ({ count, dimensions, kind, seed, radius, maxEdges }) => {
        const position = kind === "graded"
          ? graded(count, dimensions, seed)
          : points(count, dimensions, seed, kind === "lattice" ? 8 : undefined);
        const graph = radiusGraph(position, dimensions, { radius, maxEdges, ...purpose });
        assertRadiusGraph(graph, position, dimensions, radius, maxEdges);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("radiusGraph() draws from balls of thousands of nodes if spacing varies by 10^5", () => {
  for (const dimensions of [2, 3]) {
    const position = graded(2500, dimensions, dimensions);
    for (const radius of [1e-4, 1e-2, 0.2]) {
      const graph = radiusGraph(position, dimensions, { radius, maxEdges: 8, ...purpose });
      assertRadiusGraph(graph, position, dimensions, radius, 8, 7);
    }
  }
});

Deno.test("radiusGraph() includes nodes at exactly the radius, and at the same position", () => {
  const position = Float32Array.of(0, 0, 3, 4, 0, 0, -3, 4.000001);
  const graph = radiusGraph(position, 2, { radius: 5, maxEdges: 9, ...purpose });
  assert.deepEqual([...graph.senders.subarray(graph.offsets[0], graph.offsets[1])], [1, 2]);
});

Deno.test("radiusGraph() compares distances without rounding them to float32", () => {
  // In float32, 1 + 2^-24 is 1: the second node would be within the radius.
  const position = Float32Array.of(0, 1 + 2 ** -23);
  assert.equal(
    radiusGraph(position, 1, { radius: 1 + 2 ** -24, maxEdges: 1, ...purpose }).senders.length,
    0,
  );
  assert.equal(
    radiusGraph(position, 1, { radius: 1 + 2 ** -23, maxEdges: 1, ...purpose }).senders.length,
    2,
  );
});

Deno.test("radiusGraph() of 10^5 equal positions takes linear time", () => {
  const start = performance.now();
  const graph = radiusGraph(new Float32Array(300_000), 3, { radius: 0.1, maxEdges: 4, ...purpose });
  assert.equal(graph.senders.length, 400_000);
  for (let receiver = 0; receiver < graph.nodeCount; receiver++) {
    const senders = [...graph.senders.subarray(4 * receiver, 4 * receiver + 4)];
    assert.ok(!senders.includes(receiver) && new Set(senders).size === 4);
  }
  // Takes 0.2 s; all pairs would take more than 10 s.
  assert.ok(performance.now() - start < 8000);
});

for (const [path, others] of [["a list", 150], ["cells", 6000]] as const) {
  Deno.test(`radiusGraph() draws every node of a ball equally often from ${path}`, () => {
    // Receivers at the origin share one ball, which holds a quarter of the nodes of the square.
    const receivers = 50;
    const position = points(receivers + others, 2, 5).map((x, k) =>
      k < 2 * receivers ? 0 : 2 * x - 1
    );
    const radius = Math.sqrt(1 / Math.PI);
    const members = ball(position, 2, radius, 0).filter((node) => node >= receivers);
    const times = new Map(members.map((node) => [node, 0]));
    const epochs = 20;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const graph = radiusGraph(position, 2, { radius, maxEdges: 24, ...purpose, epoch });
      for (const sender of graph.senders.subarray(0, graph.offsets[receivers])) {
        if (sender >= receivers) times.set(sender, (times.get(sender) ?? NaN) + 1);
      }
    }
    assert.equal(times.size, members.length);
    const share = 24 / (members.length + receivers - 1);
    const expected = epochs * receivers * share;
    assert.ok(expected > 5, "too few draws for a chi-square test");
    let statistic = 0;
    for (const seen of times.values()) {
      statistic += (seen - expected) ** 2 / (expected * (1 - share));
    }
    assert.ok(
      statistic < chiSquareBound(members.length),
      `chi-square ${statistic} of ${members.length}`,
    );
  });
}

Deno.test("radiusGraph() draws anew per seed, epoch, mesh and node number only", () => {
  const position = points(200, 2, 1);
  const options = { radius: 0.5, maxEdges: 5, ...purpose };
  const identity = Uint32Array.from({ length: 200 }, (_, node) => node);
  const draws = [
    options,
    { ...options, seed: 8 },
    { ...options, epoch: 4 },
    { ...options, mesh: "wing-13" },
    { ...options, nodes: identity.map((node) => node + 1) },
  ].map((changed) => radiusGraph(position, 2, changed).senders.join());
  assert.equal(new Set(draws).size, draws.length);
  assert.equal(radiusGraph(position, 2, { ...options, nodes: identity }).senders.join(), draws[0]);
  assert.equal(radiusGraph(position.slice(), 2, { ...options }).senders.join(), draws[0]);
});

Deno.test("a partition with an overlap of the radius drops no edge of radiusGraph()", () => {
  // On a lattice many nodes lie at exactly the radius, where edge and overlap could round
  // differently.
  const position = points(400, 2, 2, 20);
  for (const radius of [0.05, 0.1, 0.15000000000000002]) {
    const graph = radiusGraph(position, 2, { radius, maxEdges: 20, ...purpose });
    for (const method of ["bisection", "strips"] as const) {
      const owner = partitionNodes(position, 2, 7, { method });
      const placed = { position, dimensions: 2 };
      const locals = localGraphs(graph, owner, 7, { overlap: radius, ...placed });
      assert.equal(locals.reduce((sum, { droppedEdges }) => sum + droppedEdges, 0), 0);
      const narrow = localGraphs(graph, owner, 7, { overlap: radius / 4, ...placed });
      const retained = narrow.reduce((sum, { senders }) => sum + senders.length, 0);
      const dropped = narrow.reduce((sum, { droppedEdges }) => sum + droppedEdges, 0);
      assert.ok(dropped > 0);
      assert.equal(retained + dropped, graph.senders.length);
    }
  }
});

Deno.test("radiusGraph() refuses invalid radii, maximum counts, positions and numbers", () => {
  const position = Float32Array.of(0, 1);
  const options = { radius: 1, maxEdges: 4, ...purpose };
  for (const radius of [0, -0.1, NaN]) {
    assert.throws(() => radiusGraph(position, 1, { ...options, radius }), {
      name: "RangeError",
      message: `Cannot build radius graph: radius must be > 0, received ${radius}`,
    });
  }
  for (const maxEdges of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => radiusGraph(position, 1, { ...options, maxEdges }), {
      name: "RangeError",
      message: `Cannot build radius graph: max edges must be an integer >= 1, received ${maxEdges}`,
    });
  }
  assert.throws(
    () => radiusGraph(position, 4, options),
    /dimensions must be 1, 2 or 3, received 4/,
  );
  assert.throws(() => radiusGraph(position, 3, options), TypeError);
  assert.throws(() => radiusGraph(Float32Array.of(0, Infinity), 1, options), /node 1 has Infinity/);
  assert.throws(
    () => radiusGraph(position, 1, { ...options, nodes: Uint32Array.of(1) }),
    TypeError,
  );
  assert.throws(() => radiusGraph(position, 1, { ...options, nodes: Uint32Array.of(3, 3) }), {
    name: "RangeError",
    message: "Cannot build radius graph: node numbers must ascend, 3 follows 3",
  });
});
