import assert from "node:assert/strict";
import { spearman } from "../../../../pipeline/reporting/flow/rank_correlation.ts";
import rankCorrelations from "../../../fixtures/flow/rank_correlations.json" with { type: "json" };

Deno.test("spearman() gives the values of scipy, ties included", () => {
  for (const { a, b, correlation } of rankCorrelations) {
    const found = spearman(a, b);
    assert.ok(
      Math.abs(found - correlation) < 1e-12,
      `${found} is not ${correlation} (${a.length} values)`,
    );
  }
});

Deno.test("spearman() depends on the order alone", () => {
  const values = [3, -1, 4, -1.5, 5, 9];
  assert.equal(spearman(values, values.map((value) => Math.exp(value))), 1);
  assert.equal(spearman(values, values.map((value) => -(value ** 3))), -1);
});

Deno.test("spearman() is undefined without a ranking, and refuses lists of two lengths", () => {
  assert.ok(Number.isNaN(spearman([1], [1])));
  assert.ok(Number.isNaN(spearman([1, 1, 1], [1, 2, 3])));
  assert.throws(() => spearman([1], [1, 2]), /received 1 and 2/);
});
