import assert from "node:assert/strict";
import fc from "fast-check";
import {
  linearTicks,
  logLabel,
  logTicks,
  shiftedTicks,
} from "../../../../pipeline/reporting/figures/axis_ticks.ts";

Deno.test("linearTicks() gives few round values in the range, with one power of ten", () => {
  assert.deepEqual(linearTicks(-1.3e-3, 1.3e-3, 4), {
    values: [-1e-3, -5e-4, 0, 5e-4, 1e-3],
    labels: ["−1.0", "−0.5", "0.0", "0.5", "1.0"],
    exponent: -3,
  });
  assert.deepEqual(linearTicks(-62000, 71000, 4).labels, ["−5", "0", "5"]);
  assert.deepEqual(linearTicks(3, 3, 4), { values: [3], labels: ["3.00"], exponent: 0 });
  const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(fc.property(bound, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (low, span) => {
    const high = low + span;
    const { values, labels } = linearTicks(low, high, 4);
    assert.ok(values.length >= 2 && values.length <= 5, `${values}`);
    assert.equal(labels.length, values.length);
    for (const value of values) {
      assert.ok(value >= low - span * 1e-6 && value <= high + span * 1e-6);
    }
    assert.equal(new Set(labels).size, labels.length, `${labels}`);
  }));
});

Deno.test("linearTicks() gives one step at most where there is room for two labels", () => {
  assert.deepEqual(linearTicks(0, 1, 1).values, [0, 1]);
  assert.deepEqual(linearTicks(-0.35, 0.45, 1).values, [0]);
});

Deno.test("logTicks() gives powers of ten, with 2 and 5 times these in a short range", () => {
  assert.deepEqual(logTicks(0.008, 30), [0.01, 0.1, 1, 10]);
  assert.deepEqual(logTicks(0.04, 1), [0.05, 0.1, 0.2, 0.5, 1]);
  assert.deepEqual(logTicks(0.01, 3, 3), [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]);
});

Deno.test("logLabel() writes decimals, and powers of ten where these are long", () => {
  assert.deepEqual([0.02, 1e-3, 2e-3, 5e5].map(logLabel), ["0.02", "10⁻³", "2·10⁻³", "5·10⁵"]);
});

Deno.test("shiftedTicks() label small variations of large values by the rest", () => {
  const { values, labels, shift, exponent } = shiftedTicks(101324.991, 101325.008, 4);
  assert.ok(labels.every((label) => label.length <= 6), `${labels}`);
  assert.equal(new Set(labels).size, labels.length);
  values.forEach((value, k) =>
    assert.ok(Math.abs(value - shift - Number(labels[k].replace("−", "-")) * 10 ** exponent) < 1e-9)
  );
  assert.equal(shiftedTicks(-3, 5, 4).shift, 0);
  assert.equal(shiftedTicks(7, 7, 4).shift, 0);
  assert.ok(shiftedTicks(-5_200_002, -5_200_001, 4).shift <= -5_200_002);
});
