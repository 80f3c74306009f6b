/**
 * Errors of computed numbers against those that a case file expects.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import type { Tensor } from "../../io/safetensors.ts";
import { type NamedTensor, ParameterLayout } from "../model/parameters.ts";
import type { Case } from "./case_file.ts";
import {
  GRADIENT_TOLERANCE,
  gradientErrors,
  largestDifference,
  LOSS_TOLERANCE,
  PREDICTION_TOLERANCE,
  relativeError,
} from "./certificate.ts";

/**
 * Allowed error of the parameters after k optimizer steps, in units of k · learningRate
 * (`model.md`, "Exact means").
 */
export const AFTER_TOLERANCE = 0.02;

/** Errors against the case; each is 0 for exact. */
export interface CaseErrors {
  /** Largest error over largest expected value. */
  readonly prediction: number;
  /** Relative error. */
  readonly loss: number;
  /** By tensor; see `gradientErrors`. */
  readonly gradients: Readonly<Record<string, number>>;
  /** Largest of `gradients`. */
  readonly gradient: number;
  /** Largest relative error of the step losses. */
  readonly losses: number;
  /** Largest error of a parameter after the steps, over steps · learningRate. */
  readonly after: number;
}

/** Numbers that all ranks together computed on a case. */
export interface CaseNumbers {
  /** `[N, O]` */
  readonly prediction: Float32Array;
  readonly loss: number;
  /** Flat, in the order of `ParameterLayout`. */
  readonly gradient: Float32Array;
  /** Loss before each step `[steps]`. */
  readonly losses: Float64Array;
  /** Flat parameters after the steps. */
  readonly after: Float32Array;
}

/**
 * Assembles the numbers of all ranks.
 *
 * @param parts One row of schema VERIFICATION per rank, in the order of the ranks.
 */
export function assembleCase(
  parts: readonly RecordBatch[],
  { config: { outputs }, nodeCount }: Case,
): CaseNumbers {
  const prediction = new Float32Array(nodeCount * outputs);
  for (const part of parts) {
    const values = part.list("prediction", 0, "float32");
    part.list("nodes", 0, "uint32").forEach((node, k) => {
      prediction.set(values.subarray(k * outputs, (k + 1) * outputs), node * outputs);
    });
  }
  const [first] = parts;
  return {
    prediction,
    loss: first.value("loss", 0, "float64"),
    gradient: first.list("gradient", 0, "float32"),
    losses: first.list("losses", 0, "float64"),
    after: first.list("after", 0, "float32"),
  };
}

/** Errors against a case; undefined if the case expects no numbers. */
export function caseErrors(
  actual: CaseNumbers,
  { config, adam, expected }: Case,
): CaseErrors | undefined {
  if (expected === undefined) return undefined;
  const layout = new ParameterLayout(config);
  const gradient = layout.fromTensors(expected.gradient, "expected/gradient");
  const after = layout.fromTensors(expected.after, "expected/after");
  const gradients = gradientErrors(layout, actual.gradient, gradient);
  const travel = adam.steps * adam.learningRate;
  return {
    prediction: relativeError(actual.prediction, expected.prediction),
    loss: relativeError([actual.loss], [expected.loss]),
    gradients: gradients.byTensor,
    gradient: gradients.worst,
    losses: expected.losses.reduce(
      (largest, loss, k) => Math.max(largest, relativeError([actual.losses[k]], [loss])),
      0,
    ),
    after: travel === 0 ? 0 : largestDifference(actual.after, after) / travel,
  };
}

/** Whether all errors are within their tolerances. */
export function areWithinTolerance(
  { prediction, loss, gradient, losses, after }: CaseErrors,
): boolean {
  return prediction <= PREDICTION_TOLERANCE && loss <= LOSS_TOLERANCE &&
    gradient <= GRADIENT_TOLERANCE && losses <= LOSS_TOLERANCE && after <= AFTER_TOLERANCE;
}

/** The numbers as tensors `actual/...`, named and shaped as those of a case file. */
export function caseTensors(actual: CaseNumbers, { config }: Case): Record<string, Tensor> {
  const layout = new ParameterLayout(config);
  const tensors: Record<string, Tensor> = {};
  const put = (name: string, { shape, data }: NamedTensor) => {
    tensors[`actual/${name}`] = { dtype: "F32", shape, data };
  };
  const { prediction, loss, gradient, losses, after } = actual;
  put("prediction", {
    shape: [prediction.length / config.outputs, config.outputs],
    data: prediction,
  });
  put("loss", { shape: [1], data: Float32Array.of(loss) });
  for (const [name, tensor] of Object.entries(layout.toTensors(gradient))) {
    put(`gradient/${name}`, tensor);
  }
  put("losses", { shape: [losses.length], data: Float32Array.from(losses) });
  for (const [name, tensor] of Object.entries(layout.toTensors(after))) {
    put(`after/${name}`, tensor);
  }
  return tensors;
}
