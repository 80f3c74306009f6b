/**
 * The gradient loss: the errors at the two ends of an edge must not differ, beside being small.
 *
 * It is the mean over all edges and outputs of
 *
 * ```
 * (error_i - error_j)² / (s² + 0.001),   s = 0.2 · |x_i - x_j| / r
 * ```
 *
 * with errors of normalised values and r the radius of the edges, which frees it of the unit of the
 * positions. An edge counts where the targets of both ends are known. The arithmetic is in float64
 * on the host: a few operations per edge, against thousands in a hop.
 *
 * @module
 */

import type { MessageGraph } from "./device_graph.ts";

/** The radius in the scaled lengths s. */
const SCALED_RADIUS = 0.2;

/** Bounds the weight of short edges. */
const FLOOR = 1e-3;

/** The gradient loss of a sample on one rank. */
export interface GradientLoss {
  /** Factor of the gradient loss in the loss. */
  readonly weight: number;
  /** Positions `[interior + ghost, D]`. */
  readonly position: Float32Array;
  /** Number of space dimensions D. */
  readonly dimensions: number;
  /**
   * Radius r of the edges in units of the positions. If it is 0, r is the radius of a ball that is
   * filled evenly with senders at the same root mean square distance: r² = (D + 2) / D · mean
   * |x_i - x_j|².
   */
  readonly radius: number;
}

/** Errors of nodes, and whether their targets are known. */
export interface NodeErrors {
  /** Rows of O errors and a 1 for a known target, else 0 `[interior + ghost, O + 1]`. */
  readonly rows: Float32Array;
  /** Number of outputs O. */
  readonly outputs: number;
}

/** Sums over edges between known nodes. */
export interface EdgeSums {
  readonly count: number;
  /** Sum of the squared lengths. */
  readonly squaredLengths: number;
}

/** Counts and measures the edges of a rank that have known ends. */
export function sumEdges(
  graph: MessageGraph,
  errors: NodeErrors,
  { position, dimensions }: GradientLoss,
): EdgeSums {
  const { interiorCount, offsets, senders } = graph;
  let count = 0;
  let squaredLengths = 0;
  for (let i = 0; i < interiorCount; i++) {
    if (!isKnown(errors, i)) continue;
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      if (!isKnown(errors, senders[e])) continue;
      count++;
      squaredLengths += squaredDistance(position, dimensions, i, senders[e]);
    }
  }
  return { count, squaredLengths };
}

/**
 * The sum of `(error_i - error_j)² / (s² + 0.001)` over the edges of a rank and all outputs.
 *
 * @param edges Sums over all ranks.
 * @param factor Factor of the derivative that is added to `gradient`.
 * @param gradient Derivative by the errors `[interior + ghost, O]`.
 */
export function sumDifferences(
  graph: MessageGraph,
  errors: NodeErrors,
  loss: GradientLoss,
  edges: EdgeSums,
  factor: number,
  gradient: Float64Array,
): number {
  const { interiorCount, offsets, senders } = graph;
  const { position, dimensions } = loss;
  const { rows, outputs } = errors;
  const { slope, offset } = denominator(loss, edges);
  let sum = 0;
  for (let i = 0; i < interiorCount; i++) {
    if (!isKnown(errors, i)) continue;
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      const j = senders[e];
      if (!isKnown(errors, j)) continue;
      const weight = 1 / (slope * squaredDistance(position, dimensions, i, j) + offset);
      for (let c = 0; c < outputs; c++) {
        const difference = rows[i * (outputs + 1) + c] - rows[j * (outputs + 1) + c];
        const derivative = 2 * factor * weight * difference;
        sum += weight * difference * difference;
        gradient[i * outputs + c] += derivative;
        gradient[j * outputs + c] -= derivative;
      }
    }
  }
  return sum;
}

/** `s² + 0.001` as `slope · |x_i - x_j|² + offset`. */
function denominator(
  { radius, dimensions }: GradientLoss,
  { count, squaredLengths }: EdgeSums,
): { readonly slope: number; readonly offset: number } {
  const square = SCALED_RADIUS ** 2;
  if (radius > 0) return { slope: square / radius ** 2, offset: FLOOR };
  // Where all edges have one length, s is the same however short they are: at length 0 too.
  const share = square * dimensions / (dimensions + 2);
  return squaredLengths > 0
    ? { slope: share * count / squaredLengths, offset: FLOOR }
    : { slope: 0, offset: share + FLOOR };
}

function isKnown({ rows, outputs }: NodeErrors, node: number): boolean {
  return rows[node * (outputs + 1) + outputs] !== 0;
}

function squaredDistance(position: Float32Array, dimensions: number, i: number, j: number): number {
  let sum = 0;
  for (let axis = 0; axis < dimensions; axis++) {
    const difference = position[i * dimensions + axis] - position[j * dimensions + axis];
    sum += difference * difference;
  }
  return sum;
}
