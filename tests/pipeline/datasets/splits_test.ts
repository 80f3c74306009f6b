import assert from "node:assert/strict";
import fc from "fast-check";
import { splitSamples } from "../../../pipeline/datasets/splits.ts";

function sizes(count: number, train?: number, validation?: number, test?: number): number[] {
  const splits = train === undefined
    ? splitSamples(count)
    : splitSamples(count, { train, validation: validation!, test: test! });
  return [splits.train.length, splits.validation.length, splits.test.length];
}

Deno.test("splitSamples() gives default shares, and one sample each from three", () => {
  assert.deepEqual(sizes(160), [120, 8, 32]);
  assert.deepEqual(sizes(1000), [750, 50, 200]);
  assert.deepEqual(sizes(10), [7, 1, 2]);
  assert.deepEqual(sizes(3), [1, 1, 1]);
  assert.deepEqual(sizes(2), [1, 0, 1]);
  assert.deepEqual(sizes(1), [1, 0, 0]);
});

Deno.test("splitSamples() takes shares in any unit and leaves a split without share empty", () => {
  assert.deepEqual(sizes(6, 4, 1, 1), [4, 1, 1]);
  assert.deepEqual(sizes(12, 0.5, 0.25, 0.25), [6, 3, 3]);
  assert.deepEqual(sizes(8, 0, 0, 5), [0, 0, 8]);
  assert.deepEqual(sizes(4, 1000, 1, 1), [2, 1, 1]);
});

Deno.test(
  "splitSamples() holds every sample once, in order, in sizes within one of the share or at " +
    "the minimum",
  () => {
    const share = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), share, share, share, (count, ...shares) => {
        const [train, validation, test] = shares;
        const total = train + validation + test;
        fc.pre(total > 0);
        const splits = splitSamples(count, { train, validation, test });
        const runs = [splits.train, splits.validation, splits.test];
        assert.deepEqual(runs.flat(), Array.from({ length: count }, (_, i) => i));
        runs.forEach((run, i) => {
          if (shares[i] === 0) assert.equal(run.length, 0);
          else if (count >= 3) assert.ok(run.length >= 1);
          // Two samples at most go to splits that would be empty.
          assert.ok(run.length <= Math.max(1, count * shares[i] / total + 1));
          assert.ok(run.length >= count * shares[i] / total - 3);
        });
      }),
    );
  },
);

Deno.test("splitSamples() rejects counts and shares out of range", () => {
  for (const count of [0, -1, 2.5, NaN]) {
    assert.throws(() => splitSamples(count), {
      name: "RangeError",
      message: `Cannot split samples: their count must be an integer >= 1, received ${count}`,
    });
  }
  for (const shares of [[0, 0, 0], [-1, 1, 1], [NaN, 1, 1], [Infinity, 1, 1]]) {
    assert.throws(() => sizes(5, ...shares as [number, number, number]), {
      name: "RangeError",
      message: "Cannot split samples: shares must be >= 0 and one of them > 0, " +
        `received ${shares.join(", ")}`,
    });
  }
});
