import assert from "node:assert/strict";
import { fillNormal, fillUniform, hash } from "../../../../pipeline/graph/random.ts";
import { fitNonNegative } from "../../../../pipeline/experiments/studies/least_squares.ts";

const COUNT = 60;

/** Terms of very different sizes, as edges, nodes and 1 are. */
function terms(): number[][] {
  const uniform = fillUniform(hash(1, "terms"), new Float32Array(2 * COUNT));
  return Array.from(
    { length: COUNT },
    (_, m) => [1e5 * uniform[2 * m], 1e3 * uniform[2 * m + 1], 1],
  );
}

const values = (rows: readonly number[][], coefficients: readonly number[]) =>
  rows.map((row) => row.reduce((sum, term, k) => sum + term * coefficients[k], 0));

Deno.test("fitNonNegative() recovers the coefficients of exact values", () => {
  const rows = terms();
  const made = [3e-6, 2e-5, 4e-3];
  const { coefficients, residual } = fitNonNegative(rows, values(rows, made));
  coefficients.forEach((value, k) =>
    assert.ok(Math.abs(value / made[k] - 1) < 1e-8, `${coefficients}`)
  );
  assert.ok(residual < 1e-10);
});

Deno.test("fitNonNegative() returns the noise as its residual", () => {
  const rows = terms();
  const made = [3e-6, 2e-5, 4e-3];
  const noise = fillNormal(hash(2, "noise"), new Float32Array(COUNT));
  const { coefficients, residual } = fitNonNegative(
    rows,
    values(rows, made).map((value, m) => value * (1 + 0.05 * noise[m])),
  );
  assert.ok(Math.abs(coefficients[0] / made[0] - 1) < 0.05, `${coefficients}`);
  assert.ok(residual > 0.04 && residual < 0.06, `${residual}`);
});

Deno.test("fitNonNegative() sets a coefficient to 0 that would be negative", () => {
  const rows = terms();
  const { coefficients } = fitNonNegative(rows, values(rows, [3e-6, -1e-5, 2e-2]));
  assert.equal(coefficients[1], 0);
  assert.ok(coefficients[0] > 0 && coefficients[2] > 0, `${coefficients}`);
});

Deno.test("fitNonNegative() fits linearly dependent terms", () => {
  const { coefficients, residual } = fitNonNegative([[1, 2], [2, 4], [3, 6]], [2, 4, 6]);
  assert.ok(residual < 1e-12);
  assert.ok(Math.abs(coefficients[0] + 2 * coefficients[1] - 2) < 1e-12);
});

Deno.test("fitNonNegative() refuses too few observations and values that are not positive", () => {
  const tooFew = { name: "RangeError", message: /at least as many observations, received 1$/ };
  assert.throws(() => fitNonNegative([[1, 1]], [1]), tooFew);
  const notPositive = { name: "RangeError", message: /every value must be > 0, received 0$/ };
  assert.throws(() => fitNonNegative([[1], [2]], [1, 0]), notPositive);
});
