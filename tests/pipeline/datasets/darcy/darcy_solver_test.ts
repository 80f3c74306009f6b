import assert from "node:assert/strict";
import {
  assembleDarcyOperator,
  type FaceMean,
  solveDarcy,
} from "../../../../pipeline/datasets/darcy/darcy_solver.ts";
import { applyStencil } from "../../../../pipeline/datasets/darcy/multigrid.ts";
import { denseSolve } from "../dense_solve.ts";

const faceMeans: readonly FaceMean[] = ["arithmetic", "harmonic"];

/** Values of a function at the vertices (i, j) / (n - 1), number i * n + j. */
function sampleVertices(n: number, f: (x: number, y: number) => number): Float64Array {
  return Float64Array.from(
    { length: n * n },
    (_, p) => f(Math.floor(p / n) / (n - 1), (p % n) / (n - 1)),
  );
}

/** 12 or 3 by the sign of a wavy function: connected regions with jumps, as in the data. */
function jumpingCoefficient(n: number, high = 12, low = 3): Float64Array {
  return sampleVertices(
    n,
    (x, y) => Math.sin(9 * x + 5 * x * y) * Math.cos(13 * y - 3 * x) >= 0 ? high : low,
  );
}

/** The five-point operator as a dense matrix over the inner vertices, row by row as on paper. */
function denseOperator(a: Float64Array, n: number, faceMean: FaceMean): number[][] {
  const m = n - 2;
  const mean = (p: number, q: number) =>
    faceMean === "arithmetic" ? 0.5 * (a[p] + a[q]) : 2 / (1 / a[p] + 1 / a[q]);
  const rows = Array.from({ length: m * m }, () => new Array<number>(m * m).fill(0));
  for (let i = 1; i <= m; i++) {
    for (let j = 1; j <= m; j++) {
      const row = (i - 1) * m + j - 1;
      for (const [k, l] of [[i - 1, j], [i + 1, j], [i, j - 1], [i, j + 1]]) {
        const face = mean(i * n + j, k * n + l);
        rows[row][row] += face;
        if (k >= 1 && k <= m && l >= 1 && l <= m) rows[row][(k - 1) * m + l - 1] = -face;
      }
    }
  }
  return rows;
}

function relativeDifference(actual: Float64Array, expected: Float64Array): number {
  let difference = 0;
  let norm = 0;
  for (let p = 0; p < expected.length; p++) {
    difference += (actual[p] - expected[p]) ** 2;
    norm += expected[p] ** 2;
  }
  return Math.sqrt(difference / norm);
}

/**
 * u = sin(πx) sin(2πy) with the smooth coefficient 2 + sin(3x) cos(2y), and the source that belongs
 * to them.
 */
function manufactured(n: number) {
  const { sin, cos, PI } = Math;
  const coefficient = sampleVertices(n, (x, y) => 2 + sin(3 * x) * cos(2 * y));
  const solution = sampleVertices(n, (x, y) => sin(PI * x) * sin(2 * PI * y));
  const source = sampleVertices(n, (x, y) => {
    const gradientProduct = 3 * cos(3 * x) * cos(2 * y) * PI * cos(PI * x) * sin(2 * PI * y) -
      2 * sin(3 * x) * sin(2 * y) * 2 * PI * sin(PI * x) * cos(2 * PI * y);
    const laplacian = -5 * PI ** 2 * sin(PI * x) * sin(2 * PI * y);
    return -(gradientProduct + (2 + sin(3 * x) * cos(2 * y)) * laplacian);
  });
  return { coefficient, source, solution };
}

/**
 * Errors of the manufactured solution as an independent program (sparse LU of scipy) found them.
 */
const referenceErrors = [
  { n: 27, arithmetic: 0.004385118474333077, harmonic: 0.004534474420771954 },
  { n: 53, arithmetic: 0.0010941067067546523, harmonic: 0.0011313418352993162 },
  { n: 106, arithmetic: 0.00026820770321118667, harmonic: 0.00027733362098522396 },
  { n: 211, arithmetic: 6.70437812161146e-5, harmonic: 6.932487094985902e-5 },
  { n: 421, arithmetic: 1.6760436342555226e-5, harmonic: 1.7330684412221516e-5 },
] as const;

