/**
 * The parameters of an aerofoil data set: section, speed and angle of attack.
 *
 * @module
 */

import { UserError } from "../../../../errors.ts";
import { hash, keyedUniform } from "../../../graph/random.ts";
import type { NacaSection } from "./naca.ts";

/** One case: chord 1 m, incompressible air. */
export interface AirfoilParameters extends NacaSection {
  /** Speed of the free stream in m/s. */
  readonly speed: number;
  /** Angle of attack in degrees. */
  readonly angle: number;
}

/** Kinematic viscosity of air in AirfRANS, in m²/s. */
export const AIRFOIL_VISCOSITY = 1.56e-5;

/** The ranges of AirfRANS: Bonnet et al., "AirfRANS" (NeurIPS 2022). */
const RANGES = {
  reynolds: [2e6, 6e6],
  angle: [-5, 15],
  camber: [0, 7],
  camberPosition: [1.5, 7],
  thickness: [5, 20],
} as const;

const NAME_PREFIX = "airFoil2D_SST_";

/**
 * The parameters of a case under a seed, to three decimals, independent of the number of cases and
 * the fidelity.
 */
export function drawAirfoil(seed: number, index: number): AirfoilParameters {
  const key = hash(seed, "airfoil", index);
  const draw = (i: number, [low, high]: readonly [number, number]) =>
    low + (high - low) * keyedUniform(key, i);
  const rounded = (value: number) => Number(value.toFixed(3));
  return {
    speed: rounded(AIRFOIL_VISCOSITY * draw(0, RANGES.reynolds)),
    angle: rounded(draw(1, RANGES.angle)),
    camber: rounded(draw(2, RANGES.camber)),
    camberPosition: rounded(draw(3, RANGES.camberPosition)),
    thickness: rounded(draw(4, RANGES.thickness)),
  };
}

/**
 * The name of a case in AirfRANS:
 * `airFoil2D_SST_<speed>_<angle>_<camber>_<position>_<thickness>`.
 */
export function airfoilName(
  { speed, angle, camber, camberPosition, thickness }: AirfoilParameters,
): string {
  const section = [camber, camberPosition, thickness].map((value) =>
    String(Number(value.toFixed(3)))
  );
  return NAME_PREFIX + [speed.toFixed(3), angle.toFixed(3), ...section].join("_");
}

/**
 * The parameters in the name of a case.
 *
 * @throws {UserError} If it is not the name of a four-digit NACA section that can be meshed
 */
export function parseAirfoilName(name: string): AirfoilParameters {
  const parts = name.startsWith(NAME_PREFIX) ? name.slice(NAME_PREFIX.length).split("_") : [];
  const values = parts.map((part) => part === "" ? NaN : Number(part));
  const [speed, angle, camber, camberPosition, thickness] = values;
  const inRange = values.length === 5 && values.every(Number.isFinite) && speed > 0 &&
    Math.abs(angle) <= 25 && camber >= 0 && camber <= 9.5 && camberPosition >= 0 &&
    camberPosition < 10 && thickness >= 1 && thickness <= 40;
  if (inRange) return { speed, angle, camber, camberPosition, thickness };
  throw new UserError(
    `Cannot read case "${name}": it must be ` +
      `${NAME_PREFIX}<speed>_<angle>_<camber>_<position>_<thickness> of a four-digit NACA ` +
      `section, such as ${NAME_PREFIX}62.4_10_0_0_12`,
  );
}

/** Reynolds number based on the chord. */
export function reynoldsNumber({ speed }: Pick<AirfoilParameters, "speed">): number {
  return speed / AIRFOIL_VISCOSITY;
}
