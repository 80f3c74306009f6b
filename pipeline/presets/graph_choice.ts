/**
 * The rule of the graphs of a data set, chosen from the spacing of its sampled nodes.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { connectivityOf } from "../graph/connectivity.ts";
import { connectNodes, type EdgeRule } from "../graph/edge_rule.ts";
import { NearestNodes } from "../graph/nearest_nodes.ts";
import { sampleNodes } from "../graph/sampling.ts";

/** A mesh to choose from. */
export interface ProbedMesh {
  readonly id: string;
  /** Space dimensions D. */
  readonly dimensions: number;
  /** Node positions [N, D]. */
  readonly position: Float32Array;
}

/** Options of the `sample` stage that define the graphs. */
export interface GraphChoice {
  readonly edges: "radius" | "nearest" | "given";
  /** Longest edge; undefined for edges of any length. */
  readonly radius?: number | undefined;
  readonly maxEdges: number;
  readonly nodes: number | "all";
  /** Whether the meshes consist of parts that are far apart, which no edges join. */
  readonly isApart?: boolean | undefined;
}

/** Values that the user has fixed. */
export type FixedGraph = {
  readonly [Key in Exclude<keyof GraphChoice, "isApart">]?: GraphChoice[Key] | undefined;
};

/** A choice, with the figures that explain it. */
export interface ExplainedGraph extends GraphChoice {
  /** Median distance of a sampled node to its nearest neighbour. */
  readonly spacing: number;
  /** Ratio of wide to narrow spacings on one mesh. */
  readonly grading: number;
  /** Median neighbours within the radius. */
  readonly candidates: number;
  /** Nodes of the smallest and the largest mesh. */
  readonly nodeCounts: readonly [min: number, max: number];
}

/** Sampled nodes of a mesh: more in space, where neighbours fill a ball and not a disc. */
const SAMPLED_NODES = { 1: 400, 2: 400, 3: 600 } as const;

/** A mesh with up to this many times as many nodes is not sampled: all nodes cost little more. */
const MIN_SAMPLING = 1.25;

/** Edges of a receiver, on a line, in a plane and in space. */
const MAX_EDGES = { 1: 8, 2: 16, 3: 24 } as const;

/** Neighbours within the radius for each edge: the draw then varies from epoch to epoch. */
const CANDIDATES_PER_EDGE = 2;

/** Neighbour by which the local spacing is measured: nearer ones vary by chance. */
const SPACING_NEIGHBOUR = 3;

/**
 * Ratio of the 95 % to the 5 % quantile of the local spacing above which no radius suits all nodes:
 * random nodes have 2 to 3.5.
 */
const MAX_GRADING = 10;

/** Nodes of a mesh whose neighbours are counted. */
const MEASURED_NODES = 1000;

/** Nodes of a graph above which it is not built to see whether it is connected. */
const MAX_CONNECTED_NODES = 20_000;

/** Factor by which a radius grows until a graph is connected, and the number of times. */
const GROWTH = 1.2;
const MAX_GROWTHS = 6;

/** Factor by which nearest neighbours grow for the same reason, and the number of times. */
const MAX_DOUBLINGS = 2;

/**
 * Chooses the graphs of a data set: a radius at which a receiver has twice as many neighbours
 * as edges, at any unit of length, or the nearest nodes where the spacing is graded by orders of
 * magnitude. The choice is tried on the given meshes: it grows until they are as connected as a
 * larger one makes them.
 *
 * @param meshes Some meshes of the data, at least one
 * @param isGiven Whether the meshes have edges
 * @param fixed Values that are not chosen
 * @throws {DataError} If all nodes of the meshes are at one place.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * // 20 × 20 nodes, 5 mm apart.
 * const position = Float32Array.from({ length: 800 }, (_, k) =>
 *   5 * (k % 2 ? Math.floor(k / 40) : Math.floor(k / 2) % 20));
 * const { edges, radius, nodes } = chooseGraph([{ id: "grid", dimensions: 2, position }], false);
 * assert.deepEqual([edges, radius, nodes], ["radius", 16, "all"]);
 * ```
 */
export function chooseGraph(
  meshes: readonly ProbedMesh[],
  isGiven: boolean,
  fixed: FixedGraph = {},
): ExplainedGraph {
  const dimensions = meshes[0].dimensions as 1 | 2 | 3;
  const counts = meshes.map(({ position }) => position.length / dimensions);
  const largest = Math.max(...counts);
  const { maxEdges = MAX_EDGES[dimensions] } = fixed;
  const sampled = SAMPLED_NODES[dimensions];
  const isSmall = largest <= MIN_SAMPLING * sampled;
  const nodes = fixed.nodes ?? (isSmall || isGiven ? "all" : sampled);
  const samples = meshes.map((mesh) => sampleOf(mesh, nodes));
  const neighbours = Math.ceil(CANDIDATES_PER_EDGE * maxEdges);
  const distances = samples.map((sample) => distancesOf(sample, neighbours));
  const measured = {
    nodes,
    spacing: median(distances.map(({ nearest }) => median(nearest))),
    grading: Math.max(...distances.map(({ local }) => gradingOf(local))),
    nodeCounts: [Math.min(...counts), largest] as const,
  };
  const chosen = fixed.edges ??
    (isGiven
      ? "given"
      : fixed.radius === undefined && measured.grading > MAX_GRADING
      ? "nearest"
      : "radius");
  if (chosen === "given") return { ...measured, edges: chosen, maxEdges, candidates: 0 };
  if (chosen === "nearest") {
    const rule = { edges: chosen, radius: fixed.radius ?? 0, maxEdges };
    const isFixed = fixed.maxEdges !== undefined || fixed.radius !== undefined;
    const count = isFixed ? maxEdges : connectedNearest(samples, rule);
    return {
      ...measured,
      edges: chosen,
      radius: fixed.radius,
      maxEdges: count,
      candidates: count,
      isApart: !isFixed && partsOf(samples, { ...rule, maxEdges: count }) > 1,
    };
  }
  const start = median(distances.map(({ farthest }) => median(farthest)));
  if (fixed.radius === undefined && !(start > 0)) {
    const [{ id }] = meshes;
    throw new DataError(
      `Cannot choose a radius for the graphs of "${id}": its nodes must be at different places, ` +
        "most are at one",
    );
  }
  const radius = fixed.radius ?? roundUp(connectedRadius(samples, start, maxEdges));
  const candidates = median(samples.flatMap((sample) => countsOf(sample, radius)));
  const rule = { edges: chosen, radius, maxEdges };
  const isApart = fixed.radius === undefined && partsOf(samples, rule) > 1;
  return { ...measured, ...rule, candidates, isApart };
}