for (const faceMean of faceMeans) {
  Deno.test(`solveDarcy() has the errors of an independent program (${faceMean} means)`, () => {
    // Both solvers leave about 1e-11 of the solution; the smallest error is 1.7e-5 of it.
    const tolerance = 1e-7;
    let coarser: { readonly n: number; readonly error: number } | undefined;
    for (const reference of referenceErrors) {
      const { n } = reference;
      const { coefficient, source, solution } = manufactured(n);
      const actual = solveDarcy(coefficient, n, { source, faceMean });
      const error = relativeDifference(actual.solution, solution);
      assert.ok(
        Math.abs(error / reference[faceMean] - 1) < tolerance,
        `n = ${n}: ${error}, expected ${reference[faceMean]}`,
      );
      if (coarser !== undefined) {
        const order = Math.log(coarser.error / error) / Math.log((n - 1) / (coarser.n - 1));
        assert.ok(Math.abs(order - 2) < 0.01, `n = ${n}: order ${order}`);
      }
      coarser = { n, error };
    }
  });

  Deno.test(`solveDarcy() equals a dense direct solve (${faceMean} means)`, () => {
    for (const n of [3, 4, 5, 6, 7, 8, 9, 12, 13]) {
      const a = jumpingCoefficient(n);
      const source = sampleVertices(n, (x, y) => 1 + x - 3 * y * y);
      const inner = [...a.keys()].filter((p) =>
        p >= n && p < n * (n - 1) && p % n > 0 && p % n < n - 1
      );
      const expected = new Float64Array(n * n);
      denseSolve(denseOperator(a, n, faceMean), inner.map((p) => source[p] / (n - 1) ** 2))
        .forEach((value, row) => expected[inner[row]] = value);
      const { solution } = solveDarcy(a, n, { source, faceMean, tolerance: 1e-13 });
      const difference = relativeDifference(solution, expected);
      assert.ok(difference < 1e-12, `n = ${n}: ${difference}`);
    }
  });
}

Deno.test("solveDarcy() of a constant coefficient has the Fourier series at the centre", () => {
  // u(1/2, 1/2) of -Δu = 1: sum over odd k, l of 16 sin(kπ/2) sin(lπ/2) / (π⁴ k l (k² + l²)).
  const expected = 0.0736713532814;
  const n = 129;
  const { solution } = solveDarcy(new Float64Array(n * n).fill(4), n);
  const centre = solution[64 * n + 64];
  assert.ok(Math.abs(4 * centre / expected - 1) < 1e-4, `${4 * centre}`);
});

Deno.test(
  "solveDarcy() converges to 1e-10 in a number of iterations that hardly depends on n or the " +
    "jump",
  () => {
    for (const n of [10, 64, 85, 86, 129, 211]) {
      for (const [high, maxIterations] of [[12, 15], [3e6, 25]]) {
        const { iterations, relativeResidual } = solveDarcy(jumpingCoefficient(n, high), n);
        assert.ok(relativeResidual <= 1e-10, `n = ${n}: residual ${relativeResidual}`);
        assert.ok(
          iterations <= maxIterations,
          `n = ${n}, jump ${high} / 3: ${iterations} iterations`,
        );
      }
    }
  },
);

Deno.test("solveDarcy() reports the residual of the solution it returns", () => {
  const n = 22;
  const a = jumpingCoefficient(n);
  const { solution, relativeResidual } = solveDarcy(a, n, { tolerance: 1e-4 });
  const rows = denseOperator(a, n, "arithmetic");
  const inner = [...solution.keys()].filter((p) =>
    p >= n && p < n * (n - 1) && p % n > 0 && p % n < n - 1
  );
  const b = 1 / (n - 1) ** 2;
  const squares = rows.map((row) =>
    (b - row.reduce((sum, v, q) => sum + v * solution[inner[q]], 0)) ** 2
  );
  const expected = Math.sqrt(squares.reduce((sum, square) => sum + square) / (rows.length * b * b));
  assert.ok(relativeResidual > 1e-8 && relativeResidual <= 1e-4, `${relativeResidual}`);
  assert.ok(
    Math.abs(relativeResidual / expected - 1) < 1e-8,
    `${relativeResidual}, expected ${expected}`,
  );
});

Deno.test("solveDarcy() obeys the maximum principle", () => {
  const n = 40;
  const a = jumpingCoefficient(n);
  const source = new Float64Array(n * n);
  source[13 * n + 21] = 1;
  const { solution } = solveDarcy(a, n, { source, tolerance: 1e-12 });
  for (let p = 0; p < n * n; p++) {
    const inside = p >= n && p < n * (n - 1) && p % n > 0 && p % n < n - 1;
    assert.ok(inside ? solution[p] > 0 : solution[p] === 0, `vertex ${p}: ${solution[p]}`);
    assert.ok(solution[p] <= solution[13 * n + 21], `vertex ${p} exceeds the only source`);
  }
});

