/**
 * Cases of the kernels that work row by row: linear maps, layer norm, activations, sums, the loss.
 *
 * @module
 */

import fc from "fast-check";
import { hopOutput, hopOutputBackward } from "../../kernels/ops/hop_output.ts";
import {
  layerNorm,
  layerNormBackwardInput,
  layerNormBackwardParameters,
} from "../../kernels/ops/layer_norm.ts";
import {
  columnSum,
  linear,
  linearBackwardInput,
  linearBackwardWeight,
} from "../../kernels/ops/linear.ts";
import { matrixPolynomial } from "../../kernels/ops/matrix_polynomial.ts";
import { addArrays } from "../../kernels/ops/rows.ts";
import { squaredErrorGradient } from "../../kernels/ops/squared_error.ts";
import { type CaseValues, poison } from "./case_values.ts";
import {
  anyFlag,
  anyRows,
  anyWidth,
  AWKWARD_WIDTHS,
  defineFamily,
  type KernelFamily,
} from "./kernel_family.ts";

interface Matrix {
  rows: number;
  inner: number;
  columns: number;
}

/** Awkward, tall and flat, larger than the blocks of rows and of inner terms, and empty. */
const MATRICES: readonly Matrix[] = [
  { rows: 0, inner: 3, columns: 4 },
  { rows: 1, inner: 1, columns: 1 },
  { rows: 1, inner: 0, columns: 5 },
  ...AWKWARD_WIDTHS.map((columns, k) => ({
    rows: 5 + k,
    inner: AWKWARD_WIDTHS.at(-1 - k)!,
    columns,
  })),
  ...AWKWARD_WIDTHS.map((inner, k) => ({
    rows: [6, 12, 13, 47, 48, 49][k % 6],
    inner,
    columns: 32,
  })),
  { rows: 13, inner: 2080, columns: 32 },
  { rows: 700, inner: 24, columns: 40 },
  { rows: 3, inner: 5, columns: 700 },
  { rows: 301, inner: 44, columns: 129 },
  { rows: 5000, inner: 3, columns: 1 },
  { rows: 5, inner: 4100, columns: 9 },
  { rows: 5, inner: 9, columns: 4100 },
];

const anyMatrix = fc.record({ rows: anyRows, inner: anyWidth, columns: anyWidth });

/** Every matrix with the first flag (ReLU or mask), and with the second (accumulate) or none. */
const FLAGGED = MATRICES.flatMap((matrix, k) => [
  { ...matrix, first: 1, second: 0 },
  { ...matrix, first: 0, second: k & 1 },
]);

const linearCases = defineFamily({
  kernel: linear,
  fixed: FLAGGED,
  arbitrary: fc.record({ rows: anyRows, inner: anyWidth, columns: anyWidth }).chain((matrix) =>
    fc.constantFrom({ first: 0, second: 0 }, { first: 1, second: 0 }, { first: 0, second: 1 })
      .map((flags) => ({ ...matrix, ...flags }))
  ),
  build({ rows, inner, columns, first: activation, second: accumulate }, values) {
    return {
      arrays: {
        input: values.numbers(rows * inner),
        weight: values.numbers(inner * columns),
        bias: values.numbers(columns),
        output: accumulate === 1 ? values.numbers(rows * columns) : poison(rows * columns),
      },
      sizes: { rows, inner, columns, activation, accumulate },
      terms: inner + 2,
      scale: "terms",
    };
  },
});

const linearBackwardInputCases = defineFamily({
  kernel: linearBackwardInput,
  fixed: [...FLAGGED, { rows: 19, inner: 21, columns: 13, first: 1, second: 1 }],
  arbitrary: fc.tuple(anyMatrix, anyFlag, anyFlag)
    .map(([matrix, first, second]) => ({ ...matrix, first, second })),
  build({ rows, inner, columns, first: mask, second: accumulate }, values) {
    return {
      arrays: {
        outputGradient: values.numbers(rows * columns),
        weight: values.numbers(inner * columns),
        input: values.rectified(rows * inner),
        inputGradient: accumulate === 1 ? values.numbers(rows * inner) : poison(rows * inner),
      },
      sizes: { rows, inner, columns, mask, accumulate },
      terms: columns + 1,
      scale: "terms",
    };
  },
});

const linearBackwardWeightCases = defineFamily({
  kernel: linearBackwardWeight,
  fixed: MATRICES,
  arbitrary: anyMatrix,
  build({ rows, inner, columns }, values) {
    return {
      arrays: {
        input: values.numbers(rows * inner),
        outputGradient: values.numbers(rows * columns),
        weightGradient: values.numbers(inner * columns),
      },
      sizes: { rows, inner, columns },
      terms: rows + 1,
      scale: "terms",
    };
  },
});

const ROWS_AND_WIDTHS = [
  { rows: 0, width: 4 },
  { rows: 1, width: 1 },
  ...AWKWARD_WIDTHS.map((width, k) => ({ rows: k + 1, width })),
  { rows: 1030, width: 33 },
  { rows: 4, width: 515 },
];

const anyRowsAndWidth = fc.record({ rows: anyRows, width: anyWidth });

const columnSumCases = defineFamily({
  kernel: columnSum,
  fixed: [...ROWS_AND_WIDTHS, { rows: 100_003, width: 1 }, { rows: 20_001, width: 6 }],
  arbitrary: anyRowsAndWidth,
  build: ({ rows, width: columns }, values) => ({
    arrays: { input: values.numbers(rows * columns), sums: values.numbers(columns) },
    sizes: { rows, columns },
    terms: rows + 1,
    scale: "terms",
  }),
});

