/**
 * Cases of the kernels that follow edges or node numbers.
 *
 * @module
 */

import fc from "fast-check";
import { edgeAttributes } from "../../kernels/ops/edge_attributes.ts";
import { edgeEnds, edgeEndsWidth } from "../../kernels/ops/edge_ends.ts";
import { moment, momentBackward } from "../../kernels/ops/moment.ts";
import { addRows, gatherRows } from "../../kernels/ops/rows.ts";
import { gatherSum, segmentSum } from "../../kernels/ops/sums.ts";
import { weightedGather } from "../../kernels/ops/weighted_gather.ts";
import { type CaseValues, edgeCount, offsetsFromDegrees, poison } from "./case_values.ts";
import {
  anyDegrees,
  anyFlag,
  anyRows,
  anyWidth,
  AWKWARD_WIDTHS,
  defineFamily,
  type KernelFamily,
} from "./kernel_family.ts";

/** Degrees of 0, 1, and on both sides of tile sizes. */
const MIXED_DEGREES = [0, 1, 3, 0, 4, 5, 16, 7, 64, 8, 9, 0, 33, 0];

/** A receiver with edges for two turns, and more than 65,535, between an empty and a small one. */
const HUB_DEGREES = [0, 66_000, 3];

interface Block {
  degrees: number[];
  /** Number of the first edge of the block in the complete graph. */
  firstEdge: number;
  /** Edges of the block before those of its first receiver. */
  leadingEdges?: number | undefined;
  hiddenWidth: number;
  width: number;
}

const BLOCKS: readonly Block[] = [
  { degrees: [], firstEdge: 0, hiddenWidth: 4, width: 4 },
  { degrees: [0, 0], firstEdge: 9, hiddenWidth: 4, width: 4 },
  { degrees: [1], firstEdge: 0, hiddenWidth: 1, width: 1 },
  ...AWKWARD_WIDTHS.map((width, k) => ({
    degrees: MIXED_DEGREES,
    firstEdge: 7 * k,
    hiddenWidth: AWKWARD_WIDTHS.at(-1 - k)!,
    width,
  })),
  { degrees: MIXED_DEGREES, firstEdge: 1000, leadingEdges: 2, hiddenWidth: 8, width: 8 },
  { degrees: [56, 16, 128, 57], firstEdge: 0, hiddenWidth: 64, width: 32 },
  { degrees: [56, 300, 1], firstEdge: 11, hiddenWidth: 128, width: 64 },
  { degrees: HUB_DEGREES, firstEdge: 5, hiddenWidth: 5, width: 3 },
];

const anyBlock: fc.Arbitrary<Block> = fc.record({
  degrees: anyDegrees,
  firstEdge: fc.nat(1000),
  hiddenWidth: anyWidth,
  width: anyWidth,
});

function blockInputs(
  { degrees, firstEdge, leadingEdges = 0, hiddenWidth, width }: Block,
  values: CaseValues,
) {
  const edges = leadingEdges + edgeCount(degrees), nodes = degrees.length + 6;
  return {
    edges,
    inputs: {
      offsets: offsetsFromDegrees(degrees, firstEdge + leadingEdges),
      senders: values.integers(edges, nodes),
      hidden: values.rectified(edges * hiddenWidth),
      latent: values.numbers(nodes * width),
    },
    sizes: { receivers: degrees.length, firstEdge, hiddenWidth, width },
  };
}

const momentCases = defineFamily({
  kernel: moment,
  fixed: BLOCKS,
  arbitrary: anyBlock,
  build(block, values) {
    const { inputs, sizes } = blockInputs(block, values);
    const moments = poison(block.degrees.length * (block.hiddenWidth + 1) * block.width);
    return {
      arrays: { ...inputs, moments },
      sizes,
      terms: Math.max(1, ...block.degrees),
      scale: "terms",
    };
  },
});

const momentBackwardCases = defineFamily({
  kernel: momentBackward,
  fixed: BLOCKS,
  arbitrary: anyBlock,
  build(block, values) {
    const { edges, inputs, sizes } = blockInputs(block, values);
    return {
      arrays: {
        ...inputs,
        momentGradient: values.numbers(
          block.degrees.length * (block.hiddenWidth + 1) * block.width,
        ),
        hiddenGradient: poison(edges * block.hiddenWidth),
        messageGradient: poison(edges * block.width),
      },
      sizes,
      terms: Math.max(block.hiddenWidth + 1, block.width),
      scale: "terms",
    };
  },
});

