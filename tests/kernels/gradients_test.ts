// Finite differences: the backward references against the forward references, both in float64.

import assert from "node:assert/strict";
import type { Kernel } from "../../kernels/kernel.ts";
import { erf, hopOutput, hopOutputBackward } from "../../kernels/ops/hop_output.ts";
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
import { moment, momentBackward } from "../../kernels/ops/moment.ts";
import { squaredErrorGradient } from "../../kernels/ops/squared_error.ts";
import { CaseValues, edgeCount, offsetsFromDegrees } from "./case_values.ts";

/**
 * Step of the central differences: curvature near 1 gives errors of STEP² = 1e-10, cancellation of
 * 1e-16 · |f| / STEP, about 1e-10.
 */
const STEP = 1e-5;

/** Tolerance relative to the largest component: a hundred times both errors of the differences. */
const TOLERANCE = 1e-8;

type Arrays = Readonly<Record<string, Float64Array | Uint32Array>>;
type Sizes = Readonly<Record<string, number>>;

/** Runs the reference of `kernel` in float64 on copies of the arrays and returns them. */
function reference(kernel: Kernel, arrays: Arrays, sizes: Sizes): Record<string, Float64Array> {
  const copies = Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, values.slice()]),
  );
  kernel.reference(copies as never, sizes);
  return copies as Record<string, Float64Array>;
}

function dot(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, k) => sum + value * y[k], 0);
}

/** Fails unless `gradient` is the gradient of `f` at `x`. */
function assertGradient(
  f: (x: Float64Array) => number,
  x: Float64Array,
  gradient: Float64Array,
): void {
  assert.equal(gradient.length, x.length);
  const differences = x.map((_, k) => {
    const ahead = x.slice(), behind = x.slice();
    ahead[k] += STEP;
    behind[k] -= STEP;
    return (f(ahead) - f(behind)) / (2 * STEP);
  });
  const largest = gradient.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  assert.ok(largest > 0, "a gradient of 0 proves nothing");
  differences.forEach((difference, k) => {
    const message = `component ${k} is ${gradient[k]}, the difference quotient ${difference}`;
    assert.ok(Math.abs(gradient[k] - difference) <= TOLERANCE * Math.max(1, largest), message);
  });
}

const values = new CaseValues(4711);
const numbers = (length: number) => Float64Array.from(values.numbers(length));
const zeros = (length: number) => new Float64Array(length);
const rectify = (x: Float64Array) => x.map((value) => Math.max(value, 0));

/** Numbers at least 0.01 away from 0, the kink of ReLU. */
const kinkless = (length: number) =>
  numbers(length).map((value) => value + Math.sign(value) * 0.01);

Deno.test("linearBackwardInput() is the gradient of linear() after a ReLU", () => {
  const rows = 4, inner = 5, columns = 3;
  const before = kinkless(rows * inner), y = numbers(rows * columns);
  const weight = numbers(inner * columns), bias = numbers(columns);
  const f = (x: Float64Array) =>
    dot(
      y,
      reference(linear, { input: rectify(x), weight, bias, output: zeros(rows * columns) }, {
        rows,
        inner,
        columns,
        activation: 0,
        accumulate: 0,
      }).output,
    );
  const arrays = {
    outputGradient: y,
    weight,
    input: rectify(before),
    inputGradient: zeros(rows * inner),
  };
  const sizes = { rows, inner, columns, mask: 1, accumulate: 0 };
  assertGradient(f, before, reference(linearBackwardInput, arrays, sizes).inputGradient);
});

Deno.test("linearBackwardWeight() and columnSum() are the gradients of linear()", () => {
  const rows = 4, inner = 5, columns = 3, sizes = { rows, inner, columns };
  const input = numbers(rows * inner), y = numbers(rows * columns);
  const weight = numbers(inner * columns), bias = numbers(columns);
  const f = (weight: Float64Array, bias: Float64Array) =>
    dot(
      y,
      reference(linear, { input, weight, bias, output: zeros(rows * columns) }, {
        ...sizes,
        activation: 0,
        accumulate: 0,
      }).output,
    );
  const arrays = { input, outputGradient: y, weightGradient: zeros(inner * columns) };
  assertGradient(
    (x) => f(x, bias),
    weight,
    reference(linearBackwardWeight, arrays, sizes).weightGradient,
  );
  const { sums } = reference(columnSum, { input: y, sums: zeros(columns) }, { rows, columns });
  assertGradient((x) => f(weight, x), bias, sums);
});

