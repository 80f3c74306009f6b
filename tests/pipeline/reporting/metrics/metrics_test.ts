import assert from "node:assert/strict";
import fc from "fast-check";
import { DataError } from "../../../../errors.ts";
import { MetricsAccumulator } from "../../../../pipeline/reporting/metrics/metrics.ts";

const scalar = [{ name: "u", components: 1, unit: "m" }];
/** Float64 sums in another order. */
const ROUNDING = 1e-12;

function assertClose(actual: number, expected: number, tolerance = ROUNDING) {
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  );
}

Deno.test("MetricsAccumulator gives the closed form of a constant error", () => {
  const errors = new MetricsAccumulator(scalar, [4]);
  errors.add({ id: "a", truth: [3, 3, 3, 3], predicted: [3.5, 2.5, 3.5, 3.5] });
  errors.add({ id: "b", truth: [1, 1], predicted: [1.5, 1.5] });
  const { rmse, normalisedRmse, relativeL2, nodeCount, sampleCount } = errors.result();
  assertClose(rmse, 0.5);
  assertClose(normalisedRmse, 0.125);
  assertClose(relativeL2.mean, (0.5 / 3 + 0.5) / 2);
  assert.equal(relativeL2.worst, 0.5);
  assert.deepEqual([relativeL2.worstId, relativeL2.medianId], ["b", "a"]);
  assert.deepEqual([nodeCount, sampleCount], [6, 2]);
});

Deno.test("MetricsAccumulator gives every node the same weight, not every mesh", () => {
  const errors = new MetricsAccumulator(scalar, [1]);
  errors.add({ id: "large", truth: [1, 1, 1], predicted: [1, 1, 1] });
  errors.add({ id: "small", truth: [1], predicted: [3] });
  assert.equal(errors.result().rmse, 1);
});

