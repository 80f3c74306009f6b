/**
 * The WGSL shaders of the kernels: their sources, bindings and numbers of invocations.
 *
 * The shader of a kernel is `ops/<kernel>.wgsl` and its entry point has the name of the kernel. Its
 * uniform block holds the number of the first workgroup, the sizes in order, and the first element
 * of each binding. For sums over many rows the shader of the kernel computes partial sums, which
 * `sumParts` adds up; see `launches.ts`.
 *
 * @module
 */

import type { Kernel, Sizes } from "../kernel.ts";
import { edgeAttributes } from "../ops/edge_attributes.ts";
import { edgeEnds, edgeEndsWidth } from "../ops/edge_ends.ts";
import { hopOutput, hopOutputBackward } from "../ops/hop_output.ts";
import { layerNorm, layerNormBackwardInput } from "../ops/layer_norm.ts";
import { linear, linearBackwardInput } from "../ops/linear.ts";
import { matrixPolynomial } from "../ops/matrix_polynomial.ts";
import { moment, momentBackward } from "../ops/moment.ts";
import { addArrays, addRows, gatherRows } from "../ops/rows.ts";
import { squaredErrorGradient } from "../ops/squared_error.ts";
import { gatherSum, segmentSum } from "../ops/sums.ts";
import { weightedGather } from "../ops/weighted_gather.ts";

import addArraysSource from "../ops/add_arrays.wgsl" with { type: "text" };
import addRowsSource from "../ops/add_rows.wgsl" with { type: "text" };
import columnSumSource from "../ops/column_sum.wgsl" with { type: "text" };
import edgeAttributesSource from "../ops/edge_attributes.wgsl" with { type: "text" };
import edgeEndsSource from "../ops/edge_ends.wgsl" with { type: "text" };
import gatherRowsSource from "../ops/gather_rows.wgsl" with { type: "text" };
import gatherSumSource from "../ops/gather_sum.wgsl" with { type: "text" };
import hopOutputSource from "../ops/hop_output.wgsl" with { type: "text" };
import hopOutputBackwardSource from "../ops/hop_output_backward.wgsl" with { type: "text" };
import layerNormSource from "../ops/layer_norm.wgsl" with { type: "text" };
import layerNormBackwardInputSource from "../ops/layer_norm_backward_input.wgsl" with {
  type: "text",
};
import layerNormBackwardParametersSource from "../ops/layer_norm_backward_parameters.wgsl" with {
  type: "text",
};
import linearSource from "../ops/linear.wgsl" with { type: "text" };
import linearBackwardInputSource from "../ops/linear_backward_input.wgsl" with { type: "text" };
import linearBackwardWeightSource from "../ops/linear_backward_weight.wgsl" with { type: "text" };
import matrixPolynomialSource from "../ops/matrix_polynomial.wgsl" with { type: "text" };
import momentSource from "../ops/moment.wgsl" with { type: "text" };
import momentBackwardSource from "../ops/moment_backward.wgsl" with { type: "text" };
import segmentSumSource from "../ops/segment_sum.wgsl" with { type: "text" };
import squaredErrorGradientSource from "../ops/squared_error_gradient.wgsl" with { type: "text" };
import weightedGatherSource from "../ops/weighted_gather.wgsl" with { type: "text" };
import sumPartsSource from "./sum_parts.wgsl" with { type: "text" };
import { type Tile, tileInvocations, WORKGROUP_SIZE } from "./tile.ts";

/**
 * Maximum number of edges of a receiver per dispatch: the constant TURN_EDGES of the shaders that
 * sum over edges.
 */
export const TURN_EDGES = 61_440;

/** A compute shader, and its interface to the host. */
export interface Shader {
  /** Name of the entry point. */
  readonly name: string;
  readonly source: string;
  /** Names of the bindings in order, and whether each is written. */
  readonly bindings: readonly { readonly name: string; readonly written: boolean }[];
  /** Names of the sizes, in the order of the uniform block. */
  readonly sizes: readonly string[];
  /** Values of the override constants. */
  readonly constants: Readonly<Record<string, number>>;
  /** The number of workgroups for the given sizes. */
  workgroups(sizes: Sizes): number;
}

/** The shaders of one device by name of the entry point. */
export type Shaders = ReturnType<typeof createShaders>;