const segmentSumCases = defineFamily({
  kernel: segmentSum,
  fixed: [
    { degrees: [] as number[], firstEdge: 0, stride: 5, column: 2, width: 3 },
    ...AWKWARD_WIDTHS.map((width, k) => ({
      degrees: MIXED_DEGREES,
      firstEdge: 3 * k,
      stride: width + k % 4,
      column: k % 4,
      width,
    })),
    { degrees: HUB_DEGREES, firstEdge: 4, stride: 4, column: 3, width: 1 },
  ],
  arbitrary: fc.record({
    degrees: anyDegrees,
    firstEdge: fc.nat(1000),
    column: fc.nat(5),
    width: anyWidth,
    rest: fc.nat(5),
  }).map(({ rest, ...shape }) => ({ ...shape, stride: shape.column + shape.width + rest })),
  build: ({ degrees, firstEdge, stride, column, width }, values) => ({
    arrays: {
      offsets: offsetsFromDegrees(degrees, firstEdge),
      values: values.numbers(edgeCount(degrees) * stride),
      sums: values.numbers(degrees.length * width),
    },
    sizes: { rows: degrees.length, firstEdge, stride, column, width },
    terms: 1 + Math.max(0, ...degrees),
    scale: "terms",
  }),
});

const gatherSumCases = defineFamily({
  kernel: gatherSum,
  fixed: [
    { degrees: [] as number[], stride: 5, column: 2, width: 3, negative: 0 },
    ...AWKWARD_WIDTHS.map((width, k) => ({
      degrees: MIXED_DEGREES,
      stride: width + k % 4,
      column: k % 4,
      width,
      negative: k % 2,
    })),
    { degrees: HUB_DEGREES, stride: 3, column: 1, width: 2, negative: 1 },
    { degrees: HUB_DEGREES, stride: 8, column: 0, width: 8, negative: 0 },
  ],
  arbitrary: fc.record({
    degrees: anyDegrees,
    column: fc.nat(5),
    width: anyWidth,
    rest: fc.nat(5),
    negative: anyFlag,
  }).map(({ rest, ...shape }) => ({ ...shape, stride: shape.column + shape.width + rest })),
  build({ degrees, stride, column, width, negative }, values) {
    const edges = edgeCount(degrees), nodes = degrees.length + 3;
    return {
      arrays: {
        targets: values.distinct(degrees.length, nodes),
        offsets: offsetsFromDegrees(degrees),
        items: values.distinct(edges, edges),
        values: values.numbers(edges * stride),
        sums: values.numbers(nodes * width),
      },
      sizes: { targetCount: degrees.length, stride, column, width, negative },
      terms: 1 + Math.max(0, ...degrees),
      scale: "terms",
    };
  },
});

const edgeAttributesCases = defineFamily({
  kernel: edgeAttributes,
  fixed: [
    { edges: 0, inputs: 3, outputs: 1 },
    { edges: 5, inputs: 1, outputs: 0 },
    { edges: 5, inputs: 0, outputs: 2 },
    ...AWKWARD_WIDTHS.map((inputs, k) => ({
      edges: 3 * k + 1,
      inputs,
      outputs: AWKWARD_WIDTHS.at(-1 - k)!,
    })),
    { edges: 3001, inputs: 3, outputs: 1 },
    { edges: 3001, inputs: 5, outputs: 3 },
    { edges: 70_001, inputs: 2, outputs: 2 },
  ],
  arbitrary: fc.record({ edges: anyRows, inputs: fc.nat(20), outputs: fc.nat(20) }),
  build({ edges, inputs, outputs }, values) {
    const nodes = 11;
    return {
      arrays: {
        senders: values.integers(edges, nodes),
        receivers: values.integers(edges, nodes),
        input: values.numbers(nodes * inputs),
        decoded: values.numbers(nodes * outputs),
        attributes: poison(edges * (inputs + outputs)),
      },
      sizes: { edges, inputs, outputs },
      terms: 1,
      scale: 1,
    };
  },
});

