/**
 * A second implementation of the networks, in float64 and directly from their formulas: every
 * kernel matrix is built, every sum is a loop. It has no devices, blocks or ranks; finite
 * differences of its loss are exact to about 1e-9.
 *
 * @module
 */

import type { DsmpnnConfig, GcnConfig } from "../../pipeline/model/config.ts";
import { ParameterLayout } from "../../pipeline/model/parameters.ts";
import type { WholeSample } from "./sample.ts";

type Vector = readonly number[];

interface Edge {
  readonly sender: number;
  readonly receiver: number;
}

/** The loss of `sample` with flat `parameters`. */
export function plainLoss(sample: WholeSample, parameters: Float64Array): number {
  const { outputs } = sample.config;
  let squares = 0, count = 0;
  const prediction = plainPrediction(sample, parameters);
  prediction.forEach((row, node) => {
    const weight = sample.counted[node];
    row.forEach((value, c) => squares += weight * (value - sample.target[node * outputs + c]) ** 2);
    count += weight * outputs;
  });
  return squares / count + plainGradientLoss(sample, prediction);
}

/** The weighted gradient loss of `sample`; 0 without one. */
function plainGradientLoss(
  { graph, counted, target, gradientLoss }: WholeSample,
  prediction: readonly Vector[],
): number {
  if (gradientLoss === undefined) return 0;
  const { weight, position, dimensions, radius } = gradientLoss;
  const outputs = prediction[0].length;
  const errors = prediction.map((row, i) => subtract(row, slice(target, i * outputs, outputs)));
  const place = (node: number) => slice(position, node * dimensions, dimensions);
  const square = (row: Vector) => row.reduce((sum, value) => sum + value * value, 0);
  const edges = range(graph.nodeCount).flatMap((i) =>
    [...graph.senders.subarray(graph.offsets[i], graph.offsets[i + 1])].map((j) => [i, j])
  ).filter((ends) => ends.every((node) => counted[node] !== 0)).map(([i, j]) => ({
    length: square(subtract(place(i), place(j))),
    difference: square(subtract(errors[i], errors[j])),
  }));
  if (edges.length === 0) return 0;
  const length = edges.reduce((sum, edge) => sum + edge.length, 0) / edges.length;
  const ratio = (edge: { readonly length: number }) => {
    if (radius > 0) return edge.length / radius ** 2;
    return (length > 0 ? edge.length / length : 1) * dimensions / (dimensions + 2);
  };
  const sum = edges.reduce((sum, edge) => sum + edge.difference / (0.04 * ratio(edge) + 0.001), 0);
  return weight * sum / (edges.length * outputs);
}

/** The prediction `[N][O]` of `sample` with flat `parameters`. */
export function plainPrediction(sample: WholeSample, parameters: Float64Array): readonly Vector[] {
  const { config, graph, input } = sample;
  const rows = Array.from(
    { length: graph.nodeCount },
    (_, node) => slice(input, node * config.inputs, config.inputs),
  );
  const edges = Array.from(
    { length: graph.nodeCount },
    (_, receiver) =>
      slice(
        graph.senders,
        graph.offsets[receiver],
        graph.offsets[receiver + 1] - graph.offsets[receiver],
      )
        .map((sender): Edge => ({ sender, receiver })),
  ).flat();
  const tensors = new Tensors(new ParameterLayout(config), parameters);
  return config.network === "gcn"
    ? gcn(config, tensors, rows, edges)
    : dsmpnn(config, tensors, rows, edges);
}

/** Tensors inside the flat parameters, where weights are stored as `[in, out]`. */
class Tensors {
  constructor(readonly layout: ParameterLayout, readonly flat: Float64Array) {}

  vector(name: string): Vector {
    const { offset, length } = this.layout.tensor(name);
    return slice(this.flat, offset, length);
  }

  /** `row · W` for a weight `[in, out]`. */
  product(row: Vector, name: string): Vector {
    const weight = this.vector(name);
    const columns = weight.length / row.length;
    return range(columns).map((c) =>
      row.reduce((sum, value, k) => sum + value * weight[k * columns + c], 0)
    );
  }

  linear(row: Vector, name: string): Vector {
    return add(this.product(row, `${name}.weight`), this.vector(`${name}.bias`));
  }

