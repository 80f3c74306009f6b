/**
 * Errors of predictions: one accumulator for the network and for every baseline.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import { type BorderError, compareGroups, NodeGroupSums } from "./border_errors.ts";

/** A predicted field. Its components are neighbouring columns of the target [N, O]. */
export interface TargetField {
  readonly name: string;
  readonly components: number;
  /** Physical unit, "" if there is none. */
  readonly unit: string;
}

/** One test sample, in physical units. */
export interface MeasuredSample {
  readonly id: string;
  /** True values [N, O], node by node. */
  readonly truth: ArrayLike<number>;
  /** Predicted values [N, O], node by node. */
  readonly predicted: ArrayLike<number>;
  /** Per node [N]: not 0 for a node near another subdomain. */
  readonly border?: ArrayLike<number> | undefined;
  /** Per node [N]: 0 for a node whose truth is not known, which is left out. @default all known */
  readonly known?: ArrayLike<number> | undefined;
}

/** Relative L2 of one sample; undefined if the true field is 0 everywhere or not known. */
export interface SampleError {
  readonly id: string;
  readonly relativeL2: number | undefined;
}

/**
 * Relative L2 over the samples that have one; NaN if none has. Samples whose true field is 0
 * everywhere are listed but not counted.
 */
export interface RelativeL2 {
  readonly mean: number;
  readonly median: number;
  readonly worst: number;
  /** The sample at the middle of the ranking (the better one of two), undefined if none counts. */
  readonly medianId: string | undefined;
  /** The sample with the largest error, the first one among equals. */
  readonly worstId: string | undefined;
  /** Every sample in the order of `add`. */
  readonly samples: readonly SampleError[];
  /** The samples left out because their true field is 0 everywhere. */
  readonly zeroTruthIds: readonly string[];
}

/** The errors of one field, or of all fields together. */
export interface ErrorFigures {
  /** Root of the mean squared error, in physical units. */
  readonly rmse: number;
  /** The same for targets scaled to deviation 1 over the training set. */
  readonly normalisedRmse: number;
  readonly relativeL2: RelativeL2;
}

/** The errors of one field. */
export interface FieldFigures extends ErrorFigures {
  readonly unit: string;
  /**
   * Root mean square of the true values in deviations of the training: far above 1, relative L2 is
   * small for any prediction near the mean, and only the normalised RMSE tells predictions apart.
   */
  readonly truthInDeviations: number;
}

/** The errors of one method over all samples. */
export interface Metrics extends ErrorFigures {
  readonly sampleCount: number;
  readonly nodeCount: number;
  /** By field name, in the order of the outputs. */
  readonly fields: Readonly<Record<string, FieldFigures>>;
  /** Undefined if no sample has a border mask. */
  readonly borders: BorderError | undefined;
}

/**
 * Sums errors sample by sample, in float64, without retaining fields.
 *
 * - `rmse` is Eq. 3 of arXiv 2402.15106: the root of the mean squared error over all nodes of all
 *   samples and all outputs, in physical units. A large mesh has more weight than a small one.
 * - `normalisedRmse` divides the error of each output by its deviation over the training set first.
 * - `relativeL2` of a sample and field is ‖predicted − truth‖₂ / ‖truth‖₂, of the full values, so
 *   that it is small for a field whose mean is far larger than its variation. For all fields
 *   together it is the root mean square of those of the fields, which has no unit; with one field
 *   it is that of the field.
 *
 * Nodes without a known truth are left out.
 *
 * A value that is not finite is rejected: leaving it out would flatter the network.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const errors = new MetricsAccumulator([{ name: "u", components: 1, unit: "m" }], [2]);
 * errors.add({ id: "a", truth: [3, 4], predicted: [3, 5] });
 * assert.equal(errors.result().relativeL2.mean, 0.2);
 * assert.equal(errors.result().rmse, Math.sqrt(0.5));
 * ```
 */
export class MetricsAccumulator {
  readonly #fields: readonly TargetField[];
  readonly #fieldOfOutput: readonly number[];
  readonly #deviation: ArrayLike<number>;
  readonly #sums: readonly FieldSums[];
  readonly #border = new NodeGroupSums();
  readonly #interior = new NodeGroupSums();
  readonly #samples: SampleError[] = [];
  readonly #fieldSamples: readonly SampleError[][];
  readonly #unknownIds = new Set<string>();
  #nodeCount = 0;

