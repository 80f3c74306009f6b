/**
 * Nodes of a mesh as weighted points, of which dense ones are merged.
 *
 * @module
 */

import { NearestNodes } from "../graph/nearest_nodes.ts";
import { NearestPoints } from "../graph/nearest_points.ts";
import { buildPointTree } from "../graph/point_tree.ts";

/** Number of nodes in one bin up to which each remains its own point. */
const MAX_SINGLE_NODES = 8;

/** Points that stand for one node each, or for all nodes of a dense bin. */
export interface WeightedPoints {
  /** Point of each node [N]. */
  readonly pointOf: Uint32Array;
  /** Places, the weighted means of their nodes [P, 3]; missing coordinates are 0. */
  readonly places: Float64Array;
  /** Sum of the weights of the nodes of each point [P]. */
  readonly weights: Float64Array;
}

/**
 * Merges the nodes of each cubic bin that holds more than eight. The bins start at the lowest
 * corner of the mesh.
 *
 * @param position Node positions [N, D].
 * @param weights Weight of each node [N], > 0.
 * @param side Side of a bin, in units of the positions.
 */
export function mergeDenseNodes(
  position: Float32Array,
  dimensions: number,
  weights: Float64Array,
  side: number,
): WeightedPoints {
  const nodeCount = weights.length;
  const bins = binsOf(position, dimensions, side);
  const sizes = new Map<number, number>();
  for (const bin of bins) sizes.set(bin, (sizes.get(bin) ?? 0) + 1);
  const pointOfBin = new Map<number, number>();
  const pointOf = new Uint32Array(nodeCount);
  let pointCount = 0;
  for (let node = 0; node < nodeCount; node++) {
    const isDense = sizes.get(bins[node])! > MAX_SINGLE_NODES;
    const merged = isDense ? pointOfBin.get(bins[node]) : undefined;
    pointOf[node] = merged ?? pointCount++;
    if (isDense) pointOfBin.set(bins[node], pointOf[node]);
  }
  const sums = new Float64Array(pointCount);
  for (let node = 0; node < nodeCount; node++) sums[pointOf[node]] += weights[node];
  const points = { pointOf, places: new Float64Array(3 * pointCount), weights: sums };
  const column = new Float32Array(nodeCount);
  for (let axis = 0; axis < dimensions; axis++) {
    for (let node = 0; node < nodeCount; node++) column[node] = position[node * dimensions + axis];
    const means = meansAtPoints(points, weights, column);
    for (let point = 0; point < pointCount; point++) points.places[3 * point + axis] = means[point];
  }
  return points;
}

/** Weighted means of a field over the nodes of each point [P]; equal values keep theirs. */
export function meansAtPoints(
  { pointOf, weights: sums }: WeightedPoints,
  weights: Float64Array,
  values: ArrayLike<number>,
): Float64Array {
  const first = new Float64Array(sums.length);
  for (let node = values.length - 1; node >= 0; node--) first[pointOf[node]] = values[node];
  if (sums.length === values.length) return first;
  const gaps = new Float64Array(sums.length);
  for (let node = 0; node < values.length; node++) {
    gaps[pointOf[node]] += weights[node] * (values[node] - first[pointOf[node]]);
  }
  return first.map((value, point) => value + gaps[point] / sums[point]);
}

/** Number of the bin of each node; each its own where numbers would be too large. */
function binsOf(position: Float32Array, dimensions: number, side: number): Float64Array {
  const nodeCount = position.length / dimensions;
  const bins = new Float64Array(nodeCount);
  let stride = 1;
  for (let axis = 0; axis < dimensions; axis++) {
    let low = Infinity;
    let high = -Infinity;
    for (let k = axis; k < position.length; k += dimensions) {
      low = Math.min(low, position[k]);
      high = Math.max(high, position[k]);
    }
    for (let node = 0; node < nodeCount; node++) {
      bins[node] += stride * Math.floor((position[node * dimensions + axis] - low) / side);
    }
    stride *= Math.floor((high - low) / side) + 1;
  }
  return stride <= Number.MAX_SAFE_INTEGER ? bins : bins.map((_, node) => node);
}

/**
 * Relative volumes that the nodes stand for [N], > 0: a power D of the mean distance to the D
 * nearest nodes at other places.
 */
export function nodeVolumes(
  position: Float32Array,
  dimensions: number,
  beat: () => void,
): Float64Array {
  const count = position.length / dimensions;
  const volumes = new Float64Array(count);
  if (count === 0) return volumes;
  const tree = buildPointTree(position, dimensions);
  const nearest = new NearestPoints(tree, Infinity, dimensions);
  let search: NearestNodes | undefined;
  let largest = 0;
  for (let point = 0; point < count; point++) {
    if (point % 1000 === 0) beat();
    const node = tree.nodes[point];
    const found = nearest.search(point);
    let distances = Array.from(nearest.senders.subarray(0, found), (other) => {
      let square = 0;
      for (let d = 0; d < dimensions; d++) {
        square += (position[other * dimensions + d] - position[node * dimensions + d]) ** 2;
      }
      return Math.sqrt(square);
    }).sort((a, b) => a - b);
    if (distances[0] === 0) {
      search ??= new NearestNodes(position, dimensions);
      distances = otherPlaces(search, position, node);
    }
    const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
    volumes[node] = distances.length === 0 ? 0 : mean ** dimensions;
    largest = Math.max(largest, volumes[node]);
  }
  return volumes.map((volume) => volume > 0 ? volume : largest > 0 ? largest : 1);
}

/** Distances to the D nearest nodes at other places; of many at one place, none is found. */
function otherPlaces(search: NearestNodes, position: Float32Array, node: number): number[] {
  const { dimensions } = search;
  const point = position.subarray(node * dimensions, (node + 1) * dimensions);
  let others: number[] = [];
  const last = 8 * (dimensions + 1);
  for (let count = dimensions + 1; others.length < dimensions && count <= last; count *= 2) {
    others = search.nearestFew(point, count).distances.filter((distance) => distance > 0);
  }
  return others.slice(0, dimensions);
}