/** All shaders, with products in tiles of `tile`. */
export function createShaders(tile: Tile) {
  const registers = { TILE_ROWS: tile.rows, TILE_COLUMNS: tile.columns };
  const product = { ...registers, GROUP_COLUMNS: tile.groupColumns, DEPTH: tile.depth };
  const tiles = (rows: number, columns: number) =>
    Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
  const turns = { TURN_EDGES };
  return {
    addArrays: kernelShader(addArrays, addArraysSource, ({ count }) => count),
    addRows: kernelShader(addRows, addRowsSource, ({ rowCount, width }) => rowCount * width, {
      more: ["firstNode", "nodeCount"],
    }),
    columnSum: shader({
      name: "columnSum",
      source: columnSumSource,
      inputs: ["input"],
      outputs: ["partials"],
      sizes: ["rows", "columns", "parts", "partRows"],
      invocations: ({ parts, columns }) => parts * columns,
    }),
    edgeAttributes: kernelShader(
      edgeAttributes,
      edgeAttributesSource,
      ({ edges, inputs, outputs }) => edges * (inputs + outputs),
    ),
    edgeEnds: kernelShader(
      edgeEnds,
      edgeEndsSource,
      ({ edges, inputs, outputs, dimensions }) =>
        edges * edgeEndsWidth(inputs, outputs, dimensions),
    ),
    gatherRows: kernelShader(
      gatherRows,
      gatherRowsSource,
      ({ rowCount, width }) => rowCount * width,
      {
        more: ["firstNode", "nodeCount"],
      },
    ),
    gatherSum: kernelShader(
      gatherSum,
      gatherSumSource,
      ({ targetCount, width }) => targetCount * width,
      {
        more: ["turn"],
        constants: turns,
      },
    ),
    hopOutput: kernelShader(hopOutput, hopOutputSource, ({ count }) => count),
    hopOutputBackward: kernelShader(
      hopOutputBackward,
      hopOutputBackwardSource,
      ({ count }) => count,
    ),
    layerNorm: kernelShader(layerNorm, layerNormSource, ({ rows }) => rows),
    layerNormBackwardInput: kernelShader(
      layerNormBackwardInput,
      layerNormBackwardInputSource,
      ({ rows }) => rows,
    ),
    layerNormBackwardParameters: shader({
      name: "layerNormBackwardParameters",
      source: layerNormBackwardParametersSource,
      inputs: ["input", "outputGradient"],
      outputs: ["partials"],
      sizes: ["rows", "width", "parts", "partRows"],
      invocations: ({ parts, width }) => parts * width,
    }),
    linear: kernelShader(
      linear,
      linearSource,
      ({ rows, columns }) => tileInvocations(tile, rows, columns),
      { constants: product },
    ),
    linearBackwardInput: kernelShader(
      linearBackwardInput,
      linearBackwardInputSource,
      ({ rows, inner }) => tileInvocations(tile, rows, inner),
      { constants: product },
    ),
    linearBackwardWeight: shader({
      name: "linearBackwardWeight",
      source: linearBackwardWeightSource,
      inputs: ["input", "outputGradient"],
      outputs: ["partials"],
      sizes: ["rows", "inner", "columns", "parts", "partRows"],
      invocations: ({ parts, inner, columns }) => parts * tileInvocations(tile, inner, columns),
      constants: product,
    }),
    matrixPolynomial: kernelShader(
      matrixPolynomial,
      matrixPolynomialSource,
      ({ size }) => size * size,
    ),
    moment: kernelShader(
      moment,
      momentSource,
      ({ receivers, hiddenWidth, width }) => receivers * tiles(hiddenWidth + 1, width),
      { more: ["turn"], constants: { ...registers, ...turns } },
    ),
    momentBackward: kernelShader(
      momentBackward,
      momentBackwardSource,
      ({ edges, hiddenWidth, width }) => tiles(edges, hiddenWidth) + tiles(edges, width),
      { more: ["edges"], constants: registers },
    ),
    segmentSum: kernelShader(segmentSum, segmentSumSource, ({ rows, width }) => rows * width, {
      more: ["turn"],
      constants: turns,
    }),
    squaredErrorGradient: kernelShader(
      squaredErrorGradient,
      squaredErrorGradientSource,
      ({ rows, columns }) => rows * columns,
    ),
    sumParts: shader({
      name: "sumParts",
      source: sumPartsSource,
      inputs: ["partials"],
      outputs: ["sums"],
      sizes: ["parts", "stride", "count"],
      invocations: ({ count }) => count,
    }),
    weightedGather: kernelShader(
      weightedGather,
      weightedGatherSource,
      ({ rows, width }) => rows * width,
      {
        more: ["turn"],
        constants: turns,
      },
    ),
  } as const satisfies Readonly<Record<string, Shader>>;
}

/** The shader of `kernel`, with the bindings and sizes of its record, then the sizes in `more`. */
function kernelShader<S extends string, More extends string = never>(
  kernel: Kernel<string, S>,
  source: string,
  invocations: (sizes: { readonly [name in S | More]: number }) => number,
  { more = [], constants = {} }: {
    readonly more?: readonly More[] | undefined;
    readonly constants?: Readonly<Record<string, number>> | undefined;
  } = {},
): Shader {
  const names = Object.keys(kernel.bindings);
  return shader({
    name: kernel.name,
    source,
    inputs: names.filter((name) => kernel.bindings[name].access === "read"),
    outputs: names.filter((name) => kernel.bindings[name].access !== "read"),
    sizes: [...kernel.sizes, ...more],
    invocations,
    constants,
  });
}

/** A shader with a one-dimensional range of invocations. */
function shader<S extends string>(
  { name, source, inputs, outputs, sizes, invocations, constants }: {
    readonly name: string;
    readonly source: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly sizes: readonly S[];
    readonly invocations: (sizes: { readonly [name in S]: number }) => number;
    readonly constants?: Readonly<Record<string, number>> | undefined;
  },
): Shader {
  return {
    name,
    source,
    bindings: [
      ...inputs.map((input) => ({ name: input, written: false })),
      ...outputs.map((output) => ({ name: output, written: true })),
    ],
    sizes,
    constants: { WORKGROUP_SIZE, ...constants },
    workgroups: (values) =>
      Math.ceil(invocations(values as { readonly [name in S]: number }) / WORKGROUP_SIZE),
  };
}
