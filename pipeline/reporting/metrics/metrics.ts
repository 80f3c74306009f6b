/**
 * How far predictions are from the truth: one accumulator for the network and for every baseline.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import { type BorderError, compareGroups, GroupSums } from "./border_errors.ts";
import { type RelativeL2, rootMeanSquare, type SampleError, summarise } from "./relative_l2.ts";

/**
 * One field that the network predicts. Its components are neighbouring columns of the target [N,
 * O].
 */
export interface TargetField {
  readonly name: string;
  readonly components: number;
  /** Physical unit, "" where there is none. */
  readonly unit: string;
}

/** One test sample, in physical units. */
export interface MeasuredSample {
  readonly id: string;
  /** True values [N, O], node by node. */
  readonly truth: ArrayLike<number>;
  /** Predicted values [N, O], node by node. */
  readonly predicted: ArrayLike<number>;
  /** Per node [N]: not 0 where the node lies near another subdomain. */
  readonly border?: ArrayLike<number> | undefined;
}

/** The errors of one field, or of all fields together. */
export interface ErrorFigures {
  /** Root of the mean squared error, in physical units. */
  readonly rmse: number;
  /** The same for targets scaled to deviation 1 over the training set. */
  readonly normalisedRmse: number;
  readonly relativeL2: RelativeL2;
}

/** What `MetricsAccumulator` finds. */
export interface Metrics extends ErrorFigures {
  readonly sampleCount: number;
  readonly nodeCount: number;
  /** By field name, in the order of the outputs. */
  readonly fields: Readonly<Record<string, ErrorFigures & { readonly unit: string }>>;
  /** Undefined where no sample came with a border mask. */
  readonly borders: BorderError | undefined;
}