Deno.test("MetricsAccumulator equals two-pass sums on any fields", () => {
  const fields = [{ name: "velocity", components: 2, unit: "m/s" }, {
    name: "p",
    components: 1,
    unit: "Pa",
  }];
  const deviation = [2, 0.5, 100];
  const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  const node = fc.array(value, { minLength: 6, maxLength: 6 });
  const meshes = fc.array(fc.array(node, { minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(fc.property(meshes, (samples) => {
    const errors = new MetricsAccumulator(fields, deviation);
    for (const [k, nodes] of samples.entries()) {
      const truth = nodes.flatMap((values) => values.slice(0, 3));
      errors.add({ id: String(k), truth, predicted: nodes.flatMap((values) => values.slice(3)) });
    }
    const all = samples.flat();
    const meanSquare = (outputs: number[], scale: (output: number) => number) => {
      const squares = all.flatMap((values) =>
        outputs.map((o) => ((values[o + 3] - values[o]) / scale(o)) ** 2)
      );
      return squares.reduce((sum, square) => sum + square, 0) / squares.length;
    };
    const result = errors.result();
    assertClose(result.rmse ** 2, meanSquare([0, 1, 2], () => 1));
    assertClose(result.normalisedRmse ** 2, meanSquare([0, 1, 2], (o) => deviation[o]));
    assertClose(result.fields.velocity.rmse ** 2, meanSquare([0, 1], () => 1));
    assertClose(result.fields.p.normalisedRmse ** 2, meanSquare([2], () => 100));
  }));
});

Deno.test("MetricsAccumulator combines the relative L2 of fields as a root mean square", () => {
  const fields = [{ name: "a", components: 1, unit: "" }, { name: "b", components: 1, unit: "" }];
  const errors = new MetricsAccumulator(fields, [1, 1]);
  // Relative errors 3/10 and 4/10, whatever the units of the fields.
  errors.add({ id: "x", truth: [10, 1000], predicted: [13, 1400] });
  const result = errors.result();
  assertClose(result.fields.a.relativeL2.mean, 0.3);
  assertClose(result.fields.b.relativeL2.mean, 0.4);
  assertClose(result.relativeL2.mean, Math.sqrt((0.09 + 0.16) / 2));
});

Deno.test("MetricsAccumulator gives the middle of an even ranking", () => {
  const errors = new MetricsAccumulator(scalar, [1]);
  for (const [id, error] of [["d", 0.4], ["a", 0.1], ["c", 0.3], ["b", 0.2]] as const) {
    errors.add({ id, truth: [1], predicted: [1 + error] });
  }
  const { median, medianId, worstId, samples } = errors.result().relativeL2;
  assertClose(median, 0.25);
  assert.deepEqual([medianId, worstId], ["b", "d"]);
  assert.deepEqual(samples.map((sample) => sample.id), ["d", "a", "c", "b"]);
});

Deno.test(
  "MetricsAccumulator names samples whose truth is 0 everywhere and counts their absolute " +
    "error",
  () => {
    const errors = new MetricsAccumulator(scalar, [1]);
    assert.equal(errors.add({ id: "rest", truth: [0, 0], predicted: [1, 1] }), undefined);
    assert.equal(errors.add({ id: "flow", truth: [1, 1], predicted: [2, 2] }), 1);
    const { rmse, relativeL2 } = errors.result();
    assert.equal(rmse, 1);
    assert.deepEqual([relativeL2.mean, relativeL2.worst, relativeL2.zeroTruthIds], [1, 1, [
      "rest",
    ]]);

    const onlyRest = new MetricsAccumulator(scalar, [1]);
    onlyRest.add({ id: "rest", truth: [0], predicted: [1] });
    const empty = onlyRest.result().relativeL2;
    assert.deepEqual([empty.mean, empty.median, empty.worst, empty.worstId], [
      NaN,
      NaN,
      NaN,
      undefined,
    ]);
  },
);

Deno.test("MetricsAccumulator separates nodes near the borders from the others", () => {
  const errors = new MetricsAccumulator(scalar, [2]);
  errors.add({ id: "a", truth: [1, 1, 1, 1], predicted: [4, 4, 2, 1], border: [1, 1, 0, 0] });
  const { borders } = errors.result();
  assert.ok(borders);
  assert.deepEqual(borders.border, { nodeCount: 2, rmse: 3, normalisedRmse: 1.5 });
  assertClose(borders.interior.rmse, Math.sqrt(0.5));
  assertClose(borders.ratio ?? NaN, 3 / Math.sqrt(0.5));

  const onlyInterior = new MetricsAccumulator(scalar, [1]);
  onlyInterior.add({ id: "a", truth: [1], predicted: [2], border: [0] });
  assert.equal(onlyInterior.result().borders?.ratio, undefined);
  const unmasked = new MetricsAccumulator(scalar, [1]);
  unmasked.add({ id: "a", truth: [1], predicted: [2] });
  assert.equal(unmasked.result().borders, undefined);
});

Deno.test("MetricsAccumulator rejects non-finite values and then ignores the sample", () => {
  const errors = new MetricsAccumulator(scalar, [1]);
  errors.add({ id: "good", truth: [1, 1], predicted: [2, 2], border: [0, 1] });
  const before = errors.result();
  const border = [0, 1];
  assert.throws(
    () => errors.add({ id: "bad", truth: [1, NaN], predicted: [1, 1], border }),
    (error: Error) =>
      error instanceof DataError && /"bad".*NaN at node 1 of field "u"/.test(error.message),
  );
  assert.throws(
    () => errors.add({ id: "bad", truth: [1, 1], predicted: [1, Infinity], border }),
    /every prediction must be finite.* Infinity at node 1 of field "u"/,
  );
  assert.deepEqual(errors.result(), before);
});

Deno.test("MetricsAccumulator rejects shapes that do not fit, no samples and no deviation", () => {
  const errors = new MetricsAccumulator(scalar, [1]);
  assert.throws(() => errors.result(), /at least one node/);
  assert.throws(() => errors.add({ id: "a", truth: [1], predicted: [1, 2] }), TypeError);
  assert.throws(
    () => errors.add({ id: "a", truth: [1], predicted: [1], border: [1, 0] }),
    /one value per node/,
  );
  assert.throws(
    () => new MetricsAccumulator(scalar, [1, 1]),
    /one deviation per output.* 2 for 1/,
  );
  for (const deviation of [0, -1, NaN, Infinity]) {
    assert.throws(() => new MetricsAccumulator(scalar, [deviation]), RangeError);
  }
});

Deno.test("MetricsAccumulator leaves out nodes whose truth is not known", () => {
  const errors = new MetricsAccumulator(scalar, [1]);
  const known = [1, 0, 1];
  errors.add({ id: "a", truth: [3, 1e6, 4], predicted: [3, 0, 5], known, border: [1, 1, 0] });
  errors.add({ id: "b", truth: [9, 9], predicted: [0, 0], known: [0, 0] });
  const { nodeCount, rmse, relativeL2, borders } = errors.result();
  assert.deepEqual([nodeCount, rmse, relativeL2.mean], [2, Math.sqrt(0.5), 0.2]);
  assert.deepEqual(relativeL2.zeroTruthIds, [], "b is not 0, it is unknown");
  assert.deepEqual(relativeL2.samples[1], { id: "b", relativeL2: undefined });
  assert.deepEqual([borders?.border.nodeCount, borders?.interior.nodeCount], [1, 1]);
  assert.throws(
    () => errors.add({ id: "c", truth: [1, 1], predicted: [1, 1], known: [1] }),
    /one value per node, received 1 for 2 nodes/,
  );
});

Deno.test("MetricsAccumulator compares the truth with its deviation", () => {
  // 101325 ± 0.01 with an error as large as the deviation.
  const size = 0.01 / Math.SQRT2;
  const errors = new MetricsAccumulator([{ name: "p", components: 1, unit: "Pa" }], [size]);
  const truth = Float64Array.from(
    { length: 64 },
    (_, k) => 101325 + 0.01 * Math.sin(k * Math.PI / 8),
  );
  errors.add({ id: "a", truth, predicted: new Float64Array(64).fill(101325) });
  const { normalisedRmse, relativeL2, fields: { p } } = errors.result();
  assertClose(normalisedRmse, 1, 1e-6);
  assert.ok(relativeL2.mean < 1e-7);
  assertClose(p.truthInDeviations, 101325 / size, 1e-6);
});
