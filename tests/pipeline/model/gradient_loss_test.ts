import assert from "node:assert/strict";
import { type Graph, graphFromEdges } from "../../../pipeline/graph/graph.ts";
import { type LocalGraph, localGraphs } from "../../../pipeline/graph/local_graph.ts";
import { fillNormal, hash } from "../../../pipeline/graph/random.ts";
import {
  type GradientLoss,
  sumDifferences,
  sumEdges,
} from "../../../pipeline/model/gradient_loss.ts";

const OUTPUTS = 2;
const NODES = 30;
const EDGES = Array.from({ length: 200 }, (_, e) => [7 * e % NODES, (e * e >> 2) % NODES]);

function whole(graph: Graph): LocalGraph {
  return localGraphs(graph, new Uint32Array(graph.nodeCount), 1)[0];
}

const graph = whole(graphFromEdges(NODES, EDGES.map(([i]) => i), EDGES.map(([, j]) => j)));

function normal(name: string, length: number): Float32Array {
  return fillNormal(hash(7, name), new Float32Array(length));
}

/** Mean over edges and outputs, and its derivative by the errors. */
function meanDifference(
  loss: GradientLoss,
  errorOf: (node: number, output: number) => number,
  isKnown: (node: number) => boolean = () => true,
  local: LocalGraph = graph,
) {
  const width = OUTPUTS + 1;
  const rows = Float32Array.from(
    { length: local.nodes.length * width },
    (_, k) => {
      const node = Math.floor(k / width);
      return k % width === OUTPUTS ? Number(isKnown(node)) : errorOf(node, k % width);
    },
  );
  const errors = { rows, outputs: OUTPUTS };
  const edges = sumEdges(local, errors, loss);
  const gradient = new Float64Array(local.nodes.length * OUTPUTS);
  const share = 1 / (edges.count * OUTPUTS);
  const sum = sumDifferences(local, errors, loss, edges, share, gradient);
  return { mean: sum * share, gradient, edges };
}

function near(actual: number, expected: number, relative = 1e-6): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual}, ${expected}`);
}

/** Nodes on a line, 0.1 apart: all edges between neighbours have one length. */
const line = whole(
  graphFromEdges(
    NODES,
    Array.from({ length: NODES - 1 }, (_, k) => k),
    [
      ...Array(NODES - 1).keys(),
    ].map((k) => k + 1),
  ),
);
const linePosition = Float32Array.from({ length: NODES }, (_, k) => 0.1 * k);

Deno.test("the gradient loss of a linear error is its slope squared, of a constant 0", () => {
  for (const [unit, radius] of [[1, 0.2], [1e-3, 0.2e-3], [1e20, 0.2e20]]) {
    const position = linePosition.map((x) => unit * x);
    const loss = { weight: 1, position, dimensions: 1, radius };
    // With a radius of 0.2, s is the length itself: (3 · 0.1)² / (0.1² + 0.001) in one output.
    const linear = meanDifference(
      loss,
      (node, output) => output === 0 ? 3 * linePosition[node] + 5 : 1,
      undefined,
      line,
    );
    near(linear.mean, 0.09 / 0.011 / 2);
    const constant = meanDifference(loss, () => 4.5, undefined, line);
    assert.equal(constant.mean, 0);
    assert.ok(constant.gradient.every((value) => value === 0));
  }
});

Deno.test("without a radius, the length of the edges has no unit, even where it is 0", () => {
  for (const dimensions of [1, 2, 3]) {
    const means = [1, 1e-12, 1e12, 0].map((unit) => {
      const position = Float32Array.from(
        { length: NODES * dimensions },
        (_, k) => k % dimensions === 0 ? unit * linePosition[k / dimensions] : 0,
      );
      const loss = { weight: 1, position, dimensions, radius: 0 };
      return meanDifference(loss, (node) => node ** 2 / 100, undefined, line).mean;
    });
    // r² is (D + 2) / D times the mean of the squared lengths, which are all equal.
    const squares = Array.from({ length: NODES - 1 }, (_, k) => ((2 * k + 1) / 100) ** 2);
    const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
    for (const actual of means) near(actual, mean / (0.04 * dimensions / (dimensions + 2) + 0.001));
  }
  // In a plane, r² is twice the mean of the squared lengths, equal or not.
  const position = normal("position", NODES * 2);
  const { count, squaredLengths } = meanDifference(
    { weight: 1, position, dimensions: 2, radius: 0 },
    () => 0,
  ).edges;
  const radius = Math.sqrt(2 * squaredLengths / count);
  const errors = normal("error", NODES * OUTPUTS);
  const [free, given] = [0, radius].map((radius) =>
    meanDifference(
      { weight: 1, position, dimensions: 2, radius },
      (node, output) => errors[node * OUTPUTS + output],
    ).mean
  );
  near(free, given, 1e-12);
});

Deno.test("an edge counts only where both ends are known, and none gives 0", () => {
  const loss = { weight: 1, position: normal("position", NODES * 2), dimensions: 2, radius: 1 };
  const isKnown = (node: number) => node % 3 !== 0;
  const known = meanDifference(loss, (node) => node, isKnown);
  const expected = EDGES.filter((edge) => edge.every(isKnown)).length;
  for (const [known, unknown] of [[0, 1], [1, 0]]) {
    assert.ok(EDGES.some((edge) => isKnown(edge[known]) && !isKnown(edge[unknown])));
  }
  assert.equal(known.edges.count, expected);
  const other = meanDifference(loss, (node) => isKnown(node) ? node : NaN, isKnown);
  assert.deepEqual([other.mean, other.gradient], [known.mean, known.gradient]);
  for (const radius of [0, 1]) {
    const none = meanDifference({ ...loss, radius }, (node) => node, () => false);
    assert.equal(none.edges.count, 0);
    assert.ok(none.gradient.every((value) => value === 0));
  }
});

Deno.test("the derivative of the gradient loss is the adjoint of the differences", () => {
  const loss = { weight: 1, position: normal("position", NODES * 2), dimensions: 2, radius: 0.6 };
  const [a, b] = ["a", "b"].map((name) => normal(name, NODES * OUTPUTS));
  const at = (errors: Float32Array) =>
    meanDifference(loss, (node, output) => errors[node * OUTPUTS + output]);
  const dot = (x: Float32Array, y: Float64Array) =>
    x.reduce((sum, value, k) => sum + value * y[k], 0);
  // The loss is the quadratic form of a symmetric operator: half of its derivative.
  near(dot(a, at(a).gradient), 2 * at(a).mean, 1e-12);
  near(dot(a, at(b).gradient), dot(b, at(a).gradient), 1e-12);
});