  /**
   * A stack of `layers` linear layers with ReLU between them, and after the last if requested.
   */
  mlp(row: Vector, name: string, layers: number, lastActivation = false): Vector {
    let x = row;
    for (let layer = 0; layer < layers; layer++) {
      x = this.linear(x, `${name}.${layer}`);
      if (lastActivation || layer < layers - 1) x = x.map(relu);
    }
    return x;
  }
}

function dsmpnn(
  config: DsmpnnConfig,
  tensors: Tensors,
  rows: readonly Vector[],
  edges: readonly Edge[],
): readonly Vector[] {
  const { width, outputs, hops } = config;
  const encode = (row: Vector) => tensors.mlp(row, "encoder", config.encoderHidden.length + 1);
  const decode = (row: Vector) => tensors.mlp(row, "decoder", config.decoderHidden.length + 1);
  let latent = rows.map(encode),
    decoded: readonly Vector[] = rows.map(() => range(outputs).map(() => 0));
  for (let hop = 0; hop < hops; hop++) {
    const messages = edges.map(({ sender, receiver }) => {
      const edge = [
        ...subtract(rows[receiver], rows[sender]),
        ...subtract(decoded[receiver], decoded[sender]),
      ];
      if (config.edgeInputs === "ends") {
        const [a, b] = [rows[receiver], rows[sender]];
        const coordinates = config.dimensions!;
        edge.push(Math.hypot(...subtract(a.slice(0, coordinates), b.slice(0, coordinates))));
        edge.push(...a.slice(coordinates), ...b.slice(coordinates));
      }
      const hidden = tensors.mlp(edge, "kernel", config.kernelHidden.length, true);
      const matrix = tensors.linear(hidden, "kernelMatrix");
      return range(width).map((out) =>
        latent[sender].reduce((sum, value, k) => sum + value * matrix[k * width + out], 0)
      );
    });
    latent = latent.map((own, node) => {
      const arriving = messages.filter((_, e) => edges[e].receiver === node);
      const sum = arriving.reduce<Vector>(add, range(width).map(() => 0));
      let update = add(
        sum.map((value) => value / Math.max(arriving.length, 1)),
        tensors.vector("hop.bias"),
      );
      if (config.rootWeight) update = add(update, tensors.product(own, "hop.root"));
      if (config.hopNorm === "layer") update = layerNorm(update, tensors);
      update = update.map(ACTIVATIONS[config.hopActivation]);
      return config.residual ? add(own, update) : update;
    });
    if (config.edgeUpdate === "decoded") decoded = latent.map(decode);
  }
  return latent.map(decode);
}

function gcn(
  config: GcnConfig,
  tensors: Tensors,
  rows: readonly Vector[],
  edges: readonly Edge[],
): readonly Vector[] {
  const all = [...edges, ...rows.map((_, node) => ({ sender: node, receiver: node }))];
  const degrees = rows.map((_, node) => all.filter(({ receiver }) => receiver === node).length);
  let x = rows;
  for (let layer = 0; layer < config.layers; layer++) {
    const products = x.map((row) => tensors.product(row, `gcn.${layer}.weight`));
    x = x.map((_, node) => {
      const arriving = all.filter(({ receiver }) => receiver === node).map(({ sender }) =>
        products[sender].map((value) => value / Math.sqrt(degrees[sender] * degrees[node]))
      );
      const sum = arriving.reduce<Vector>(add, tensors.vector(`gcn.${layer}.bias`));
      return layer < config.layers - 1 ? sum.map(relu) : sum;
    });
  }
  return x;
}

function layerNorm(row: Vector, tensors: Tensors): Vector {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  const weight = tensors.vector("hop.norm.weight");
  const bias = tensors.vector("hop.norm.bias");
  return row.map((value, k) => (value - mean) / Math.sqrt(variance + 1e-5) * weight[k] + bias[k]);
}

const relu = (x: number) => Math.max(x, 0);

const ACTIVATIONS = {
  identity: (x: number) => x,
  relu,
  gelu: (x: number) => x * normalProbability(x),
};

/** The normal distribution function by its series, for the |x| < 6 of a small network. */
function normalProbability(x: number): number {
  let term = x, sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) sum += term *= x * x / (2 * k + 1);
  return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
}

function add(a: Vector, b: Vector): Vector {
  return a.map((value, k) => value + b[k]);
}

function subtract(a: Vector, b: Vector): Vector {
  return a.map((value, k) => value - b[k]);
}

function slice(values: ArrayLike<number>, first: number, count: number): Vector {
  return range(count).map((k) => values[first + k]);
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, k) => k);
}