/** Rows for layer norm: a mean far from 0; if `rows` is even, a first row with variance 0. */
function unevenRows(rows: number, width: number, values: CaseValues): Float32Array {
  return values.numbers(rows * width).map((value, k) =>
    rows % 2 === 0 && k < width ? 0.5 : value + 2
  );
}

/**
 * Growth of the relative error: values minus their mean are a few times smaller than the values.
 */
const NORM_SCALE = 8;

const layerNormCases = defineFamily({
  kernel: layerNorm,
  fixed: ROWS_AND_WIDTHS,
  arbitrary: anyRowsAndWidth,
  build: ({ rows, width }, values) => ({
    arrays: {
      input: unevenRows(rows, width, values),
      weight: values.numbers(width),
      bias: values.numbers(width),
      output: poison(rows * width),
    },
    sizes: { rows, width },
    terms: width,
    scale: NORM_SCALE,
  }),
});

const layerNormBackwardInputCases = defineFamily({
  kernel: layerNormBackwardInput,
  fixed: ROWS_AND_WIDTHS,
  arbitrary: anyRowsAndWidth,
  build: ({ rows, width }, values) => ({
    arrays: {
      input: unevenRows(rows, width, values),
      weight: values.numbers(width),
      outputGradient: values.numbers(rows * width),
      inputGradient: poison(rows * width),
    },
    sizes: { rows, width },
    terms: width,
    scale: NORM_SCALE,
  }),
});

const layerNormBackwardParametersCases = defineFamily({
  kernel: layerNormBackwardParameters,
  fixed: ROWS_AND_WIDTHS,
  arbitrary: anyRowsAndWidth,
  build: ({ rows, width }, values) => ({
    arrays: {
      input: unevenRows(rows, width, values),
      outputGradient: values.numbers(rows * width),
      weightGradient: values.numbers(width),
      biasGradient: values.numbers(width),
    },
    sizes: { rows, width },
    terms: rows + width,
    scale: NORM_SCALE,
  }),
});

const COUNTS = [0, 1, 3, 4, 5, 63, 64, 65, 255, 257, 70_001];

/** Arguments of an activation: the tails of erf, its sign change, and values between them. */
function activationArguments(count: number, values: CaseValues): Float32Array {
  const special = [
    0,
    -0,
    1e-30,
    -1e-30,
    1e-4,
    0.5,
    -0.5,
    1,
    -1,
    3,
    -3,
    4.24,
    -4.24,
    5.5,
    -5.5,
    9,
    -9,
    40,
    -40,
    200,
  ];
  return values.numbers(count).map((value, k) =>
    k % 3 === 0 ? special[(k / 3) % special.length] : 6 * value
  );
}

const hopOutputCases = defineFamily({
  kernel: hopOutput,
  fixed: COUNTS.flatMap((count) =>
    [0, 1, 2].flatMap((activation) => [0, 1].map((residual) => ({ count, activation, residual })))
  ),
  arbitrary: fc.record({ count: anyRows, activation: fc.constantFrom(0, 1, 2), residual: anyFlag }),
  build: ({ count, activation, residual }, values) => ({
    arrays: {
      update: activationArguments(count, values),
      latent: values.numbers(count),
      next: poison(count),
    },
    sizes: { count, activation, residual },
    terms: 2,
    scale: "terms",
  }),
});

const hopOutputBackwardCases = defineFamily({
  kernel: hopOutputBackward,
  fixed: COUNTS.flatMap((count) => [0, 1, 2].map((activation) => ({ count, activation }))),
  arbitrary: fc.record({ count: anyRows, activation: fc.constantFrom(0, 1, 2) }),
  build: ({ count, activation }, values) => ({
    arrays: {
      update: activationArguments(count, values),
      nextGradient: values.numbers(count),
      updateGradient: poison(count),
    },
    sizes: { count, activation },
    terms: 2,
    scale: "terms",
  }),
});

const addArraysCases = defineFamily({
  kernel: addArrays,
  fixed: COUNTS.map((count) => ({ count })),
  arbitrary: fc.record({ count: anyRows }),
  build: ({ count }, values) => ({
    arrays: { source: values.numbers(count), target: values.numbers(count) },
    sizes: { count },
    terms: 2,
    scale: "terms",
  }),
});

const matrixPolynomialCases = defineFamily({
  kernel: matrixPolynomial,
  fixed: [0, ...AWKWARD_WIDTHS].map((size) => ({ size })),
  arbitrary: fc.record({ size: fc.integer({ min: 0, max: 20 }) }),
  build: ({ size }, values) => ({
    arrays: {
      coefficients: values.numbers(3),
      matrix: values.numbers(size * size),
      square: values.numbers(size * size),
      output: poison(size * size),
    },
    sizes: { size },
    terms: 3,
    scale: "terms",
  }),
});

const squaredErrorGradientCases = defineFamily({
  kernel: squaredErrorGradient,
  fixed: ROWS_AND_WIDTHS,
  arbitrary: anyRowsAndWidth,
  build: ({ rows, width: columns }, values) => ({
    arrays: {
      prediction: values.numbers(rows * columns),
      target: values.numbers(rows * columns),
      counted: Float32Array.from({ length: rows }, () => values.next() < 0.5 ? 0 : 1),
      gradient: poison(rows * columns),
    },
    sizes: { rows, columns },
    terms: 1,
    scale: 1,
  }),
});

/** Families of the kernels without a graph. */
export const DENSE_FAMILIES: readonly KernelFamily[] = [
  addArraysCases,
  columnSumCases,
  hopOutputCases,
  hopOutputBackwardCases,
  layerNormCases,
  layerNormBackwardInputCases,
  layerNormBackwardParametersCases,
  linearCases,
  linearBackwardInputCases,
  linearBackwardWeightCases,
  matrixPolynomialCases,
  squaredErrorGradientCases,
];
