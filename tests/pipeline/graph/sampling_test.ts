import assert from "node:assert/strict";
import fc from "fast-check";
import { hash } from "../../../pipeline/graph/random.ts";
import { coverGroups, sampleNodes } from "../../../pipeline/graph/sampling.ts";
import { chiSquareBound } from "./chi_square.ts";

const purpose = { seed: 7, epoch: 3, mesh: "wing-12" };
const cover = { seed: 7, round: 0, mesh: "wing-12" };

Deno.test("sampleNodes() selects the nodes with the smallest keys", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 320 }),
      (nodeCount, sampleCount) => {
        const keys = Array.from({ length: nodeCount }, (_, node) => {
          const { high, low } = hash(7, "sample", 3, "wing-12", node);
          return (BigInt(high) << 32n) | BigInt(low);
        });
        const byKey = [...keys.keys()].sort((a, b) => keys[a] < keys[b] ? -1 : 1);
        const expected = byKey.slice(0, sampleCount).sort((a, b) => a - b);
        assert.deepEqual([...sampleNodes(nodeCount, sampleCount, purpose)], expected);
      },
    ),
  );
});

Deno.test("sampleNodes() contains every smaller sample", () => {
  let smaller = new Set<number>();
  for (let sampleCount = 1; sampleCount <= 200; sampleCount++) {
    const sample = new Set(sampleNodes(200, sampleCount, purpose));
    assert.equal(sample.size, sampleCount);
    assert.ok(smaller.isSubsetOf(sample));
    smaller = sample;
  }
});

Deno.test("sampleNodes() keys nodes independently of the size of the mesh", () => {
  const grown = sampleNodes(1001, 101, purpose).filter((node) => node < 1000);
  const before = new Set(sampleNodes(1000, 101, purpose));
  assert.ok(grown.length >= 100 && grown.every((node) => before.has(node)));
});

Deno.test("sampleNodes() samples evenly, and anew per seed, epoch and mesh", () => {
  const nodeCount = 50;
  const sampleCount = 20;
  const epochs = 2000;
  const times = new Float64Array(nodeCount);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const node of sampleNodes(nodeCount, sampleCount, { ...purpose, epoch })) times[node]++;
  }
  // A count has variance e·p·(1-p), and the sum of the counts is fixed: hence the factor (N-1)/N /
  // (1-p).
  const share = sampleCount / nodeCount;
  const expected = epochs * share;
  const squares = times.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
  const statistic = squares / (1 - share) * (nodeCount - 1) / nodeCount;
  assert.ok(statistic < chiSquareBound(nodeCount - 1), `chi-square ${statistic}`);

  const sets = [purpose, { ...purpose, seed: 8 }, { ...purpose, epoch: 4 }, {
    ...purpose,
    mesh: "wing-13",
  }];
  assert.equal(new Set(sets.map((set) => sampleNodes(1000, 100, set).join())).size, sets.length);
});

Deno.test("sampleNodes() returns all nodes if there are not more than requested", () => {
  assert.deepEqual([...sampleNodes(3, 3, purpose)], [0, 1, 2]);
  assert.deepEqual([...sampleNodes(3, 1000, purpose)], [0, 1, 2]);
  assert.deepEqual([...sampleNodes(0, 1, purpose)], []);
});

Deno.test("coverGroups() covers every node once; group sizes differ by at most one", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 1, max: 600 }),
      (nodeCount, groupSize) => {
        const groups = coverGroups(nodeCount, groupSize, cover);
        assert.equal(groups.length, Math.ceil(nodeCount / groupSize));
        const sizes = groups.map((group) => group.length);
        assert.ok(groups.length === 0 || Math.max(...sizes) - Math.min(...sizes) <= 1);
        assert.ok(sizes.every((size) => size <= groupSize));
        for (const group of groups) assert.deepEqual([...group], [...group].sort((a, b) => a - b));
        const nodes = groups.flatMap((group) => [...group]).sort((a, b) => a - b);
        assert.deepEqual(nodes, Array.from({ length: nodeCount }, (_, node) => node));
      },
    ),
  );
});

Deno.test("coverGroups() draws new groups per seed, round and mesh", () => {
  const covers = [cover, { ...cover, seed: 8 }, { ...cover, round: 1 }, { ...cover, mesh: 12 }];
  assert.equal(
    new Set(covers.map((set) => coverGroups(100, 50, set).join("|"))).size,
    covers.length,
  );
  assert.deepEqual(coverGroups(100, 50, cover), coverGroups(100, 50, cover));
});

Deno.test("sampleNodes() and coverGroups() refuse counts that are not integers >= 1", () => {
  for (const count of [0, -1, 1.5, NaN]) {
    assert.throws(() => sampleNodes(5, count, purpose), {
      name: "RangeError",
      message: `Cannot sample nodes: sample count must be an integer >= 1, received ${count}`,
    });
    assert.throws(() => coverGroups(5, count, cover), {
      name: "RangeError",
      message: `Cannot cover nodes: group size must be an integer >= 1, received ${count}`,
    });
  }
});
