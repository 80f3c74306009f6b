/**
 * The range of the training data, outside which a network has learnt nothing: smallest and largest
 * value of every input, and of the spacing of the nodes.
 *
 * @module
 */

import { formatNumber, formatPercent } from "../../format.ts";
import { NearestNodes } from "../graph/nearest_nodes.ts";

/** True values of the inputs and spacings of the nodes of all training meshes. */
export interface TrainingRange {
  /** `[I]` each. */
  readonly inputMin: readonly number[];
  readonly inputMax: readonly number[];
  /** Smallest and largest distance of a node to its nearest neighbour; none for single nodes. */
  readonly spacing?: readonly [number, number] | undefined;
}

/** An input or the spacing outside the range of the training. */
export interface RangeExcess {
  /** Name of the input, or "spacing". */
  readonly name: string;
  readonly unit: string;
  /** Share of the nodes outside the range. */
  readonly share: number;
  /** Value farthest outside. */
  readonly worst: number;
  /** Distance of `worst` from the range in standard deviations of the training; not of spacing. */
  readonly deviations?: number | undefined;
  /** The range. */
  readonly min: number;
  readonly max: number;
}

/** Rounding of values that are in the range, as a share of its width. */
const VALUE_TOLERANCE = 1e-5;

/** Rounding of a single value, relative to it: that of float32. */
const ROUNDING = 2 ** -22;

/** Spacing beyond the range that counts as within it, as a factor. */
const SPACING_TOLERANCE = 1.1;

/** Nodes of a mesh whose spacing is measured, spread evenly over the node numbers. */
const PROBE_COUNT = 4096;

/** Positions `[N, D]`. */
interface Nodes {
  readonly position: ArrayLike<number>;
  readonly dimensions: number;
}

/** Distances of some nodes to their nearest neighbours. */
export interface Spacing {
  /** Node numbers. */
  readonly nodes: Uint32Array;
  readonly distances: Float64Array;
}

/** Measures the spacing of meshes; meshes with the nodes of the one before cost nothing. */
export class SpacingMeter {
  #measured: Nodes | undefined;
  #spacing: Spacing = { nodes: new Uint32Array(0), distances: new Float64Array(0) };

  /**
   * Distance to the nearest other position of up to 4,096 nodes, without nodes that have the
   * position of their neighbour.
   */
  measure(nodes: Nodes): Spacing {
    if (this.#measured !== undefined && isSameMesh(this.#measured, nodes)) return this.#spacing;
    this.#measured = nodes;
    this.#spacing = measureSpacing(nodes);
    return this.#spacing;
  }
}

function isSameMesh(a: Nodes, b: Nodes): boolean {
  if (a.dimensions !== b.dimensions || a.position.length !== b.position.length) return false;
  for (let k = 0; k < a.position.length; k++) if (a.position[k] !== b.position[k]) return false;
  return true;
}

function measureSpacing({ position, dimensions }: Nodes): Spacing {
  const nodeCount = position.length / dimensions;
  const tree = new NearestNodes(position, dimensions);
  const count = Math.min(PROBE_COUNT, nodeCount);
  const distances: number[] = [];
  const nodes: number[] = [];
  for (let k = 0; k < count; k++) {
    const node = Math.floor((k + 0.5) * nodeCount / count);
    const point = Array.from({ length: dimensions }, (_, d) => position[node * dimensions + d]);
    const distance = tree.nearestFew(point, 2).distances[1];
    if (!(distance > 0)) continue;
    nodes.push(node);
    distances.push(distance);
  }
  return { nodes: Uint32Array.from(nodes), distances: Float64Array.from(distances) };
}

/** Collects the range of the training data. */
export class RangeStatistics {
  readonly #inputMin: number[];
  readonly #inputMax: number[];
  readonly #meter = new SpacingMeter();
  #low = Infinity;
  #high = 0;

  /** @param width Number of inputs. */
  constructor(width: number) {
    this.#inputMin = Array<number>(width).fill(Infinity);
    this.#inputMax = Array<number>(width).fill(-Infinity);
  }

