/**
 * Runs whose figures can be computed by hand: one sample with a node on a wall and a node away from
 * it. @module
 */

import type {
  ComparedRun,
  Comparison,
} from "../../../../pipeline/experiments/comparison/compared_run.ts";
import { MethodMeter } from "../../../../pipeline/reporting/metrics/method_meter.ts";
import type { MetricsRow } from "../../../../pipeline/reporting/report_data.ts";

const FIELDS = [
  { name: "velocity", components: 2, unit: "m/s" },
  { name: "pressure", components: 1, unit: "Pa" },
];
const COLUMNS = ["velocity.x", "velocity.y", "pressure"];

/** Standard deviations of the training set. */
const DEVIATION = [1, 1, 2];

/** Errors of the baselines. */
export const NEAREST_ERROR = 1;
export const MEAN_ERROR = 2;

/**
 * Errors of a prediction that is off by `error` in the pressure on the wall and in the vertical
 * velocity away from it.
 *
 * RMSE is `error` · √(2/6), normalised RMSE `error` · √((1 + 1/4)/6), relative L2 of the velocity
 * `error`/5, of the pressure `error`/√104.
 */
function errorRow(
  method: MetricsRow["method"],
  label: string,
  error: number,
  id: string,
): MetricsRow {
  const meter = new MethodMeter(FIELDS, COLUMNS, DEVIATION);
  meter.add({
    id,
    truth: [0, 0, 2, 3, 4, 10],
    predicted: [0, 0, 2 + error, 3, 4 + error, 10],
    surface: [1, 0],
  });
  return { method, label, ...meter.result() };
}

/** A run with an error of `error`; all losses are 1 by default. */
export function run(
  network: string,
  seed: number,
  error: number,
  {
    losses = Array<number>(25).fill(1),
    id = "a",
    nearestError = NEAREST_ERROR,
  }: {
    losses?: readonly number[] | undefined;
    id?: string | undefined;
    nearestError?: number | undefined;
  } = {},
): ComparedRun {
  return {
    network,
    seed,
    losses,
    directory: `out/${network}-${seed}`,
    metrics: [
      errorRow("network", "Network", error, id),
      errorRow("nearestSample", "Nearest training sample", nearestError, id),
      errorRow("trainingMean", "Training mean", MEAN_ERROR, id),
    ],
    parameterCount: 12_345,
    learningRate: 0.006,
    device: "WebAssembly SIMD",
    seconds: 9,
    stepSeconds: 0.02 + 0.002 * seed,
    predictionSeconds: 1.5,
    peakBytes: 4e8,
  };
}

export function comparison(runs: readonly ComparedRun[]): Comparison {
  return { title: "Flow", command: "deno task compare flow", coreCount: 2, runs };
}
