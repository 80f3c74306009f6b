/**
 * Cuts of dispatches whose arrays are longer than one binding.
 *
 * Most kernels run along rows (nodes, edges, receivers, parts of a sum) with the same order in
 * several arrays: they are dispatched for windows of rows. `gatherRows` and `addRows` index any row
 * of an array: they are dispatched for windows on that array, and skip rows outside. No sum is cut,
 * so the results are bitwise those of one dispatch.
 *
 * @module
 */

import type { Arrays, Dispatch } from "./dispatch.ts";
import type { Sizes } from "../kernel.ts";
import { edgeEndsWidth } from "../ops/edge_ends.ts";

/** The rows along which a shader runs. */
interface RowRule {
  /** Name of the size that is the number of rows. */
  readonly rows: string;
  /** Elements per row of each array that has these rows. */
  readonly widths: (sizes: Sizes) => Readonly<Record<string, number>>;
  /** The array of offsets, which has one element more than there are rows. */
  readonly offsets?: string | undefined;
}

const elements = (...names: readonly string[]): RowRule => ({
  rows: "count",
  widths: () => Object.fromEntries(names.map((name) => [name, 1])),
});

const partial = (width: (sizes: Sizes) => Readonly<Record<string, number>>): RowRule => ({
  rows: "parts",
  widths: (sizes) =>
    Object.fromEntries(
      Object.entries(width(sizes)).map((
        [name, width],
      ) => [name, name === "partials" ? width : width * sizes.partRows]),
    ),
});

/** Row rules by name of the shader. */
const ROW_RULES: Readonly<Record<string, RowRule>> = {
  addArrays: elements("source", "target"),
  addRows: { rows: "rowCount", widths: ({ width }) => ({ indices: 1, rows: width }) },
  columnSum: partial(({ columns }) => ({ input: columns, partials: columns })),
  edgeAttributes: {
    rows: "edges",
    widths: ({ inputs, outputs }) => ({ senders: 1, receivers: 1, attributes: inputs + outputs }),
  },
  edgeEnds: {
    rows: "edges",
    widths: ({ inputs, outputs, dimensions }) => ({
      senders: 1,
      receivers: 1,
      attributes: edgeEndsWidth(inputs, outputs, dimensions),
    }),
  },
  gatherRows: { rows: "rowCount", widths: ({ width }) => ({ indices: 1, rows: width }) },
  gatherSum: { rows: "targetCount", widths: () => ({ targets: 1 }), offsets: "offsets" },
  hopOutput: elements("update", "latent", "next"),
  hopOutputBackward: elements("update", "nextGradient", "updateGradient"),
  layerNorm: { rows: "rows", widths: ({ width }) => ({ input: width, output: width }) },
  layerNormBackwardInput: {
    rows: "rows",
    widths: ({ width }) => ({ input: width, outputGradient: width, inputGradient: width }),
  },
  layerNormBackwardParameters: partial(({ width }) => ({
    input: width,
    outputGradient: width,
    partials: 2 * width,
  })),
  linear: { rows: "rows", widths: ({ inner, columns }) => ({ input: inner, output: columns }) },
  linearBackwardInput: {
    rows: "rows",
    widths: ({ inner, columns }) => ({
      outputGradient: columns,
      input: inner,
      inputGradient: inner,
    }),
  },
  linearBackwardWeight: partial(({ inner, columns }) => ({
    input: inner,
    outputGradient: columns,
    partials: inner * columns,
  })),
  moment: {
    rows: "receivers",
    widths: ({ hiddenWidth, width }) => ({ moments: (hiddenWidth + 1) * width }),
    offsets: "offsets",
  },
  momentBackward: {
    rows: "receivers",
    widths: ({ hiddenWidth, width }) => ({ momentGradient: (hiddenWidth + 1) * width }),
    offsets: "offsets",
  },
  segmentSum: { rows: "rows", widths: ({ width }) => ({ sums: width }), offsets: "offsets" },
  squaredErrorGradient: {
    rows: "rows",
    widths: ({ columns }) => ({
      prediction: columns,
      target: columns,
      counted: 1,
      gradient: columns,
    }),
  },
};

/** The array of which a shader indexes any row, by name of the shader. */
const INDEXED: Readonly<Record<string, string>> = { gatherRows: "source", addRows: "target" };

/**
 * The pieces of `dispatch`, in order, each row in one piece.
 *
 * @param maxLength Maximum number of elements per binding, as far as the arrays can be cut.
 */
export function cut(dispatch: Dispatch, maxLength: number): readonly Dispatch[] {
  if (Object.values(dispatch.arrays).every(({ length }) => length <= maxLength)) return [dispatch];
  return cutRows(dispatch, maxLength).flatMap((piece) => cutIndexed(piece, maxLength));
}

function cutRows(dispatch: Dispatch, maxLength: number): readonly Dispatch[] {
  const { shader, arrays, sizes } = dispatch;
  const rule = ROW_RULES[shader.name];
  if (rule === undefined) return [dispatch];
  const count = sizes[rule.rows];
  // An array that an option leaves unused may be shorter.
  const widths = Object.entries(rule.widths(sizes)).filter(([name, width]) => {
    const rows = width === 0 ? 0 : arrays[name].length / width;
    return rows > count - 1;
  });
  const fitting = widths.map(([, width]) => Math.floor(maxLength / width));
  if (rule.offsets !== undefined) fitting.push(maxLength - 1);
  const step = Math.max(1, Math.min(count, ...fitting));
  const pieces: Dispatch[] = [];
  for (let first = 0; first < count; first += step) {
    const end = Math.min(first + step, count);
    const windows: Record<string, Arrays[string]> = {};
    for (const [name, width] of widths) {
      windows[name] = arrays[name].slice(first * width, Math.min(end * width, arrays[name].length));
    }
    if (rule.offsets !== undefined) {
      windows[rule.offsets] = arrays[rule.offsets].slice(first, end + 1);
    }
    pieces.push({
      shader,
      arrays: { ...arrays, ...windows },
      sizes: { ...sizes, [rule.rows]: end - first, ...rowsOfParts(sizes, first, end) },
    });
  }
  return pieces;
}

/** The number of rows of a window of parts, if the shader has parts. */
function rowsOfParts({ parts, partRows, rows }: Sizes, first: number, end: number): Sizes {
  return parts === undefined
    ? {}
    : { rows: Math.min(end * partRows, rows) - Math.min(first * partRows, rows) };
}

function cutIndexed(dispatch: Dispatch, maxLength: number): readonly Dispatch[] {
  const { shader, arrays, sizes } = dispatch;
  const name = INDEXED[shader.name];
  if (name === undefined || arrays[name].length <= maxLength) return [dispatch];
  const { nodeCount, width } = sizes;
  const step = Math.max(1, Math.floor(maxLength / width));
  const pieces: Dispatch[] = [];
  for (let firstNode = 0; firstNode < nodeCount; firstNode += step) {
    const end = Math.min(firstNode + step, nodeCount);
    pieces.push({
      shader,
      arrays: { ...arrays, [name]: arrays[name].slice(firstNode * width, end * width) },
      sizes: { ...sizes, firstNode, nodeCount: end - firstNode },
    });
  }
  return pieces;
}
