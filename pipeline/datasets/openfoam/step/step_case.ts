/**
 * The flow over a backward-facing step as a case of OpenFOAM: standard k-epsilon with wall
 * functions.
 *
 * k-omega SST with the schemes of the aerofoils does not settle here: the shear layer sheds.
 *
 * @module
 */

import type { FoamCase } from "../case_directory.ts";
import { type FoamDictionary, uniform } from "../dictionary.ts";
import type { InitialField } from "../field_file.ts";
import {
  controlDictionary,
  schemesDictionary,
  solutionDictionary,
  transportDictionary,
  turbulenceDictionary,
  Y_PLUS_FUNCTION,
} from "../numerics.ts";
import type { PolyMesh } from "../poly_mesh.ts";
import { CHANNEL } from "./step_mesh.ts";
import { STEP_VISCOSITY, type StepParameters } from "./step_parameters.ts";

/** Constant of the k-epsilon model. */
const C_MU = 0.09;

/**
 * Turbulence at the inlet: velocity fluctuations relative to the speed, and eddies relative to the
 * height of the inlet.
 */
const INLET_TURBULENCE = { intensity: 0.03, length: 0.07 } as const;

/** The case, with the inlet flow as uniform start. */
export function stepCase(
  { speed, stepHeight }: StepParameters,
  mesh: PolyMesh,
  iterations: number,
): FoamCase {
  const k = 1.5 * (INLET_TURBULENCE.intensity * speed) ** 2;
  const epsilon = C_MU ** 0.75 * k ** 1.5 /
    (INLET_TURBULENCE.length * (CHANNEL.height - stepHeight));
  return {
    mesh,
    fields: initialFields(speed, k, epsilon),
    dictionaries: {
      "constant/transportProperties": transportDictionary(STEP_VISCOSITY),
      "constant/turbulenceProperties": turbulenceDictionary("kEpsilon"),
      "system/fvSchemes": schemesDictionary({
        turbulence: "epsilon",
        velocityScheme: "linearUpwind grad(U)",
        turbulenceScheme: "upwind",
        limitedGradient: true,
      }),
      "system/fvSolution": solutionDictionary({
        pressureTolerance: 2e-5,
        tolerance: 5e-5,
        velocityRelaxation: 0.8,
        turbulenceRelaxation: 0.6,
        pressureRelaxation: 0.9,
      }),
      "system/controlDict": controlDictionary(iterations, { yPlus: Y_PLUS_FUNCTION }),
    },
  };
}

function initialFields(speed: number, k: number, epsilon: number): Record<string, InitialField> {
  const nut = C_MU * k ** 2 / epsilon;
  const inflow = uniform([speed, 0, 0]);
  const midplane = { type: "symmetryPlane" };
  const fixed = (value: string): FoamDictionary => ({ type: "fixedValue", value });
  const outflow = (value: string): FoamDictionary => ({
    type: "inletOutlet",
    inletValue: value,
    value,
  });
  const wall = (type: string, value: number): FoamDictionary => ({ type, value: uniform(value) });
  const calculated = { type: "calculated", value: uniform(nut) };
  const turbulence = (
    dimensions: InitialField["dimensions"],
    value: number,
    wallFunction: string,
  ) => ({
    dimensions,
    internal: value,
    boundary: {
      inlet: fixed(uniform(value)),
      outlet: outflow(uniform(value)),
      walls: wall(wallFunction, value),
      midplane,
    },
  });
  return {
    U: {
      dimensions: "[0 1 -1 0 0 0 0]",
      internal: [speed, 0, 0],
      boundary: {
        inlet: fixed(inflow),
        outlet: outflow(uniform([0, 0, 0])),
        walls: { type: "noSlip" },
        midplane,
      },
    },
    p: {
      dimensions: "[0 2 -2 0 0 0 0]",
      internal: 0,
      boundary: {
        inlet: { type: "zeroGradient" },
        outlet: fixed(uniform(0)),
        walls: { type: "zeroGradient" },
        midplane,
      },
    },
    k: turbulence("[0 2 -2 0 0 0 0]", k, "kqRWallFunction"),
    epsilon: turbulence("[0 2 -3 0 0 0 0]", epsilon, "epsilonWallFunction"),
    nut: {
      dimensions: "[0 2 -1 0 0 0 0]",
      internal: nut,
      boundary: {
        inlet: calculated,
        outlet: calculated,
        walls: wall("nutkWallFunction", 0),
        midplane,
      },
    },
  };
}