Deno.test("momentBackward() is the gradient of moment() after a ReLU", () => {
  const degrees = [3, 0, 5, 1], edges = edgeCount(degrees), nodes = 6, hiddenWidth = 4, width = 3;
  const offsets = offsetsFromDegrees(degrees, 10), senders = values.integers(edges, nodes);
  const before = kinkless(edges * hiddenWidth), latent = numbers(nodes * width);
  const y = numbers(degrees.length * (hiddenWidth + 1) * width);
  const sizes = { receivers: degrees.length, firstEdge: 10, hiddenWidth, width };
  const f = (before: Float64Array, latent: Float64Array) => {
    const arrays = { offsets, senders, hidden: rectify(before), latent, moments: zeros(y.length) };
    return dot(y, reference(moment, arrays, sizes).moments);
  };
  const { hiddenGradient, messageGradient } = reference(momentBackward, {
    offsets,
    senders,
    hidden: rectify(before),
    latent,
    momentGradient: y,
    hiddenGradient: zeros(edges * hiddenWidth),
    messageGradient: zeros(edges * width),
  }, sizes);
  assertGradient((x) => f(x, latent), before, hiddenGradient);
  const latentGradient = zeros(nodes * width);
  messageGradient.forEach((value, k) => {
    latentGradient[senders[Math.floor(k / width)] * width + k % width] += value;
  });
  assertGradient((x) => f(before, x), latent, latentGradient);
});

Deno.test("the layer norm adjoints are the gradients of layerNorm()", () => {
  const rows = 3, width = 5, sizes = { rows, width };
  const input = numbers(rows * width);
  const weight = numbers(width);
  const bias = numbers(width);
  const y = numbers(rows * width);
  const f = (input: Float64Array, weight: Float64Array, bias: Float64Array) =>
    dot(
      y,
      reference(layerNorm, { input, weight, bias, output: zeros(rows * width) }, sizes).output,
    );
  const inputArrays = { input, weight, outputGradient: y, inputGradient: zeros(rows * width) };
  const { inputGradient } = reference(layerNormBackwardInput, inputArrays, sizes);
  assertGradient((x) => f(x, weight, bias), input, inputGradient);
  const parameterArrays = {
    input,
    outputGradient: y,
    weightGradient: zeros(width),
    biasGradient: zeros(width),
  };
  const { weightGradient, biasGradient } = reference(
    layerNormBackwardParameters,
    parameterArrays,
    sizes,
  );
  assertGradient((x) => f(input, x, bias), weight, weightGradient);
  assertGradient((x) => f(input, weight, x), bias, biasGradient);
});

for (const [activation, code] of [["identity", 0], ["ReLU", 1], ["GELU", 2]] as const) {
  Deno.test(`hopOutputBackward() is the gradient of hopOutput() with ${activation}`, () => {
    const count = 40;
    const update = kinkless(count).map((value) => 3 * value);
    const latent = numbers(count);
    const y = numbers(count);
    const sizes = { count, activation: code };
    const f = (update: Float64Array) =>
      dot(
        y,
        reference(hopOutput, { update, latent, next: zeros(count) }, { ...sizes, residual: 1 })
          .next,
      );
    const arrays = { update, nextGradient: y, updateGradient: zeros(count) };
    assertGradient(f, update, reference(hopOutputBackward, arrays, sizes).updateGradient);
  });
}

Deno.test("squaredErrorGradient() is the gradient of the sum of counted squared errors", () => {
  const rows = 4, columns = 2, counted = Float64Array.of(1, 0, 1, 1);
  const prediction = numbers(rows * columns), target = numbers(rows * columns);
  const f = (prediction: Float64Array) =>
    prediction.reduce(
      (sum, value, k) => sum + counted[Math.floor(k / columns)] * (value - target[k]) ** 2,
      0,
    );
  const arrays = { prediction, target, counted, gradient: zeros(rows * columns) };
  assertGradient(
    f,
    prediction,
    reference(squaredErrorGradient, arrays, { rows, columns }).gradient,
  );
});

Deno.test("erf() equals tabulated values", () => {
  // Abramowitz and Stegun, table 7.1, continued to 16 digits.
  const table = [
    [0, 0],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [5, 0.9999999999984626],
    [7, 1],
  ];
  for (const [x, value] of table) {
    assert.ok(Math.abs(erf(x) - value) < 1e-15, `erf(${x}) is ${erf(x)}`);
    assert.equal(erf(-x), -erf(x));
  }
});
