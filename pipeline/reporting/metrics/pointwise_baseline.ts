/**
 * A regression at single nodes: the inputs of a network without its graph.
 *
 * @module
 */

import { hash, keyedUniform } from "../../graph/random.ts";
import type { BaselineQuery, BaselineSample } from "./baselines.ts";
import { InputTransform, NodeFeatures } from "./pointwise_features.ts";
import { regressionSums, type Rows, solveRidge } from "./ridge.ts";

/** Training nodes: more of them would not change the errors of smooth functions visibly. */
const MAX_NODES = 8192;
/** Nodes of a trial, and nodes that measure its error. */
const MAX_TRIAL_NODES = 3072;
const MAX_VALIDATION_NODES = 1024;
/** Cost of a regression, in nodes times squared features: many inputs allow fewer nodes. */
const MAX_COST = 8e8;
/** Every fifth training sample chooses the width and the ridge. */
const VALIDATION_PERIOD = 5;
/** Widths of the Gaussian kernel, as shares of the typical distance of two nodes. */
const WIDTHS = [0.25, 0.5, 1, 2];
/** Penalties relative to the number of nodes. */
const RIDGES = [1e-8, 1e-5, 1e-2];
const PURPOSE = "pointwise baseline";

/** A training sample with its place in the training set. */
export interface PointwiseSample extends BaselineSample {
  /** Number of samples in the training set. */
  readonly count: number;
}

/**
 * Predicts the targets of a node from the inputs of this node alone, its position included. The
 * distance of a network to it is the worth of the mesh: of messages between nodes.
 *
 * A ridge regression in closed form on random Fourier features of a Gaussian kernel (Rahimi and
 * Recht, "Random features for large-scale kernel machines", NIPS 2007), with the inputs and their
 * squares as further features. Inputs are first spread evenly by their quantiles, so that the
 * result does not depend on units or on long tails, and are held within the range of the training.
 * Up to 8,192 nodes are used, evenly from all training samples; the width of the kernel and the
 * ridge are those with the smallest error on every fifth sample. All random numbers are keyed, so
 * equal data give equal predictions. A prediction costs O(N · 192 · I).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const baseline = new PointwiseBaseline();
 * const input = Float64Array.from({ length: 100 }, (_, node) => node / 99);
 * const sample = { id: "a", dimensions: 1, position: input, input };
 * baseline.add({ ...sample, target: input.map((x) => 3 * x), count: 1 });
 * const [first] = baseline.predict({ ...sample, position: [0.5], input: [0.5] });
 * assert.ok(Math.abs(first - 1.5) < 0.01);
 * ```
 */
export class PointwiseBaseline {
  readonly #inputs: number[] = [];
  readonly #targets: number[] = [];
  /** Number of the sample of each node. */
  readonly #samples: number[] = [];
  #inputCount = 0;
  #targetCount = 0;
  #sampleCount = 0;
  #fit: PointwiseFit | undefined;

  /** Adds a training sample: some of its nodes. */
  add({ position, dimensions, input, target, count, known }: PointwiseSample): void {
    const nodeCount = position.length / dimensions;
    const number = this.#sampleCount++;
    this.#inputCount = input.length / nodeCount;
    this.#targetCount = target.length / nodeCount;
    const share = (samples: number) => Math.floor(Math.min(1, samples / count) * MAX_NODES);
    const quota = Math.min(nodeCount, share(number + 1) - share(number));
    const key = hash(0, PURPOSE, "nodes", number);
    for (let k = 0; k < quota; k++) {
      // One node of each of `quota` equal ranges of numbers.
      const node = Math.floor((k + keyedUniform(key, k)) * nodeCount / quota);
      if (known !== undefined && known[node] === 0) continue;
      for (let i = 0; i < this.#inputCount; i++) {
        this.#inputs.push(input[node * this.#inputCount + i]);
      }
      for (let o = 0; o < this.#targetCount; o++) {
        this.#targets.push(target[node * this.#targetCount + o]);
      }
      this.#samples.push(number);
    }
    this.#fit = undefined;
  }

  /**
   * Target values [N, O] at the nodes of the query.
   *
   * @throws {RangeError} If no node with known targets was added
   */
  predict({ position, dimensions, input }: BaselineQuery): Float64Array {
    if (this.#samples.length === 0) {
      throw new RangeError(
        "Cannot predict from single nodes: there must be at least one training node with known " +
          "targets, received none; connect the training split to the report",
      );
    }
    this.#fit ??= this.#fitted();
    return this.#fit.predict(input, position.length / dimensions);
  }