const edgeEndsCases = defineFamily({
  kernel: edgeEnds,
  fixed: [
    { edges: 0, inputs: 3, outputs: 1, dimensions: 2 },
    { edges: 5, inputs: 1, outputs: 0, dimensions: 1 },
    ...AWKWARD_WIDTHS.map((others, k) => ({
      edges: 3 * k + 1,
      inputs: others + k % 3,
      outputs: AWKWARD_WIDTHS.at(-1 - k)!,
      dimensions: 1 + k % 3,
    })),
    { edges: 3001, inputs: 3, outputs: 1, dimensions: 3 },
    { edges: 3001, inputs: 9, outputs: 3, dimensions: 2 },
    { edges: 70_001, inputs: 4, outputs: 2, dimensions: 3 },
  ],
  arbitrary: fc.record({
    edges: anyRows,
    dimensions: fc.integer({ min: 1, max: 3 }),
    others: fc.nat(18),
    outputs: fc.nat(20),
  }).map(({ others, ...shape }) => ({ ...shape, inputs: shape.dimensions + others })),
  build({ edges, inputs, outputs, dimensions }, values) {
    const nodes = 11;
    return {
      arrays: {
        senders: values.integers(edges, nodes),
        receivers: values.integers(edges, nodes),
        input: values.numbers(nodes * inputs),
        decoded: values.numbers(nodes * outputs),
        attributes: poison(edges * edgeEndsWidth(inputs, outputs, dimensions)),
      },
      sizes: { edges, inputs, outputs, dimensions },
      // The squares under the root of the length.
      terms: dimensions,
      scale: 1,
    };
  },
});

const ROW_MOVES = [
  { rowCount: 0, width: 4 },
  ...AWKWARD_WIDTHS.map((width, k) => ({ rowCount: 2 * k + 1, width })),
  { rowCount: 1030, width: 33 },
];

const anyRowMove = fc.record({ rowCount: anyRows, width: anyWidth });

const gatherRowsCases = defineFamily({
  kernel: gatherRows,
  fixed: ROW_MOVES,
  arbitrary: anyRowMove,
  build: ({ rowCount, width }, values) => ({
    arrays: {
      indices: values.integers(rowCount, 17),
      source: values.numbers(17 * width),
      rows: poison(rowCount * width),
    },
    sizes: { rowCount, width },
    terms: 1,
    scale: "terms",
  }),
});

const addRowsCases = defineFamily({
  kernel: addRows,
  fixed: ROW_MOVES,
  arbitrary: anyRowMove,
  build: ({ rowCount, width }, values) => ({
    arrays: {
      indices: values.distinct(rowCount, rowCount + 4),
      rows: values.numbers(rowCount * width),
      target: values.numbers((rowCount + 4) * width),
    },
    sizes: { rowCount, width },
    terms: 2,
    scale: "terms",
  }),
});

const weightedGatherCases = defineFamily({
  kernel: weightedGather,
  fixed: [
    { degrees: [] as number[], width: 3, activation: 0 },
    ...AWKWARD_WIDTHS.map((width, k) => ({ degrees: MIXED_DEGREES, width, activation: k % 2 })),
    { degrees: HUB_DEGREES, width: 5, activation: 0 },
    { degrees: [56, 57], width: 378, activation: 1 },
  ],
  arbitrary: fc.record({ degrees: anyDegrees, width: anyWidth, activation: anyFlag }),
  build({ degrees, width, activation }, values) {
    const edges = edgeCount(degrees), nodes = degrees.length + 3;
    return {
      arrays: {
        offsets: offsetsFromDegrees(degrees),
        senders: values.integers(edges, nodes),
        edgeWeights: values.numbers(edges),
        selfWeights: values.numbers(degrees.length),
        values: values.numbers(nodes * width),
        bias: values.numbers(width),
        sums: poison(degrees.length * width),
      },
      sizes: { rows: degrees.length, width, activation },
      terms: 2 + Math.max(0, ...degrees),
      scale: "terms",
    };
  },
});

/** Families of the kernels with a graph or node numbers. */
export const GRAPH_FAMILIES: readonly KernelFamily[] = [
  addRowsCases,
  edgeAttributesCases,
  edgeEndsCases,
  gatherRowsCases,
  gatherSumCases,
  momentCases,
  momentBackwardCases,
  segmentSumCases,
  weightedGatherCases,
];
