import assert from "node:assert/strict";
import fc from "fast-check";
import { ReferenceDevice } from "../../../kernels/reference_device.ts";
import { hash, keyedPermutation } from "../../../pipeline/graph/random.ts";
import { graphFromEdges } from "../../../pipeline/graph/graph.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { gradientLosses, graphs, networkConfigs } from "../../support/arbitrary_networks.ts";
import {
  difference,
  gradientLimits,
  largest,
  LOSS_LIMIT,
  PREDICTION_LIMIT,
  within,
} from "../../support/exactness.ts";
import { plainLoss, plainPrediction } from "../../support/plain_network.ts";
import { computeAlone, randomSample, type WholeSample } from "../../support/sample.ts";

/**
 * Central differences of a float64 loss: 1e-16 / STEP of rounding and STEP² of curvature, both far
 * below float32.
 */
const STEP = 1e-5;
/** Tolerance between two step sizes; if they disagree, a step crosses the corner of a ReLU. */
const SLOPE_ERROR = 1e-8;
/** The number of parameters of each network whose derivative is checked. */
const CHECKED_PARAMETERS = 12;

/** The derivative of the loss, or undefined if a step crosses a corner. */
function derivative(sample: WholeSample, parameter: number): number | undefined {
  const slope = (step: number) => {
    const loss = (sign: number) => {
      const parameters = Float64Array.from(sample.parameters);
      parameters[parameter] += sign * step;
      return plainLoss(sample, parameters);
    };
    return (loss(1) - loss(-1)) / (2 * step);
  };
  const coarse = slope(STEP);
  const fine = slope(STEP / 4);
  return Math.abs(coarse - fine) <= SLOPE_ERROR ? fine : undefined;
}

const device = new ReferenceDevice(9);

Deno.test("prediction, loss and gradient follow the formulas in float64", async () => {
  await fc.assert(
    fc.asyncProperty(
      networkConfigs(),
      graphs(8, 24),
      fc.nat(1_000_000),
      gradientLosses(),
      async (config, graph, seed, gradientLoss) => {
        const sample = randomSample(config, graph, seed, gradientLoss);
        const { prediction, loss, gradient } = await computeAlone(device, { ...sample, steps: 1 });
        const parameters = Float64Array.from(sample.parameters);
        const expected = plainPrediction(sample, parameters).flat();
        within(
          difference(prediction, expected) / largest(expected),
          PREDICTION_LIMIT,
          "prediction",
        );
        const expectedLoss = plainLoss(sample, parameters);
        within(Math.abs(loss - expectedLoss) / expectedLoss, LOSS_LIMIT, "loss");
        const limits = gradientLimits(gradient, new ParameterLayout(config));
        for (
          const k of keyedPermutation(parameters.length, hash(seed, "checked")).subarray(
            0,
            CHECKED_PARAMETERS,
          )
        ) {
          const expected = derivative(sample, k);
          if (expected === undefined) continue;
          within(
            Math.abs(gradient[k] - expected),
            limits(k) + SLOPE_ERROR,
            `derivative by parameter ${k}`,
          );
        }
      },
    ),
    // A fixed seed: a ReLU may switch by rounding in one case of thousands.
    { numRuns: 60, seed: 1 },
  );
});

Deno.test("GradientStepper gives a sample without counted nodes loss and gradient 0", async () => {
  const config = { network: "gcn", inputs: 2, outputs: 1, width: 3, layers: 2 } as const;
  const gradientLoss = { weight: 0.05, dimensions: 2, radius: 0 };
  const sample = randomSample(config, graphFromEdges(3, [0, 1], [1, 2]), 5, gradientLoss);
  sample.counted.fill(0);
  const { loss, gradient } = await computeAlone(device, sample);
  assert.equal(loss, 0);
  assert.ok(gradient.every((value) => value === 0));
});