Deno.test("solveDarcy() transposes with its coefficient", () => {
  const n = 33;
  const a = jumpingCoefficient(n);
  const transpose = (v: Float64Array) => v.map((_, p) => v[(p % n) * n + Math.floor(p / n)]);
  const difference = relativeDifference(
    solveDarcy(transpose(a), n).solution,
    transpose(solveDarcy(a, n).solution),
  );
  assert.ok(difference < 1e-9, `${difference}`);
});

Deno.test("solveDarcy() of no source is 0", () => {
  const { solution, iterations, relativeResidual } = solveDarcy(jumpingCoefficient(9), 9, {
    source: 0,
  });
  assert.deepEqual([...solution], new Array(81).fill(0));
  assert.deepEqual({ iterations, relativeResidual }, { iterations: 0, relativeResidual: 0 });
});

Deno.test("assembleDarcyOperator() is symmetric: <Ax, y> = <x, Ay>", () => {
  for (const faceMean of faceMeans) {
    for (const n of [3, 4, 17, 30]) {
      const operator = assembleDarcyOperator(jumpingCoefficient(n), n, faceMean);
      const inside = (_: number, p: number) =>
        p >= n && p < n * (n - 1) && p % n > 0 && p % n < n - 1 ? Math.sin(1 + p * p) : 0;
      const x = new Float64Array(n * n).map(inside);
      const y = new Float64Array(n * n).map((_, p) => inside(0, p) * Math.cos(p));
      const [ax, ay] = [new Float64Array(n * n), new Float64Array(n * n)];
      applyStencil(operator, x, ax);
      applyStencil(operator, y, ay);
      const [left, right, scale] = x.reduce(
        ([l, r, s], _, p) => [l + ax[p] * y[p], r + x[p] * ay[p], s + Math.abs(ax[p] * y[p])],
        [0, 0, 0],
      );
      assert.ok(Math.abs(left - right) <= 1e-14 * scale, `n = ${n}: ${left} and ${right}`);
    }
  }
});

Deno.test("solveDarcy() throws if the iteration does not converge", () => {
  assert.throws(() => solveDarcy(jumpingCoefficient(30), 30, { maxIterations: 3 }), {
    name: "RangeError",
    message: /Darcy flow on 30 × 30 vertices: .* fall to 1e-10, reached .* after 3 iterations/,
  });
});

Deno.test("solveDarcy() accepts float64 rounding if the tolerance is below it", () => {
  for (const n of [20, 150]) {
    const { relativeResidual } = solveDarcy(jumpingCoefficient(n), n, { tolerance: 1e-16 });
    // ε times the norm of A (96) times |u| / |b|, about 0.006 n².
    assert.ok(
      relativeResidual > 1e-16 && relativeResidual < Number.EPSILON * 96 * 0.006 * n * n,
      `n = ${n}`,
    );
  }
});

Deno.test("solveDarcy() rejects arguments without a solution", () => {
  const ones = (n: number) => new Float64Array(n * n).fill(1);
  for (const resolution of [2, 0, -5, 3.5, NaN]) {
    assert.throws(() => solveDarcy(ones(3), resolution), {
      name: "RangeError",
      message:
        `Cannot solve Darcy flow: the resolution must be an integer >= 3, received ${resolution}`,
    });
  }
  assert.throws(() => solveDarcy(ones(4), 5), {
    name: "TypeError",
    message: /received 16 for 5 × 5/,
  });
  for (const bad of [0, -1, NaN, Infinity]) {
    const coefficient = ones(4);
    coefficient[6] = bad;
    assert.throws(() => solveDarcy(coefficient, 4), {
      name: "RangeError",
      message: "Cannot solve Darcy flow: the coefficient must be finite and > 0, received " +
        `${bad} at vertex 6`,
    });
  }
  assert.throws(() => solveDarcy(ones(4), 4, { source: NaN }), {
    name: "RangeError",
    message: /source/,
  });
  assert.throws(() => solveDarcy(ones(4), 4, { source: ones(3) }), {
    name: "TypeError",
    message: /received 9/,
  });
});
