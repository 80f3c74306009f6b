import assert from "node:assert/strict";
import { sampleRandomField } from "../../../../pipeline/datasets/darcy/random_field.ts";

/**
 * A mean of n squares of standard normal numbers has the standard deviation √(2 / n); five of them
 * are never met.
 */
const deviations = 5;

/** `φ_k` of the series. */
function basis(k: number, x: number): number {
  return k === 0 ? 1 : Math.SQRT2 * Math.cos(k * Math.PI * x);
}

/** `λ_kl` of the series. */
function eigenvalue(k: number, l: number): number {
  return (Math.PI ** 2 * (k ** 2 + l ** 2) + 9) ** -2;
}

/**
 * Coefficients `[n, n]` of a field in the basis `φ_k φ_l`, exact for fields of fewer than n modes
 * (trapezoid rule).
 */
function analyse(field: Float64Array, n: number): Float64Array {
  const weight = (i: number) => (i === 0 || i === n - 1 ? 0.5 : 1) / (n - 1);
  return Float64Array.from({ length: n * n }, (_, mode) => {
    const [k, l] = [Math.floor(mode / n), mode % n];
    return field.reduce((sum, value, p) => {
      const [i, j] = [Math.floor(p / n), p % n];
      return sum + weight(i) * weight(j) * value * basis(k, i / (n - 1)) * basis(l, j / (n - 1));
    }, 0);
  });
}

Deno.test("sampleRandomField() has the covariance of the closed-form series", () => {
  const n = 7;
  const modes = 12; // more than the grid can distinguish
  const sampleCount = 4000;
  const pairs = [[0, 0], [0, 48], [8, 8], [24, 24], [24, 25], [10, 38], [3, 45], [48, 48]] as const;
  const point = (p: number) => [Math.floor(p / n) / (n - 1), (p % n) / (n - 1)] as const;
  const covariance = (p: number, q: number) => {
    const [[x, y], [u, v]] = [point(p), point(q)];
    let sum = 0;
    for (let k = 0; k < modes; k++) {
      for (let l = k === 0 ? 1 : 0; l < modes; l++) {
        sum += eigenvalue(k, l) * basis(k, x) * basis(k, u) * basis(l, y) * basis(l, v);
      }
    }
    return sum;
  };
  const means = pairs.map(() => 0);
  for (let sample = 0; sample < sampleCount; sample++) {
    const field = sampleRandomField(n, { seed: 5, sample, modes });
    pairs.forEach(([p, q], index) => means[index] += field[p] * field[q] / sampleCount);
  }
  pairs.forEach(([p, q], index) => {
    const expected = covariance(p, q);
    const spread = Math.sqrt((covariance(p, p) * covariance(q, q) + expected ** 2) / sampleCount);
    assert.ok(
      Math.abs(means[index] - expected) < deviations * spread,
      `vertices ${p} and ${q}: ${means[index]}, expected ${expected} ± ${spread}`,
    );
  });
});

Deno.test(
  "sampleRandomField() has independent standard normal coefficients over √λ and no constant " +
    "mode",
  () => {
    const n = 6;
    const modes = 5;
    const sampleCount = 3000;
    const squares = new Float64Array(n * n);
    const products = new Float64Array(n * n);
    for (let sample = 0; sample < sampleCount; sample++) {
      const coefficients = analyse(sampleRandomField(n, { seed: 2, sample, modes }), n);
      assert.ok(Math.abs(coefficients[0]) < 1e-15);
      for (let mode = 1; mode < n * n; mode++) {
        const variance = eigenvalue(Math.floor(mode / n), mode % n);
        const lastVariance = eigenvalue(Math.floor((mode - 1) / n), (mode - 1) % n);
        squares[mode] += coefficients[mode] ** 2 / variance / sampleCount;
        products[mode] += coefficients[mode] * coefficients[mode - 1] /
          Math.sqrt(variance * lastVariance) /
          sampleCount;
      }
    }
    for (let mode = 1; mode < n * n; mode++) {
      const [k, l] = [Math.floor(mode / n), mode % n];
      if (k >= modes || l >= modes) {
        assert.ok(squares[mode] < 1e-20, `mode ${k}, ${l} lies beyond the truncation`);
      } else {
        assert.ok(
          Math.abs(squares[mode] - 1) < deviations * Math.sqrt(2 / sampleCount),
          `mode ${k}, ${l}`,
        );
      }
      assert.ok(
        Math.abs(products[mode]) < deviations / Math.sqrt(sampleCount),
        `mode ${k}, ${l} and the last`,
      );
    }
  },
);

