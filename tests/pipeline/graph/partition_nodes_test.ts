import assert from "node:assert/strict";
import fc from "fast-check";
import { orderAlongAxis } from "../../../pipeline/graph/coordinate_order.ts";
import { partitionNodes } from "../../../pipeline/graph/partition_nodes.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";

const methods = ["bisection", "strips"] as const;

/** Points on a coarse lattice, so that coordinates repeat; dimensions 1 to 3. */
function pointSets(): fc.Arbitrary<
  { position: Float32Array; dimensions: number; nodeCount: number }
> {
  return fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(40)).chain(([dimensions, nodeCount]) =>
    fc.array(fc.integer({ min: -3, max: 3 }), {
      minLength: nodeCount * dimensions,
      maxLength: nodeCount * dimensions,
    })
      .map((values) => ({
        position: Float32Array.from(values, (x) => x / 4),
        dimensions,
        nodeCount,
      }))
  );
}

function partSizes(owner: Uint32Array, parts: number, weights?: ArrayLike<number>): number[] {
  const sizes = new Array<number>(parts).fill(0);
  owner.forEach((part, node) => sizes[part] += weights?.[node] ?? 1);
  return sizes;
}

Deno.test("partitionNodes() makes parts whose sizes differ by at most one", () => {
  const partCounts = fc.integer({ min: 1, max: 50 });
  fc.assert(
    fc.property(pointSets(), partCounts, fc.constantFrom(...methods), (points, parts, method) => {
      const owner = partitionNodes(points.position, points.dimensions, parts, { method });
      const sizes = partSizes(owner, parts);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, sizes.join());
    }),
  );
});

Deno.test("partitionNodes() balances weights to within 1.5 times the largest", () => {
  const weights = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 40, maxLength: 40 });
  const partCounts = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(
      pointSets(),
      weights,
      partCounts,
      fc.constantFrom(...methods),
      (points, all, parts, method) => {
        const used = all.slice(0, points.nodeCount);
        const total = used.reduce((sum, weight) => sum + weight, 0);
        if (total === 0) return;
        const owner = partitionNodes(points.position, points.dimensions, parts, {
          method,
          weights: used,
        });
        // A cut misses its share by half a weight and passes at most 2/3 of the error on, so errors
        // sum to 3/2.
        const allowed = 1.5 * Math.max(...used);
        for (const size of partSizes(owner, parts, used)) {
          assert.ok(
            Math.abs(size - total / parts) <= allowed + 1e-9,
            `${size} of ${total} in ${parts} parts`,
          );
        }
      },
    ),
  );
});

Deno.test("partitionNodes() cuts between nodes sorted by coordinate, then number", () => {
  fc.assert(
    fc.property(
      pointSets(),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(...methods),
      (points, parts, method) => {
        const { position, nodeCount } = { position: points.position, nodeCount: points.nodeCount };
        const line = position.subarray(0, nodeCount);
        const owner = partitionNodes(line, 1, parts, { method });
        const order = [...line.keys()].sort((a, b) => line[a] - line[b] || a - b);
        const parted = order.map((node) => owner[node]);
        assert.deepEqual(
          parted,
          parted.toSorted((a, b) => a - b),
        );
      },
    ),
  );
});

Deno.test("partitionNodes() cuts a square in four and a bar in slices", () => {
  const square = Float32Array.of(0, 0, 1, 0, 0, 1, 1, 1); // both sides equal: first across x
  assert.deepEqual([...partitionNodes(square, 2, 4)], [0, 2, 1, 3]);
  const bar = Float32Array.of(5, 0, 4, 9, 3, 6, 6, 1); // longest in y
  for (const method of methods) {
    assert.deepEqual([...partitionNodes(bar, 2, 2, { method })], [0, 1, 1, 0]);
  }
});

Deno.test("partitionNodes() cuts nodes at equal positions by number, and -0 equals 0", () => {
  for (const method of methods) {
    assert.deepEqual([...partitionNodes(new Float32Array(8), 2, 2, { method })], [0, 0, 1, 1]);
    assert.deepEqual([...partitionNodes(Float32Array.of(0, -0, 0, -0), 1, 4, { method })], [
      0,
      1,
      2,
      3,
    ]);
  }
});

