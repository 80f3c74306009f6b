/**
 * Meshes of two dimensions in space: in a plane across an axis, perhaps with jitter, or as the two
 * sides of one layer of cells.
 *
 * @module
 */

import { findLayer, hasTwoSides, type Layer } from "./layer.ts";
import type { MeshNodes } from "./mesh_nodes.ts";
import { distributionOf, evenSample, nearestDistances } from "./nearest_distances.ts";

/** How a mesh is flat. */
export interface Flatness {
  readonly kind: "plane" | "layer";
  readonly axis: number;
  /** Range of the coordinate along the axis. */
  readonly low: number;
  readonly high: number;
  /** Median distance of nodes in the plane. */
  readonly spacing: number;
  readonly layer?: Layer | undefined;
}

/** Extent across a plane relative to the size of the mesh: rounding of float32. */
const ROUNDING = 1e-6;
/** Extent across a plane relative to the spacing of the nodes in it. */
const JITTER = 1e-2;
/** Coordinates of twins in a layer may differ by this share of the spacing. */
const TWIN_TOLERANCE = 1e-3;
/** Nodes that coincide without the coordinate across a plane, at most. */
const COLLISIONS = 0.05;
/** Nodes whose neighbours are searched. */
const QUERIES = 2048;
/** Axes in the order in which they are tried. */
const AXES = [2, 1, 0];

/** The plane or the layer of a mesh in space, if it is flat. */
export function flatnessOf(nodes: MeshNodes): Flatness | undefined {
  if (nodes.axes < 3) return undefined;
  const { low, high } = boxOf(nodes);
  const extents = high.map((value, axis) => value - low[axis]);
  const size = Math.max(...extents);
  if (!(size > 0)) return undefined;
  for (const axis of AXES) {
    const flat = { kind: "plane", axis, low: low[axis], high: high[axis] } as const;
    if (extents[axis] === 0) return { ...flat, spacing: spacingWithout(nodes, axis) };
    if (extents[axis] > JITTER * size) continue;
    const spacing = spacingWithout(nodes, axis);
    const isThin = extents[axis] <= Math.max(JITTER * spacing, ROUNDING * size);
    if (isThin && !collides(nodes, axis, extents[axis])) return { ...flat, spacing };
  }
  const sided = AXES.filter((axis) => hasTwoSides(nodes, axis));
  if (sided.length === 0) return undefined;
  const slack = TWIN_TOLERANCE * distributionOf(spacingsOf(nodes)).median;
  for (const axis of sided) {
    const layer = findLayer(nodes, axis, slack);
    if (layer === undefined) continue;
    const spacing = spacingWithout(nodes, axis);
    return { kind: "layer", axis, low: layer.low, high: layer.high, spacing, layer };
  }
  return undefined;
}

/** The unit normal of the plane in which nodes lie, tilted against the axes, if they do. */
export function tiltOf(nodes: MeshNodes): readonly number[] | undefined {
  const { position, axes, nodeCount } = nodes;
  if (axes < 3 || nodeCount < 4) return undefined;
  const from = (node: number, origin: number) =>
    [0, 1, 2].map((k) => position[3 * node + k] - position[3 * origin + k]);
  const second = farthest(nodeCount, (node) => Math.hypot(...from(node, 0)));
  const along = from(second, 0);
  const third = farthest(nodeCount, (node) => Math.hypot(...cross(along, from(node, 0))));
  const normal = cross(along, from(third, 0));
  const length = Math.hypot(...normal);
  if (!(length > 0)) return undefined;
  const unit = normal.map((value) => value / length);
  const distance = (node: number) =>
    Math.abs(from(node, 0).reduce((sum, value, k) => sum + value * unit[k], 0));
  const across = distance(farthest(nodeCount, distance));
  if (across > JITTER * Math.hypot(...along)) return undefined;
  return across <= JITTER * distributionOf(spacingsOf(nodes)).median ? unit : undefined;
}

function farthest(nodeCount: number, distance: (node: number) => number): number {
  let best = 0;
  let most = -1;
  for (let node = 0; node < nodeCount; node++) {
    const found = distance(node);
    if (found <= most) continue;
    most = found;
    best = node;
  }
  return best;
}

function cross(a: readonly number[], b: readonly number[]): number[] {
  return [0, 1, 2].map((k) => {
    const i = (k + 1) % 3;
    const j = (k + 2) % 3;
    return a[i] * b[j] - a[j] * b[i];
  });
}

/** Whether nodes fall on each other without a coordinate. */
export function collapsesWithout(nodes: MeshNodes, axis: number): boolean {
  return collides(nodes, axis, 0);
}

/** The box around nodes. */
export function boxOf(
  { position, axes }: Pick<MeshNodes, "position" | "axes">,
): { readonly low: number[]; readonly high: number[] } {
  const low = new Array<number>(axes).fill(Infinity);
  const high = new Array<number>(axes).fill(-Infinity);
  for (let k = 0; k < position.length; k++) {
    low[k % axes] = Math.min(low[k % axes], position[k]);
    high[k % axes] = Math.max(high[k % axes], position[k]);
  }
  return { low, high };
}

/** Chosen coordinates [N, D] of nodes. */
export function coordinatesOf(
  { position, axes, nodeCount }: Pick<MeshNodes, "position" | "axes" | "nodeCount">,
  chosen: readonly number[],
): Float64Array {
  const coordinates = new Float64Array(chosen.length * nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    chosen.forEach((axis, k) =>
      coordinates[chosen.length * node + k] = position[axes * node + axis]
    );
  }
  return coordinates;
}

/** The axes without one of them. */
export function axesWithout(axes: number, axis: number | undefined): readonly number[] {
  return [0, 1, 2].slice(0, axes).filter((k) => k !== axis);
}

function spacingsOf({ position, axes, nodeCount }: MeshNodes): Float64Array {
  return nearestDistances(position, axes, evenSample(nodeCount, QUERIES));
}

function spacingWithout(nodes: MeshNodes, axis: number): number {
  const flat = coordinatesOf(nodes, axesWithout(nodes.axes, axis));
  const queries = evenSample(nodes.nodeCount, QUERIES);
  return distributionOf(nearestDistances(flat, nodes.axes - 1, queries)).median;
}

/** Whether nodes come closer to each other than the extent across the plane if projected to it. */
function collides(nodes: MeshNodes, axis: number, extent: number): boolean {
  const flat = coordinatesOf(nodes, axesWithout(nodes.axes, axis));
  const queries = evenSample(nodes.nodeCount, QUERIES);
  const distances = nearestDistances(flat, nodes.axes - 1, queries, false);
  return distances.filter((distance) => distance <= extent).length > COLLISIONS * queries.length;
}
