/**
 * Graphs whose edges cannot carry messages between their nodes, and a radius that would do.
 *
 * @module
 */

import { countOf } from "../../format.ts";
import { type Connectivity, connectivityOf } from "./connectivity.ts";
import { expectedEdges } from "./expected_edges.ts";
import { NearestNodes } from "./nearest_nodes.ts";
import { radiusGraph } from "./radius_graph.ts";

/**
 * Largest number and share of isolated nodes, and smallest share of the largest component, of a
 * graph of sampled nodes: in the coarse parts of a graded mesh, a few nodes are far from all others
 * that were sampled. The presets have up to 0.8 % and at least 98 %.
 */
const MAX_ISOLATED_COUNT = 3;
const MAX_ISOLATED_SHARE = 0.02;
const MIN_LARGEST_SHARE = 0.9;

/** Smallest number of neighbours that a suggested radius gives the median node, by dimensions. */
const ENOUGH_NEIGHBOURS = [0, 2, 8, 14];

/** Number of nodes whose spacing is measured, and of the largest graph that is drawn as a trial. */
const MEASURED_NODES = 1000;
const MAX_TRIAL_NODES = 100_000;

/** Number of times that a radius is doubled, then bisected. */
const MAX_DOUBLINGS = 40;
const BISECTIONS = 4;

/**
 * The reason why a graph cannot carry messages, as the end of a sentence; undefined if it can.
 *
 * A graph of all nodes of a mesh must be joined. In a graph of sampled nodes, 3 nodes or 2 % may be
 * isolated, and the largest component must hold 90 %.
 *
 * @param isSample Whether the nodes are a sample of those of a mesh.
 */
export function disconnection(
  { nodeCount, isolatedCount, componentCount, largestCount, maxEdges }: Connectivity,
  isSample: boolean,
): string | undefined {
  if (nodeCount < 2 || componentCount === 1) return undefined;
  if (maxEdges === 0) return `none of its ${nodeCount} nodes has an edge`;
  const allowed = Math.max(MAX_ISOLATED_COUNT, MAX_ISOLATED_SHARE * nodeCount);
  if (isolatedCount > (isSample ? allowed : 0)) {
    const verb = isolatedCount === 1 ? "has" : "have";
    return `${isolatedCount} of its ${nodeCount} nodes ${verb} no edge`;
  }
  const largestShare = largestCount / nodeCount;
  if (isSample && largestShare >= MIN_LARGEST_SHARE) return undefined;
  return `its ${nodeCount} nodes form ${componentCount} separate parts, the largest with ` +
    `${largestCount} nodes`;
}

/**
 * A radius that joins the nodes of a graph, as a sentence such as "median spacing 33: a radius of
 * 100 gives 9 neighbours"; undefined if none was found.
 *
 * @param position Node positions [N, D].
 * @param maxEdges Largest number of edges that a node receives.
 */
export function suggestedRadius(
  position: Float32Array,
  dimensions: number,
  { maxEdges, isSample, beat }: {
    readonly maxEdges: number;
    readonly isSample: boolean;
    readonly beat?: (() => void) | undefined;
  },
): string | undefined {
  const nodeCount = position.length / dimensions;
  if (nodeCount < 2 || nodeCount > MAX_TRIAL_NODES) return undefined;
  const enough = Math.min(ENOUGH_NEIGHBOURS[dimensions], nodeCount - 1);
  const { spacing, reach } = medianDistances(position, dimensions, enough);
  const joins = (radius: number) => {
    const draw = { seed: 0, epoch: 0, mesh: 0, beat };
    const graph = radiusGraph(position, dimensions, { radius, maxEdges, ...draw });
    return disconnection(connectivityOf(graph), isSample) === undefined;
  };
  const radius = smallestRadius(roundUp(reach > 0 ? reach : spacing), joins);
  if (radius === undefined) return undefined;
  const rule = { radius, maxEdges: nodeCount, sampledNodes: nodeCount, beat };
  const neighbours = median(expectedEdges(position, dimensions, rule));
  const drawn = neighbours > maxEdges ? `, of which ${maxEdges} are drawn` : "";
  return `median spacing ${Number(spacing.toPrecision(2))}: a radius of ${radius} gives ` +
    `${countOf(neighbours, "neighbour")}${drawn}`;
}

/** A radius from `first` on that joins, little above the smallest. */
function smallestRadius(
  first: number,
  joins: (radius: number) => boolean,
): number | undefined {
  // All nodes are at one position.
  if (!(first > 0)) return undefined;
  let below = first;
  let above = first;
  for (let doubling = 0; !joins(above); doubling++) {
    if (doubling === MAX_DOUBLINGS) return undefined;
    below = above;
    above = roundUp(2 * above);
  }
  for (let k = 0; k < BISECTIONS && below < above; k++) {
    const middle = roundUp(Math.sqrt(below * above));
    if (middle >= above) break;
    if (joins(middle)) above = middle;
    else below = middle;
  }
  return above;
}

/** Median distances of nodes to their nearest, and to the number `enough` of the nearest. */
function medianDistances(position: Float32Array, dimensions: number, enough: number) {
  const nodeCount = position.length / dimensions;
  const tree = new NearestNodes(position, dimensions);
  const step = Math.ceil(nodeCount / MEASURED_NODES);
  const nearest: number[] = [];
  const farther: number[] = [];
  for (let node = 0; node < nodeCount; node += step) {
    const point = position.subarray(node * dimensions, (node + 1) * dimensions);
    const { distances } = tree.nearestFew(point, enough + 1);
    // Points that are stored twice have no spacing.
    nearest.push(distances.find((distance) => distance > 0) ?? 0);
    farther.push(distances[distances.length - 1]);
  }
  return { spacing: median(nearest), reach: median(farther) };
}

function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? 0;
}

/** The next number of two significant digits. */
function roundUp(value: number): number {
  if (!(value > 0)) return 0;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / unit * (1 - 1e-9)) * unit).toPrecision(2));
}