Deno.test("partitionNodes() leaves parts empty if there are more parts than nodes", () => {
  for (const method of methods) {
    const owner = partitionNodes(Float32Array.of(0.3, 0.1), 1, 5, { method });
    assert.ok(owner[1] < owner[0] && owner[0] < 5);
    assert.deepEqual([...partitionNodes(new Float32Array(0), 3, 5, { method })], []);
    assert.deepEqual(
      [...partitionNodes(Float32Array.of(1), 1, 3, { method, weights: [0] })].length,
      1,
    );
  }
});

Deno.test("partitionNodes() cuts where the accumulated weight is nearest to its share", () => {
  for (const method of methods) {
    const cut = (weights: ArrayLike<number>) => {
      const position = Float32Array.from({ length: weights.length }, (_, node) => node);
      return partitionNodes(position, 1, 2, { method, weights }).join("");
    };
    assert.equal(cut([5, 1, 1, 1, 1, 1]), "011111");
    assert.equal(cut([1, 1, 3, 1]), "0011"); // 3 is its share, and a cut may hold 2 or 5
    assert.equal(cut([1, 2, 1]), "011"); // of 2, it may hold 1 or 3
    assert.equal(cut(new Float32Array(6)), "000111"); // no weight at all counts as equal weights
  }
});

Deno.test("orderAlongAxis() equals a stable comparison sort", () => {
  // Few nodes and many are sorted in different ways.
  const numbers = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.nat(3));
  const lists = fc.oneof(fc.array(numbers), fc.array(numbers, { minLength: 65, maxLength: 200 }));
  fc.assert(fc.property(lists, (values) => {
    const position = Float32Array.from(values);
    const nodes = Uint32Array.from(position.keys());
    const expected = [...nodes].sort((a, b) => position[a] - position[b] || a - b);
    assert.deepEqual([...orderAlongAxis(nodes, position, 1, 0)], expected);
  }));
});

Deno.test("partitionNodes() refuses invalid parts, weights and positions", () => {
  const position = Float32Array.of(0, 1);
  for (const parts of [0, -1, 1.5, NaN]) {
    assert.throws(() => partitionNodes(position, 1, parts), {
      name: "RangeError",
      message: `Cannot partition nodes: parts must be an integer >= 1, received ${parts}`,
    });
  }
  assert.throws(() => partitionNodes(position, 1, 2, { weights: [1] }), TypeError);
  for (const weight of [-1, NaN, Infinity]) {
    assert.throws(() => partitionNodes(position, 1, 2, { weights: [1, weight] }), {
      name: "RangeError",
      message: `Cannot partition nodes: weights must be finite and >= 0, node 1 has ${weight}`,
    });
  }
  assert.throws(() => partitionNodes(position, 3, 2), TypeError);
  assert.throws(() => partitionNodes(position, 4, 2), /dimensions must be 1, 2 or 3, received 4/);
  assert.throws(() => partitionNodes(Float32Array.of(0, NaN, 1, 1), 2, 2), {
    name: "RangeError",
    message: "Cannot partition nodes: positions must be finite, node 0 has NaN",
  });
});

Deno.test("partitionNodes() with bisection cuts a square into parts of square shape", () => {
  const position = fillUniform(hash(7, "square"), new Float32Array(8000));
  const owner = partitionNodes(position, 2, 16);
  const sides = new Float32Array(16 * 2);
  for (let part = 0; part < 16; part++) {
    for (let d = 0; d < 2; d++) {
      const values = position.filter((_, k) => k % 2 === d && owner[Math.floor(k / 2)] === part);
      sides[2 * part + d] = Math.max(...values) - Math.min(...values);
    }
  }
  for (const side of sides) {
    assert.ok(side > 0.18 && side < 0.32, `a side of ${side} where 1/4 is ideal`);
  }
});