/**
 * Sums errors sample by sample, in float64, and never keeps a field.
 *
 * - `rmse` is Eq. 3 of arXiv 2402.15106: the root of the mean squared error over all nodes of all
 *   samples and all outputs, in physical units. A large mesh weighs more than a small one.
 * - `normalisedRmse` divides the error of each output by its deviation over the training set first.
 * - `relativeL2` of a sample and field is ‖predicted − truth‖₂ / ‖truth‖₂. For all fields together
 *   it is the root mean square of those of the fields, which has no unit; with one field it is that
 *   of the field.
 *
 * A value that is not finite is an error, as leaving it out would flatter the network.
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
  readonly #border = new GroupSums();
  readonly #interior = new GroupSums();
  readonly #samples: SampleError[] = [];
  readonly #fieldSamples: readonly SampleError[][];
  #nodeCount = 0;

  /**
   * @param fields The predicted fields, in the order of their columns
   * @param deviation Standard deviation of each output over the training set [O], physical units
   * @throws {RangeError} when a deviation is not a positive number
   */
  constructor(fields: readonly TargetField[], deviation: ArrayLike<number>) {
    this.#fields = fields;
    this.#fieldOfOutput = fields.flatMap((field, f) => Array<number>(field.components).fill(f));
    if (deviation.length !== this.#fieldOfOutput.length) {
      throw new TypeError(
        "Cannot measure errors as there must be one deviation per output: received " +
          `${deviation.length} ` +
          `for ${this.#fieldOfOutput.length} outputs`,
      );
    }
    for (let o = 0; o < deviation.length; o++) {
      if (deviation[o] > 0 && Number.isFinite(deviation[o])) continue;
      throw new RangeError(
        `Cannot measure errors as every deviation must be > 0: received ${deviation[o]} ` +
          `for output ${o}; ` +
          "give 1 for a constant output",
      );
    }
    this.#deviation = deviation;
    this.#sums = fields.map(() => ({ squares: 0, normalisedSquares: 0 }));
    this.#fieldSamples = fields.map(() => []);
  }

  /**
   * Adds one sample.
   *
   * @returns The relative L2 of the sample over all fields
   * @throws {TypeError} when the lengths do not fit
   * @throws {DataError} when a true value is not finite
   * @throws {RangeError} when a predicted value is not finite
   */
  add(sample: MeasuredSample): number | undefined {
    const nodeCount = this.#checkedNodeCount(sample);
    const outputCount = this.#fieldOfOutput.length;
    const { truth, predicted, border } = sample;
    const squares = new Float64Array(this.#fields.length);
    const normalisedSquares = new Float64Array(this.#fields.length);
    const truthSquares = new Float64Array(this.#fields.length);
    // Groups are summed apart and added last, so that a sample with a bad value leaves nothing
    // behind.
    const near = new GroupSums();
    const far = new GroupSums();
    for (let node = 0; node < nodeCount; node++) {
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
        nodeSquares += error * error;
        nodeNormalisedSquares += normalised * normalised;
      }
      if (border) (border[node] ? near : far).add(nodeSquares, nodeNormalisedSquares);
    }

    this.#nodeCount += nodeCount;
    this.#border.addAll(near);
    this.#interior.addAll(far);
    const defined: number[] = [];
    for (const [f, sums] of this.#sums.entries()) {
      sums.squares += squares[f];
      sums.normalisedSquares += normalisedSquares[f];
      const relativeL2 = truthSquares[f] > 0 ? Math.sqrt(squares[f] / truthSquares[f]) : undefined;
      this.#fieldSamples[f].push({ id: sample.id, relativeL2 });
      if (relativeL2 !== undefined) defined.push(relativeL2);
    }
    const relativeL2 = defined.length > 0 ? rootMeanSquare(defined) : undefined;
    this.#samples.push({ id: sample.id, relativeL2 });
    return relativeL2;
  }

  /** The errors of all samples so far. @throws {RangeError} when there is no sample. */
  result(): Metrics {
    if (this.#nodeCount === 0) {
      throw new RangeError(
        "Cannot measure errors as at least one node must be counted: received none",
      );
    }
    const fields = this.#fields.map((field, f) => [field.name, {
      unit: field.unit,
      ...figures([this.#sums[f]], this.#nodeCount * field.components, this.#fieldSamples[f]),
    }]);
    const outputCount = this.#fieldOfOutput.length;
    const borders = this.#border.nodeCount + this.#interior.nodeCount > 0
      ? compareGroups(this.#border.result(outputCount), this.#interior.result(outputCount))
      : undefined;
    return {
      sampleCount: this.#samples.length,
      nodeCount: this.#nodeCount,
      ...figures(this.#sums, this.#nodeCount * outputCount, this.#samples),
      fields: Object.fromEntries(fields),
      borders,
    };
  }

  #checkedNodeCount({ id, truth, predicted, border }: MeasuredSample): number {
    const outputCount = this.#fieldOfOutput.length;
    const nodeCount = truth.length / outputCount;
    if (predicted.length !== truth.length || !Number.isInteger(nodeCount)) {
      throw new TypeError(
        `Cannot measure sample "${id}" as truth and prediction must both be [N, ${outputCount}]: ` +
          `received ${truth.length} and ${predicted.length} values`,
      );
    }
    if (border && border.length !== nodeCount) {
      throw new TypeError(
        `Cannot measure sample "${id}" as the border mask must have one value per node: ` +
          `received ${border.length} for ${nodeCount} nodes`,
      );
    }
    return nodeCount;
  }

  #rejectValue({ id, truth, predicted }: MeasuredSample, node: number, output: number): never {
    const k = node * this.#fieldOfOutput.length + output;
    const place = `at node ${node} of field "${this.#fields[this.#fieldOfOutput[output]].name}"`;
    if (!Number.isFinite(truth[k])) {
      throw new DataError(
        `Cannot measure sample "${id}" as every true value must be finite: received ` +
          `${truth[k]} ${place}; ` +
          "repair the data set",
      );
    }
    throw new RangeError(
      `Cannot measure sample "${id}" as every prediction must be finite: received ` +
        `${predicted[k]} ${place}; ` +
        "the training diverged, lower the learning rate",
    );
  }
}

/** Sums of squared errors of one field. */
interface FieldSums {
  squares: number;
  normalisedSquares: number;
}

function figures(
  sums: readonly FieldSums[],
  count: number,
  samples: readonly SampleError[],
): ErrorFigures {
  const total = (key: keyof FieldSums) => sums.reduce((sum, field) => sum + field[key], 0);
  return {
    rmse: Math.sqrt(total("squares") / count),
    normalisedRmse: Math.sqrt(total("normalisedSquares") / count),
    relativeL2: summarise(samples),
  };
}