Deno.test("sampleRandomField() is one field on all grids, even where they alias its modes", () => {
  const fineResolution = 61;
  const fine = sampleRandomField(fineResolution, { seed: 3, sample: 1, modes: 80 });
  for (const n of [2, 3, 4, 5, 6, 11, 13, 21, 31]) {
    const coarse = sampleRandomField(n, { seed: 3, sample: 1, modes: 80 });
    const step = (fineResolution - 1) / (n - 1);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const difference = coarse[i * n + j] - fine[i * step * fineResolution + j * step];
        assert.ok(Math.abs(difference) < 1e-14, `n = ${n}, vertex ${i}, ${j}: ${difference}`);
      }
    }
  }
});

Deno.test("sampleRandomField() has zero normal derivatives on the boundary", () => {
  // Even about the boundary, so the first difference is O(h²): a quarter for half the spacing,
  // where a slope gives a half.
  const firstDifferences = (n: number) => {
    const field = sampleRandomField(n, { seed: 8, sample: 0, modes: 5 });
    const at = (i: number, j: number) => field[i * n + j];
    const middle = (n - 1) / 4;
    return [
      at(1, middle) - at(0, middle),
      at(n - 2, middle) - at(n - 1, middle),
      at(middle, 1) - at(middle, 0),
      at(middle, n - 2) - at(middle, n - 1),
    ];
  };
  const coarse = firstDifferences(129);
  firstDifferences(257).forEach((difference, side) => {
    assert.ok(
      Math.abs(coarse[side] / difference - 4) < 0.05,
      `side ${side}: ${coarse[side] / difference}`,
    );
  });
});

Deno.test("sampleRandomField() with fewer modes is a truncation of the same field", () => {
  const n = 33;
  const all = sampleRandomField(n, { seed: 4, sample: 2 });
  const some = sampleRandomField(n, { seed: 4, sample: 2, modes: 30 });
  const meanSquare = (values: Float64Array) =>
    values.reduce((sum, v) => sum + v * v, 0) / values.length;
  const ratio = Math.sqrt(meanSquare(all.map((v, p) => v - some[p])) / meanSquare(all));
  // √(Σ of the λ left out / Σ of all λ) is 0.029; a different field would give 1.4.
  assert.ok(ratio > 0.01 && ratio < 0.06, `${ratio}`);
});

Deno.test("sampleRandomField() depends on seed and sample, and on nothing else", () => {
  const field = sampleRandomField(9, { seed: 1, sample: 0 });
  assert.deepEqual(sampleRandomField(9, { seed: 1, sample: 0 }), field);
  assert.notDeepEqual(sampleRandomField(9, { seed: 2, sample: 0 }), field);
  assert.notDeepEqual(sampleRandomField(9, { seed: 1, sample: 1 }), field);
});

Deno.test("sampleRandomField() rejects a grid without vertices and a series without modes", () => {
  for (const resolution of [1, 0, 2.5, NaN]) {
    assert.throws(() => sampleRandomField(resolution, { seed: 1, sample: 0 }), {
      name: "RangeError",
      message: "Cannot sample random field: the resolution must be an integer >= 2, received " +
        `${resolution}`,
    });
  }
  for (const modes of [1, 0, -3, 1.5]) {
    assert.throws(() => sampleRandomField(5, { seed: 1, sample: 0, modes }), {
      name: "RangeError",
      message:
        `Cannot sample random field: the mode count must be an integer >= 2, received ${modes}`,
    });
  }
});
