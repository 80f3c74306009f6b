/**
 * The parameters of a data set of backward-facing steps: step height and speed.
 *
 * @module
 */

import { UserError } from "../../../../errors.ts";
import { hash, keyedUniform } from "../../../graph/random.ts";

/** One case. */
export interface StepParameters {
  /** Uniform speed at the inlet in m/s. */
  readonly speed: number;
  /** Height of the step in metres. */
  readonly stepHeight: number;
}

/** Kinematic viscosity of air in m²/s. */
export const STEP_VISCOSITY = 1.5e-5;

const RANGES = { speed: [5, 20], stepHeight: [0.03, 0.10] } as const;

const NAME_PREFIX = "step3D_kEps_";

/** Any number of multiples of the golden ratio, modulo 1, fill an interval evenly. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * The parameters of a case under a seed, independent of the number of cases: random speeds and
 * evenly distributed heights.
 */
export function drawStep(seed: number, index: number): StepParameters {
  const [lowSpeed, highSpeed] = RANGES.speed;
  const [low, high] = RANGES.stepHeight;
  const share = (keyedUniform(hash(seed, "step height"), 0) + index * GOLDEN_RATIO) % 1;
  const speed = lowSpeed + (highSpeed - lowSpeed) * keyedUniform(hash(seed, "step speed"), index);
  return {
    speed: Number(speed.toFixed(3)),
    stepHeight: Number((low + (high - low) * share).toFixed(4)),
  };
}

/**
 * The name of a case: `step3D_kEps_<speed>_<height>`, with `_fine` or `_coarse` for a refinement
 * other than 1.
 */
export function stepName({ speed, stepHeight }: StepParameters, refinement = 1): string {
  const suffix = refinement > 1 ? "_fine" : refinement < 1 ? "_coarse" : "";
  return `${NAME_PREFIX}${speed.toFixed(3)}_${stepHeight.toFixed(4)}${suffix}`;
}

/**
 * The parameters in the name of a case.
 *
 * @throws {UserError} If the name has another form, or the case cannot be meshed
 */
export function parseStepName(name: string): StepParameters {
  const match = name.match(/^step3D_kEps_([\d.]+)_([\d.]+?)(?:_fine|_coarse)?$/);
  const speed = Number(match?.[1]);
  const stepHeight = Number(match?.[2]);
  if (speed > 0 && stepHeight >= 0.02 && stepHeight <= 0.15) return { speed, stepHeight };
  throw new UserError(
    `Cannot read case "${name}": it must be ${NAME_PREFIX}<speed>_<height> with a speed > 0 and ` +
      `a height from 0.02 to 0.15, such as ${NAME_PREFIX}12.000_0.0500`,
  );
}
