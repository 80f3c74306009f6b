/**
 * The cases of a data set of backward-facing steps: how high the step, how fast the flow.
 *
 * @module
 */

import { UserError } from "../../../../errors.ts";
import { hash, keyedUniform } from "../../../graph/random.ts";

/** One case. */
export interface StepParameters {
  /** Speed at the inlet in m/s, uniform. */
  readonly speed: number;
  /** Height of the step in metres. */
  readonly stepHeight: number;
}

/** Kinematic viscosity of air in m²/s. */
export const stepViscosity = 1.5e-5;

const ranges = { speed: [5, 20], stepHeight: [0.03, 0.10] } as const;

const namePrefix = "step3D_kEps_";

/** Multiples of the golden ratio fill an interval evenly, however many there are. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * The parameters of a case under a seed, the same whatever the number of cases: speeds at random,
 * heights spread evenly.
 */
export function drawStep(seed: number, index: number): StepParameters {
  const [lowSpeed, highSpeed] = ranges.speed;
  const [low, high] = ranges.stepHeight;
  const share = (keyedUniform(hash(seed, "step height"), 0) + index * goldenRatio) % 1;
  const speed = lowSpeed + (highSpeed - lowSpeed) * keyedUniform(hash(seed, "step speed"), index);
  return {
    speed: Number(speed.toFixed(3)),
    stepHeight: Number((low + (high - low) * share).toFixed(4)),
  };
}

/**
 * The name of a case: `step3D_kEps_<speed>_<height>`, with `_fine` or `_coarse` where it is not of
 * refinement 1.
 */
export function stepName({ speed, stepHeight }: StepParameters, refinement = 1): string {
  const suffix = refinement > 1 ? "_fine" : refinement < 1 ? "_coarse" : "";
  return `${namePrefix}${speed.toFixed(3)}_${stepHeight.toFixed(4)}${suffix}`;
}

/**
 * The case of a name.
 *
 * @throws {UserError} If it is no such name, or out of what can be meshed
 */
export function parseStepName(name: string): StepParameters {
  const match = name.match(/^step3D_kEps_([\d.]+)_([\d.]+?)(?:_fine|_coarse)?$/);
  const speed = Number(match?.[1]);
  const stepHeight = Number(match?.[2]);
  if (speed > 0 && stepHeight >= 0.02 && stepHeight <= 0.15) return { speed, stepHeight };
  throw new UserError(
    `Cannot read the case "${name}" as it must be ${namePrefix}<speed>_<height> with a ` +
      "speed > 0 and a height of 0.02 " +
      `to 0.15, such as ${namePrefix}12.000_0.0500`,
  );
}