  #fitted(): PointwiseFit {
    const inputs = { values: Float64Array.from(this.#inputs), width: this.#inputCount };
    const targets = { values: Float64Array.from(this.#targets), width: this.#targetCount };
    const scale = new TargetScale(targets);
    const transform = new InputTransform(inputs);
    const nodeCount = this.#samples.length;
    const fit = (nodes: Uint32Array, width: number) => {
      const features = new NodeFeatures(transform, width);
      const used = thinned(nodes, Math.ceil(MAX_COST / features.width ** 2));
      const sums = regressionSums(features.of(inputs.values, used), scale.of(used));
      return (ridge: number) => new PointwiseFit(features, scale, solveRidge(sums, ridge));
    };
    const all = Uint32Array.from({ length: nodeCount }, (_, node) => node);
    const isBySample = this.#sampleCount >= VALIDATION_PERIOD;
    const isHeldOut = (node: number) =>
      (isBySample ? this.#samples[node] : node) % VALIDATION_PERIOD === VALIDATION_PERIOD - 1;
    const validation = thinned(all.filter(isHeldOut), MAX_VALIDATION_NODES);
    const training = thinned(all.filter((node) => !isHeldOut(node)), MAX_TRIAL_NODES);
    let best = { error: Infinity, width: WIDTHS[0], ridge: RIDGES[0] };
    for (const width of WIDTHS) {
      const trial = fit(training.length > 0 ? training : all, width);
      for (const ridge of RIDGES) {
        const error = trial(ridge).error(inputs.values, validation);
        if (error < best.error) best = { error, width, ridge };
      }
    }
    return fit(all, best.width)(best.ridge);
  }
}

/** A fitted regression. */
class PointwiseFit {
  readonly #features: NodeFeatures;
  readonly #scale: TargetScale;
  readonly #weights: Rows;
  readonly #row: Float64Array;

  constructor(features: NodeFeatures, scale: TargetScale, weights: Rows) {
    this.#features = features;
    this.#scale = scale;
    this.#weights = weights;
    this.#row = new Float64Array(features.width);
  }

  /** Targets [N, O] of nodes with inputs [N, I]. */
  predict(inputs: ArrayLike<number>, nodeCount: number): Float64Array {
    const { width } = this.#weights;
    const predicted = new Float64Array(nodeCount * width);
    for (let node = 0; node < nodeCount; node++) this.#predict(inputs, node, predicted, node);
    for (let k = 0; k < predicted.length; k++) {
      predicted[k] = this.#scale.physical(predicted[k], k % width);
    }
    return predicted;
  }

  /** Sum of the squared errors of normalised targets over some of the training nodes. */
  error(inputs: ArrayLike<number>, nodes: Uint32Array): number {
    const { width } = this.#weights;
    const truth = this.#scale.of(nodes);
    const predicted = new Float64Array(nodes.length * width);
    nodes.forEach((node, k) => this.#predict(inputs, node, predicted, k));
    return predicted.reduce((sum, value, k) => sum + (value - truth.values[k]) ** 2, 0);
  }

  #predict(inputs: ArrayLike<number>, node: number, predicted: Float64Array, row: number): void {
    const { values, width } = this.#weights;
    const features = this.#row;
    this.#features.write(inputs, node, features);
    for (let f = 0; f < features.length; f++) {
      for (let o = 0; o < width; o++) {
        predicted[row * width + o] += features[f] * values[f * width + o];
      }
    }
  }
}

/** Targets of the training nodes, normalised to mean 0 and deviation 1. */
class TargetScale {
  readonly #targets: Rows;
  readonly #means: Float64Array;
  readonly #deviations: Float64Array;

  constructor(targets: Rows) {
    const { values, width } = targets;
    const nodeCount = values.length / width;
    this.#targets = targets;
    this.#means = new Float64Array(width);
    this.#deviations = new Float64Array(width);
    for (let k = 0; k < values.length; k++) this.#means[k % width] += values[k] / nodeCount;
    for (let k = 0; k < values.length; k++) {
      this.#deviations[k % width] += (values[k] - this.#means[k % width]) ** 2 / nodeCount;
    }
    for (let o = 0; o < width; o++) this.#deviations[o] = Math.sqrt(this.#deviations[o]) || 1;
  }

  /** Normalised targets of some nodes [nodes, O]. */
  of(nodes: Uint32Array): Rows {
    const { values, width } = this.#targets;
    const rows = new Float64Array(nodes.length * width);
    for (let k = 0; k < rows.length; k++) {
      const o = k % width;
      const value = values[nodes[(k - o) / width] * width + o];
      rows[k] = (value - this.#means[o]) / this.#deviations[o];
    }
    return { values: rows, width };
  }

  physical(value: number, output: number): number {
    return this.#means[output] + value * this.#deviations[output];
  }
}

/** At most `maxCount` of the nodes, evenly spread. */
function thinned(nodes: Uint32Array, maxCount: number): Uint32Array {
  const stride = Math.ceil(nodes.length / maxCount);
  return stride <= 1 ? nodes : nodes.filter((_, k) => k % stride === 0);
}