/** The sampled nodes of a mesh. */
interface Sample extends ProbedMesh {
  readonly nodes: Uint32Array;
}

function sampleOf({ id, dimensions, position }: ProbedMesh, count: number | "all"): Sample {
  const nodeCount = position.length / dimensions;
  const nodes = sampleNodes(nodeCount, count === "all" ? nodeCount : count, {
    seed: 0,
    epoch: 0,
    mesh: id,
  });
  const sampled = new Float32Array(nodes.length * dimensions);
  nodes.forEach((node, k) => {
    for (let d = 0; d < dimensions; d++) {
      sampled[k * dimensions + d] = position[node * dimensions + d];
    }
  });
  return { id, dimensions, position: sampled, nodes };
}

/** Distances of each node to its nearest neighbour, to a near one and to a far one. */
interface Distances {
  readonly nearest: readonly number[];
  readonly local: readonly number[];
  readonly farthest: readonly number[];
}

function distancesOf({ position, dimensions }: Sample, neighbours: number): Distances {
  const search = new NearestNodes(position, dimensions);
  const nearest: number[] = [];
  const local: number[] = [];
  const farthest: number[] = [];
  for (let start = 0; start < position.length; start += strideOf(position, dimensions)) {
    const point = position.subarray(start, start + dimensions);
    // The first is the node itself; of nodes at one place, the next ones are at distance 0.
    const { distances } = search.nearestFew(point, neighbours + 1);
    nearest.push(distances[Math.min(1, distances.length - 1)]);
    local.push(distances[Math.min(SPACING_NEIGHBOUR, distances.length - 1)]);
    farthest.push(distances[distances.length - 1]);
  }
  return { nearest, local, farthest };
}

/** Ratio of wide to narrow spacings. */
function gradingOf(spacings: readonly number[]): number {
  const sorted = spacings.filter((spacing) => spacing > 0).sort((a, b) => a - b);
  if (sorted.length === 0) return 1;
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return at(0.95) / at(0.05);
}

/** Numbers from one measured node to the next. */
function strideOf(position: Float32Array, dimensions: number): number {
  return dimensions * Math.max(1, Math.floor(position.length / dimensions / MEASURED_NODES));
}

/** The smallest of a few growing radii whose graphs are as connected as those of the largest. */
function connectedRadius(samples: readonly Sample[], start: number, maxEdges: number): number {
  const radii = Array.from({ length: MAX_GROWTHS + 1 }, (_, k) => start * GROWTH ** k);
  return firstConnected(radii, (radius) => partsOf(samples, { edges: "radius", radius, maxEdges }));
}

/** The same for numbers of nearest neighbours. */
function connectedNearest(samples: readonly Sample[], rule: EdgeRule): number {
  const counts = Array.from({ length: MAX_DOUBLINGS + 1 }, (_, k) => rule.maxEdges * 2 ** k);
  return firstConnected(counts, (maxEdges) => partsOf(samples, { ...rule, maxEdges }));
}

function firstConnected(values: readonly number[], partCount: (value: number) => number): number {
  const counts = values.map(() => -1);
  const at = (k: number) => counts[k] < 0 ? counts[k] = partCount(values[k]) : counts[k];
  if (at(0) === 1) return values[0];
  const fewest = at(values.length - 1);
  return values.find((_, k) => at(k) <= fewest)!;
}

/** The largest number of connected parts of the graphs of some meshes; 1 for large graphs. */
function partsOf(samples: readonly Sample[], rule: EdgeRule): number {
  return Math.max(...samples.map(({ id, position, dimensions, nodes }) => {
    if (nodes.length > MAX_CONNECTED_NODES) return 1;
    const purpose = { seed: 0, epoch: 0, mesh: id, nodes };
    return connectivityOf(connectNodes(position, dimensions, rule, purpose)).componentCount;
  }));
}

/** Neighbours of some nodes within a radius. */
function countsOf({ position, dimensions }: Sample, radius: number): number[] {
  const counts: number[] = [];
  for (let i = 0; i < position.length; i += strideOf(position, dimensions)) {
    let count = -1;
    for (let j = 0; j < position.length; j += dimensions) {
      let square = 0;
      for (let d = 0; d < dimensions; d++) square += (position[i + d] - position[j + d]) ** 2;
      if (square <= radius * radius) count++;
    }
    counts.push(count);
  }
  return counts;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Two significant digits, rounded up, so that the options of a pipeline are readable. */
function roundUp(value: number): number {
  const digit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / digit - 1e-9) * digit).toPrecision(2));
}
