/**
 * Bodies in a flow: closed walls, and the edges at which the flow leaves them.
 *
 * @module
 */

/** A body in a flow. */
export interface Body {
  /** Points around its wall [points, 2], clockwise, so that the fluid is on the left. */
  readonly points: Float64Array;
  /** Absent on a body without circulation. */
  readonly trailingEdge?: TrailingEdge | undefined;
}

/** The part of a wall around which the flow leaves a body: one point of a sharp edge, or several. */
export interface TrailingEdge {
  readonly first: number;
  /** Number of panels between its first and its last point; 0 for one point. */
  readonly panels: number;
}

/** Turn of a wall that makes an edge of it: its sides enclose less than 45 degrees. */
const EDGE_TURN = 0.75 * Math.PI;
/** Longest trailing edge, blunt or rounded, as a share of the wall. */
const EDGE_SHARE = 0.02;
/** A turn further to the left than this is one to the right at a cusp, off by round-off. */
const CUSP_TURN = 0.97 * Math.PI;

/** Twice the area within points [points, 2]; negative if they are clockwise. */
export function signedDoubleArea(points: Float64Array): number {
  const count = points.length / 2;
  let area = 0;
  for (let k = 0; k < count; k++) {
    const next = (k + 1) % count;
    // Relative to the first point, so that the area of a small body far away has its digits.
    const ax = points[2 * k] - points[0], ay = points[2 * k + 1] - points[1];
    const bx = points[2 * next] - points[0], by = points[2 * next + 1] - points[1];
    area += ax * by - bx * ay;
  }
  return area;
}

/**
 * The trailing edge of a body. Each shortest part of the wall, at most 2 % of it, over which its
 * direction turns by 135 degrees or more is an edge if it points downstream. The edge furthest
 * downstream counts, together with those that start at the points next to it, as on a rounded edge.
 * Thus sharp, blunt and rounded edges count; corners of a square and noses of aerofoils do not.
 *
 * @param points Points around the wall [points, 2], clockwise.
 * @param stream Velocity of the undisturbed flow.
 * @returns Undefined if there is none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * // A wedge in a flow to the right has its edge at (4, 0); in a flow to the left it has none.
 * const wedge = Float64Array.of(0, -1, 0, 1, 4, 0);
 * assert.deepEqual(findTrailingEdge(wedge, [1, 0]), { first: 2, panels: 0 });
 * assert.equal(findTrailingEdge(wedge, [-1, 0]), undefined);
 * ```
 */
export function findTrailingEdge(
  points: Float64Array,
  stream: readonly [number, number],
): TrailingEdge | undefined {
  const count = points.length / 2;
  const lengths = Float64Array.from({ length: count }, (_, k) => lengthOf(points, k));
  const longest = EDGE_SHARE * lengths.reduce((sum, length) => sum + length, 0);
  const edges = edgesOf(points, lengths, longest);
  let best = -1;
  let furthest = -Infinity;
  for (let first = 0; first < count; first++) {
    if (edges[first] < 0) continue;
    const last = (first + edges[first]) % count;
    if (!pointsAlong(points, first, last, stream)) {
      edges[first] = -1;
      continue;
    }
    const downstream = (points[2 * first] + points[2 * last]) * stream[0] +
      (points[2 * first + 1] + points[2 * last + 1]) * stream[1];
    if (downstream <= furthest) continue;
    furthest = downstream;
    best = first;
  }
  if (best < 0) return undefined;
  const before = (k: number) => (k + count - 1) % count;
  let first = best;
  let panels = edges[best];
  for (let k = before(best); edges[k] >= 0 && lengths[k] <= longest; k = before(k)) {
    first = k;
    panels++;
  }
  for (let k = best; edges[(k + 1) % count] >= 0 && lengths[k] <= longest; k = (k + 1) % count) {
    panels += 1 + edges[(k + 1) % count] - edges[k];
  }
  return { first, panels };
}

/** Panels of the shortest edge that starts at each point [points], up to `longest`; else -1. */
function edgesOf(points: Float64Array, lengths: Float64Array, longest: number): Int32Array {
  const count = points.length / 2;
  const turns = turnsOf(points);
  return Int32Array.from({ length: count }, (_, first) => {
    let turn = turns[first];
    let length = 0;
    let panels = 0;
    while (turn < EDGE_TURN) {
      length += lengths[(first + panels) % count];
      if (length > longest) return -1;
      panels++;
      turn += turns[(first + panels) % count];
    }
    // Without its first point it would be an edge, too.
    return panels > 0 && turn - turns[first] >= EDGE_TURN ? -1 : panels;
  });
}

/** Whether halfway between the directions of both sides towards an edge is downstream. */
function pointsAlong(
  points: Float64Array,
  first: number,
  last: number,
  stream: readonly [number, number],
): boolean {
  const count = points.length / 2;
  const before = (first + count - 1) % count;
  const after = (last + 1) % count;
  const toFirst = lengthOf(points, before);
  const toLast = lengthOf(points, last);
  const x = (points[2 * first] - points[2 * before]) / toFirst +
    (points[2 * last] - points[2 * after]) / toLast;
  const y = (points[2 * first + 1] - points[2 * before + 1]) / toFirst +
    (points[2 * last + 1] - points[2 * after + 1]) / toLast;
  return x * stream[0] + y * stream[1] > 0;
}

/** Turn to the right at each point [points], between -0.97 pi and 1.03 pi. */
function turnsOf(points: Float64Array): Float64Array {
  const count = points.length / 2;
  return Float64Array.from({ length: count }, (_, k) => {
    const before = (k + count - 1) % count;
    const after = (k + 1) % count;
    const ax = points[2 * k] - points[2 * before], ay = points[2 * k + 1] - points[2 * before + 1];
    const bx = points[2 * after] - points[2 * k], by = points[2 * after + 1] - points[2 * k + 1];
    const left = Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
    return left > CUSP_TURN ? 2 * Math.PI - left : -left;
  });
}

/** Length of the panel after a point. */
function lengthOf(points: Float64Array, k: number): number {
  const next = (k + 1) % (points.length / 2);
  return Math.hypot(
    points[2 * next] - points[2 * k],
    points[2 * next + 1] - points[2 * k + 1],
  );
}

/**
 * The same body with every `stride`-th point of its wall, counted from the trailing edge, all of
 * whose points remain; with a smaller stride if fewer than `least` panels remained otherwise.
 */
export function thinBody(body: Body, stride: number, least: number): Body {
  const { points, trailingEdge } = body;
  const count = points.length / 2;
  const step = Math.min(stride, Math.floor(count / least));
  if (step <= 1) return body;
  const { first = 0, panels = 0 } = trailingEdge ?? {};
  const thin: number[] = [];
  for (let k = 0; k < count; k += k < panels ? 1 : step) thin.push((first + k) % count);
  return {
    points: Float64Array.from(thin.flatMap((k) => [points[2 * k], points[2 * k + 1]])),
    trailingEdge: trailingEdge === undefined ? undefined : { first: 0, panels },
  };
}