  /** Adds a mesh with its true inputs `[N, I]`. */
  add(nodes: Nodes, input: ArrayLike<number>): void {
    const width = this.#inputMin.length;
    for (let k = 0; k < input.length; k++) {
      const column = k % width;
      if (input[k] < this.#inputMin[column]) this.#inputMin[column] = input[k];
      if (input[k] > this.#inputMax[column]) this.#inputMax[column] = input[k];
    }
    for (const distance of this.#meter.measure(nodes).distances) {
      this.#low = Math.min(this.#low, distance);
      this.#high = Math.max(this.#high, distance);
    }
  }

  /** The range of all meshes so far. */
  result(): TrainingRange {
    return {
      inputMin: [...this.#inputMin],
      inputMax: [...this.#inputMax],
      spacing: this.#high > 0 ? [this.#low, this.#high] : undefined,
    };
  }
}

/** Inputs of a model with their range in its training. */
export interface RangedInputs {
  readonly inputNames: readonly string[];
  /** Unit of each input `[I]`, or more. */
  readonly units: readonly string[];
  /** Standard deviation of each input in the training `[I]`. */
  readonly inputScale: ArrayLike<number>;
  readonly range: TrainingRange;
}

/** Values outside a range. */
interface Excess {
  count: number;
  worst: number;
  /** Distance of `worst`, or its factor. */
  distance: number;
}

/** Finds inputs and spacings outside the range of the training, over any number of meshes. */
export class RangeCheck {
  readonly #inputs: RangedInputs;
  readonly #excess: readonly Excess[];
  readonly #spacing: Excess = { count: 0, worst: NaN, distance: 0 };
  readonly #meter = new SpacingMeter();
  #nodeCount = 0;
  #spacingCount = 0;

  constructor(inputs: RangedInputs) {
    this.#inputs = inputs;
    this.#excess = inputs.inputNames.map(() => ({ count: 0, worst: NaN, distance: 0 }));
  }

  /** Adds a mesh with its true inputs `[N, I]`. */
  add(nodes: Nodes, input: ArrayLike<number>): void {
    const { inputMin, inputMax, spacing } = this.#inputs.range;
    const width = this.#excess.length;
    this.#nodeCount += input.length / width;
    const margin = inputMin.map((low, c) =>
      Math.max(
        VALUE_TOLERANCE * (inputMax[c] - low),
        ROUNDING * Math.max(Math.abs(low), Math.abs(inputMax[c])),
      )
    );
    for (let k = 0; k < input.length; k++) {
      const column = k % width;
      const distance = Math.max(inputMin[column] - input[k], input[k] - inputMax[column]);
      if (distance > margin[column]) addExcess(this.#excess[column], input[k], distance);
    }
    if (spacing === undefined) return;
    const { distances } = this.#meter.measure(nodes);
    this.#spacingCount += distances.length;
    for (const distance of distances) {
      const factor = Math.max(spacing[0] / distance, distance / spacing[1]);
      if (factor > SPACING_TOLERANCE) addExcess(this.#spacing, distance, factor);
    }
  }

  /** Inputs outside their range, in the order of the model, then the spacing. */
  result(): readonly RangeExcess[] {
    const { inputNames, units, inputScale, range: { inputMin, inputMax, spacing } } = this.#inputs;
    const inputs = inputNames.map((name, c): RangeExcess & { readonly count: number } => ({
      name,
      unit: units[c] ?? "",
      share: this.#excess[c].count / this.#nodeCount,
      worst: this.#excess[c].worst,
      deviations: this.#excess[c].distance / inputScale[c],
      min: inputMin[c],
      max: inputMax[c],
      count: this.#excess[c].count,
    }));
    const found = inputs.filter(({ count }) => count > 0).map(({ count: _, ...excess }) => excess);
    if (spacing === undefined || this.#spacing.count === 0) return found;
    return [...found, {
      name: "spacing",
      unit: units[0] ?? "",
      share: this.#spacing.count / this.#spacingCount,
      worst: this.#spacing.worst,
      min: spacing[0],
      max: spacing[1],
    }];
  }
}

function addExcess(excess: Excess, value: number, distance: number): void {
  excess.count++;
  if (distance <= excess.distance) return;
  excess.worst = value;
  excess.distance = distance;
}

/**
 * A sentence about an input or spacing outside the range of the training.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const excess = { name: "speed", unit: "m/s", share: 0.25, worst: 90, min: 30, max: 60 };
 * assert.equal(
 *   rangeText({ ...excess, deviations: 3 }),
 *   "speed is outside the training range 30.0 to 60.0 m/s at 25.0\u202f% of the nodes, at worst " +
 *     "90.0 m/s (3.00 standard deviations beyond)",
 * );
 * ```
 */
export function rangeText(
  { name, unit, share, worst, deviations, min, max }: RangeExcess,
): string {
  const inUnit = unit === "" ? "" : ` ${unit}`;
  const range = min === max
    ? `${formatNumber(min)}${inUnit}, its only value in the training,`
    : `the training range ${formatNumber(min)} to ${formatNumber(max)}${inUnit}`;
  const beyond = deviations === undefined || min === max
    ? ""
    : ` (${formatNumber(deviations)} standard deviations beyond)`;
  return `${name} is outside ${range} at ${formatPercent(share)} of the nodes, at worst ` +
    `${formatNumber(worst)}${inUnit}${beyond}`;
}
