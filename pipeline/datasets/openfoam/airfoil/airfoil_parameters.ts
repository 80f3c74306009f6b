/**
 * The cases of an aerofoil data set: which section flies how fast at which angle.
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

/** Kinematic viscosity of air as AirfRANS has it, in m²/s. */
export const airViscosity = 1.56e-5;

/** The ranges of AirfRANS: Bonnet et al., "AirfRANS" (NeurIPS 2022). */
const ranges = {
  reynolds: [2e6, 6e6],
  angle: [-5, 15],
  camber: [0, 7],
  camberPosition: [1.5, 7],
  thickness: [5, 20],
} as const;

const namePrefix = "airFoil2D_SST_";

/**
 * The parameters of a case under a seed, to three decimals: the same whatever the number of cases
 * and the fidelity.
 */
export function drawAirfoil(seed: number, index: number): AirfoilParameters {
  const key = hash(seed, "airfoil", index);
  const draw = (i: number, [low, high]: readonly [number, number]) =>
    low + (high - low) * keyedUniform(key, i);
  const rounded = (value: number) => Number(value.toFixed(3));
  return {
    speed: rounded(airViscosity * draw(0, ranges.reynolds)),
    angle: rounded(draw(1, ranges.angle)),
    camber: rounded(draw(2, ranges.camber)),
    camberPosition: rounded(draw(3, ranges.camberPosition)),
    thickness: rounded(draw(4, ranges.thickness)),
  };
}

/**
 * The name that AirfRANS gives a case:
 * `airFoil2D_SST_<speed>_<angle>_<camber>_<position>_<thickness>`.
 */
export function airfoilName(
  { speed, angle, camber, camberPosition, thickness }: AirfoilParameters,
): string {
  const section = [camber, camberPosition, thickness].map((value) =>
    String(Number(value.toFixed(3)))
  );
  return namePrefix + [speed.toFixed(3), angle.toFixed(3), ...section].join("_");
}

/**
 * The case of a name.
 *
 * @throws {UserError} If it is no name of a NACA section of four digits, or out of what can be
 * meshed
 */
export function parseAirfoilName(name: string): AirfoilParameters {
  const parts = name.startsWith(namePrefix) ? name.slice(namePrefix.length).split("_") : [];
  const values = parts.map((part) => part === "" ? NaN : Number(part));
  const [speed, angle, camber, camberPosition, thickness] = values;
  const inRange = values.length === 5 && values.every(Number.isFinite) && speed > 0 &&
    Math.abs(angle) <= 25 &&
    camber >= 0 && camber <= 9.5 && camberPosition >= 0 && camberPosition < 10 && thickness >= 1 &&
    thickness <= 40;
  if (inRange) return { speed, angle, camber, camberPosition, thickness };
  throw new UserError(
    `Cannot read the case "${name}" as it must be ` +
      `${namePrefix}<speed>_<angle>_<camber>_<position>_<thickness> of a ` +
      `NACA section of four digits, such as ${namePrefix}62.4_10_0_0_12`,
  );
}

/** Reynolds number of the chord. */
export function reynoldsNumber({ speed }: Pick<AirfoilParameters, "speed">): number {
  return speed / airViscosity;
}
