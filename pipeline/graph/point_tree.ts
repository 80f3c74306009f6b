/**
 * A balanced k-d tree over points: cells have nearly equal counts at any density.
 *
 * @module
 */

import { hash, KeyedSequence } from "./random.ts";

/** The maximum number of points per leaf. */
const LEAF_SIZE = 8;

/**
 * Points in an order in which every cell of the tree is a range.
 *
 * Level l has 2^l cells; cell k has the children 2k + 1 and 2k + 2 and holds the points `starts[k]`
 * to `starts[k] + counts[k] - 1`. Coordinates are padded with zeros to three dimensions, which
 * changes no distance.
 */
export interface PointTree {
  readonly pointCount: number;
  /** Level of the leaves; 0 if the root is a leaf. */
  readonly leafLevel: number;
  /** Node at each point [N]. */
  readonly nodes: Uint32Array;
  /** Coordinates of the points [N, 3]. */
  readonly points: Float32Array;
  /** First point of each cell. */
  readonly starts: Uint32Array;
  /** The number of points of each cell. */
  readonly counts: Uint32Array;
  /** The smallest box around the points of each cell: low x, y, z, then high x, y, z [cells, 6]. */
  readonly boxes: Float32Array;
}

/**
 * The tree over at least one node, in O(N log N) at any density and with any number of equal
 * positions.
 *
 * Each cell is cut at its median point along its longest side, found by quickselect.
 *
 * @param position Node positions [N, D], finite.
 * @param dimensions Space dimensions D: 1, 2 or 3.
 */
export function buildPointTree(position: Float32Array, dimensions: number): PointTree {
  const pointCount = position.length / dimensions;
  const leafLevel = Math.max(0, Math.ceil(Math.log2(pointCount / LEAF_SIZE)));
  const cellCount = 2 ** (leafLevel + 1) - 1;
  const points = new Float32Array(pointCount * 3);
  const nodes = new Uint32Array(pointCount);
  for (let node = 0; node < pointCount; node++) {
    nodes[node] = node;
    for (let d = 0; d < dimensions; d++) points[node * 3 + d] = position[node * dimensions + d];
  }
  const tree = {
    pointCount,
    leafLevel,
    nodes,
    points,
    starts: new Uint32Array(cellCount),
    counts: new Uint32Array(cellCount),
    boxes: new Float32Array(cellCount * 6),
  };
  buildCell(tree, new KeyedSequence(hash(0, "pivots")), 0, 0, pointCount);
  return tree;
}

/** Builds the cell of the points `start` to `end` - 1, and all cells below it. */
function buildCell(
  tree: PointTree,
  pivots: KeyedSequence,
  cell: number,
  start: number,
  end: number,
): void {
  tree.starts[cell] = start;
  tree.counts[cell] = end - start;
  const axis = measureBox(tree, cell, start, end);
  const leafStart = 2 ** tree.leafLevel - 1;
  if (cell >= leafStart) return;
  const middle = start + Math.ceil((end - start) / 2);
  const box = cell * 6 + axis;
  if (tree.boxes[box] < tree.boxes[box + 3]) select(tree, pivots, start, end - 1, middle, axis);
  buildCell(tree, pivots, 2 * cell + 1, start, middle);
  buildCell(tree, pivots, 2 * cell + 2, middle, end);
}

/**
 * Writes the box of a cell.
 *
 * @returns The axis of its longest side.
 */
function measureBox(
  { points, boxes }: PointTree,
  cell: number,
  start: number,
  end: number,
): number {
  let lowX = Infinity, lowY = Infinity, lowZ = Infinity;
  let highX = -Infinity, highY = -Infinity, highZ = -Infinity;
  for (let k = start * 3; k < end * 3; k += 3) {
    const x = points[k], y = points[k + 1], z = points[k + 2];
    if (x < lowX) lowX = x;
    if (x > highX) highX = x;
    if (y < lowY) lowY = y;
    if (y > highY) highY = y;
    if (z < lowZ) lowZ = z;
    if (z > highZ) highZ = z;
  }
  const box = cell * 6;
  boxes[box] = lowX, boxes[box + 1] = lowY, boxes[box + 2] = lowZ;
  boxes[box + 3] = highX, boxes[box + 4] = highY, boxes[box + 5] = highZ;
  const sideX = highX - lowX, sideY = highY - lowY, sideZ = highZ - lowZ;
  return sideX >= sideY ? (sideX >= sideZ ? 0 : 2) : (sideY >= sideZ ? 1 : 2);
}

/**
 * Reorders points so that none before `middle` has a larger coordinate, and none after it a smaller
 * one.
 */
function select(
  { points, nodes }: PointTree,
  pivots: KeyedSequence,
  first: number,
  last: number,
  middle: number,
  axis: number,
): void {
  while (first < last) {
    const pivot = medianOfThree(points, pivots, first, last, axis);
    let i = first;
    let j = last;
    while (i <= j) {
      while (points[i * 3 + axis] < pivot) i++;
      while (points[j * 3 + axis] > pivot) j--;
      if (i <= j) swap(points, nodes, i++, j--);
    }
    if (middle <= j) last = j;
    else if (middle >= i) first = i;
    else return;
  }
}

/** The median coordinate of three points drawn from a range, so that no input order is slow. */
function medianOfThree(
  points: Float32Array,
  pivots: KeyedSequence,
  first: number,
  last: number,
  axis: number,
): number {
  const count = last - first + 1;
  const a = points[(first + pivots.next() % count) * 3 + axis];
  const b = points[(first + pivots.next() % count) * 3 + axis];
  const c = points[(first + pivots.next() % count) * 3 + axis];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function swap(points: Float32Array, nodes: Uint32Array, i: number, j: number): void {
  const node = nodes[i];
  nodes[i] = nodes[j];
  nodes[j] = node;
  const p = i * 3, q = j * 3;
  const x = points[p], y = points[p + 1], z = points[p + 2];
  points[p] = points[q], points[p + 1] = points[q + 1], points[p + 2] = points[q + 2];
  points[q] = x, points[q + 1] = y, points[q + 2] = z;
}