  /**
   * @param fields The predicted fields, in the order of their columns
   * @param deviation Standard deviation of each output over the training set [O], physical units
   * @throws {TypeError} If there is not one deviation per output
   * @throws {RangeError} If a deviation is not a positive number
   */
  constructor(fields: readonly TargetField[], deviation: ArrayLike<number>) {
    this.#fields = fields;
    this.#fieldOfOutput = fields.flatMap((field, f) => Array<number>(field.components).fill(f));
    if (deviation.length !== this.#fieldOfOutput.length) {
      throw new TypeError(
        `Cannot measure errors: there must be one deviation per output, received ` +
          `${deviation.length} for ${this.#fieldOfOutput.length} outputs`,
      );
    }
    for (let o = 0; o < deviation.length; o++) {
      if (deviation[o] > 0 && Number.isFinite(deviation[o])) continue;
      throw new RangeError(
        `Cannot measure errors: every deviation must be > 0, received ${deviation[o]} for ` +
          `output ${o}; use 1 for a constant output`,
      );
    }
    this.#deviation = deviation;
    this.#sums = fields.map(() => ({
      squares: 0,
      normalisedSquares: 0,
      normalisedTruthSquares: 0,
    }));
    this.#fieldSamples = fields.map(() => []);
  }

  /**
   * Adds one sample.
   *
   * @returns The relative L2 of the sample over all fields
   * @throws {TypeError} If the lengths do not match
   * @throws {DataError} If a true value is not finite
   * @throws {RangeError} If a predicted value is not finite
   */
  add(sample: MeasuredSample): number | undefined {
    const nodeCount = this.#checkedNodeCount(sample);
    const outputCount = this.#fieldOfOutput.length;
    const { truth, predicted, border, known } = sample;
    const squares = new Float64Array(this.#fields.length);
    const normalisedSquares = new Float64Array(this.#fields.length);
    const truthSquares = new Float64Array(this.#fields.length);
    const normalisedTruthSquares = new Float64Array(this.#fields.length);
    let knownCount = 0;
    // Added to the totals last, so that a sample with a bad value changes nothing.
    const near = new NodeGroupSums();
    const far = new NodeGroupSums();
    for (let node = 0; node < nodeCount; node++) {
      if (known && known[node] === 0) continue;
      knownCount++;
      let nodeSquares = 0;
      let nodeNormalisedSquares = 0;
      for (let o = 0; o < outputCount; o++) {
        const k = node * outputCount + o;
        if (!Number.isFinite(truth[k]) || !Number.isFinite(predicted[k])) {
          this.#rejectValue(sample, node, o);
        }
        const field = this.#fieldOfOutput[o];
        const error = predicted[k] - truth[k];
        const normalised = error / this.#deviation[o];
        squares[field] += error * error;
        normalisedSquares[field] += normalised * normalised;
        truthSquares[field] += truth[k] * truth[k];
        normalisedTruthSquares[field] += (truth[k] / this.#deviation[o]) ** 2;
        nodeSquares += error * error;
        nodeNormalisedSquares += normalised * normalised;
      }
      if (border) (border[node] ? near : far).add(nodeSquares, nodeNormalisedSquares);
    }

    this.#nodeCount += knownCount;
    if (knownCount === 0) this.#unknownIds.add(sample.id);
    this.#border.addAll(near);
    this.#interior.addAll(far);
    const defined: number[] = [];
    for (const [f, sums] of this.#sums.entries()) {
      sums.squares += squares[f];
      sums.normalisedSquares += normalisedSquares[f];
      sums.normalisedTruthSquares += normalisedTruthSquares[f];
      const relativeL2 = truthSquares[f] > 0 ? Math.sqrt(squares[f] / truthSquares[f]) : undefined;
      this.#fieldSamples[f].push({ id: sample.id, relativeL2 });
      if (relativeL2 !== undefined) defined.push(relativeL2);
    }
    const relativeL2 = defined.length > 0 ? rootMeanSquare(defined) : undefined;
    this.#samples.push({ id: sample.id, relativeL2 });
    return relativeL2;
  }

  /**
   * The errors of all samples so far.
   *
   * @throws {RangeError} If there is no sample
   */
  result(): Metrics {
    if (this.#nodeCount === 0) {
      throw new RangeError(
        "Cannot measure errors: there must be at least one node with a known target, received none",
      );
    }
    const figuresOf = (
      sums: readonly FieldSums[],
      count: number,
      samples: readonly SampleError[],
    ) => figures(sums, count, samples, this.#unknownIds);
    const fields = this.#fields.map((field, f) => {
      const count = this.#nodeCount * field.components;
      return [field.name, {
        unit: field.unit,
        ...figuresOf([this.#sums[f]], count, this.#fieldSamples[f]),
        truthInDeviations: Math.sqrt(this.#sums[f].normalisedTruthSquares / count),
      }];
    });
    const outputCount = this.#fieldOfOutput.length;
    const borders = this.#border.nodeCount + this.#interior.nodeCount > 0
      ? compareGroups(this.#border.result(outputCount), this.#interior.result(outputCount))
      : undefined;
    return {
      sampleCount: this.#samples.length,
      nodeCount: this.#nodeCount,
      ...figuresOf(this.#sums, this.#nodeCount * outputCount, this.#samples),
      fields: Object.fromEntries(fields),
      borders,
    };
  }

  #checkedNodeCount({ id, truth, predicted, border, known }: MeasuredSample): number {
    const outputCount = this.#fieldOfOutput.length;
    const nodeCount = truth.length / outputCount;
    if (predicted.length !== truth.length || !Number.isInteger(nodeCount)) {
      throw new TypeError(
        `Cannot measure sample "${id}": truth and prediction must both be [N, ${outputCount}], ` +
          `received ${truth.length} and ${predicted.length} values`,
      );
    }
    if (border && border.length !== nodeCount) {
      throw new TypeError(
        `Cannot measure sample "${id}": the border mask must have one value per node, ` +
          `received ${border.length} for ${nodeCount} nodes`,
      );
    }
    if (known && known.length !== nodeCount) {
      throw new TypeError(
        `Cannot measure sample "${id}": the mask of known targets must have one value per node, ` +
          `received ${known.length} for ${nodeCount} nodes`,
      );
    }
    return nodeCount;
  }

  #rejectValue({ id, truth, predicted }: MeasuredSample, node: number, output: number): never {
    const k = node * this.#fieldOfOutput.length + output;
    const place = `at node ${node} of field "${this.#fields[this.#fieldOfOutput[output]].name}"`;
    if (!Number.isFinite(truth[k])) {
      throw new DataError(
        `Cannot measure sample "${id}": every true value must be finite, received ${truth[k]} ` +
          `${place}; repair the data set`,
      );
    }
    throw new RangeError(
      `Cannot measure sample "${id}": every prediction must be finite, received ` +
        `${predicted[k]} ${place}; the training diverged, lower the learning rate`,
    );
  }
}

/** Sums of squared errors of one field. */
interface FieldSums {
  squares: number;
  normalisedSquares: number;
  normalisedTruthSquares: number;
}

function figures(
  sums: readonly FieldSums[],
  count: number,
  samples: readonly SampleError[],
  unknownIds: ReadonlySet<string>,
): ErrorFigures {
  const total = (key: keyof FieldSums) => sums.reduce((sum, field) => sum + field[key], 0);
  return {
    rmse: Math.sqrt(total("squares") / count),
    normalisedRmse: Math.sqrt(total("normalisedSquares") / count),
    relativeL2: summarise(samples, unknownIds),
  };
}

/** Mean, median and worst of the samples that have a relative error. */
function summarise(
  samples: readonly SampleError[],
  unknownIds: ReadonlySet<string>,
): RelativeL2 {
  const ranked = samples.flatMap(({ id, relativeL2 }) =>
    relativeL2 === undefined ? [] : [{ id, relativeL2 }]
  ).sort((a, b) => a.relativeL2 - b.relativeL2);
  const lower = ranked[Math.ceil(ranked.length / 2) - 1];
  const upper = ranked[Math.floor(ranked.length / 2)];
  const worst = ranked.find(({ relativeL2 }) => relativeL2 === ranked.at(-1)?.relativeL2);
  const undefinedErrors = samples.filter(({ id, relativeL2 }) =>
    relativeL2 === undefined && !unknownIds.has(id)
  );
  return {
    mean: ranked.reduce((sum, { relativeL2 }) => sum + relativeL2, 0) / ranked.length,
    median: ranked.length > 0 ? (lower.relativeL2 + upper.relativeL2) / 2 : NaN,
    worst: worst?.relativeL2 ?? NaN,
    medianId: lower?.id,
    worstId: worst?.id,
    samples: [...samples],
    zeroTruthIds: undefinedErrors.map(({ id }) => id),
  };
}

/** √(mean of the squares); exact for a single value. */
function rootMeanSquare(values: readonly number[]): number {
  if (values.length === 1) return values[0];
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
