/**
 * Settings of simpleFoam for incompressible, steady, turbulent flow.
 *
 * @module
 */

import type { FoamDictionary } from "./dictionary.ts";

/** Discretisation of convection and gradients. */
export interface Schemes {
  /** The second variable of the turbulence model. */
  readonly turbulence: "omega" | "epsilon";
  /** Interpolation of the convected velocity and of the convected turbulence. */
  readonly velocityScheme: "linearUpwind grad(U)" | "upwind";
  readonly turbulenceScheme: "limitedLinear 1" | "upwind";
  /** Whether the velocity gradient is limited by neighbouring values. @default false */
  readonly limitedGradient?: boolean | undefined;
}

/** Tolerances and relaxation of the solver. */
export interface SolutionControl {
  /** Residual of the pressure at which the solver stops. */
  readonly pressureTolerance: number;
  /** Residual of all other fields at which the solver stops. */
  readonly tolerance: number;
  /** Share of each correction that is applied. */
  readonly velocityRelaxation: number;
  readonly turbulenceRelaxation: number;
  /** @default 1 */
  readonly pressureRelaxation?: number | undefined;
  /** SIMPLEC instead of SIMPLE. @default true */
  readonly consistent?: boolean | undefined;
}

/** The dictionary `system/fvSchemes`. */
export function schemesDictionary(schemes: Schemes): FoamDictionary {
  const { turbulence, velocityScheme, turbulenceScheme, limitedGradient = false } = schemes;
  return {
    ddtSchemes: { default: "steadyState" },
    gradSchemes: limitedGradient
      ? { default: "Gauss linear", "grad(U)": "cellLimited Gauss linear 1" }
      : { default: "Gauss linear" },
    divSchemes: {
      default: "none",
      "div(phi,U)": `bounded Gauss ${velocityScheme}`,
      "div(phi,k)": `bounded Gauss ${turbulenceScheme}`,
      [`div(phi,${turbulence})`]: `bounded Gauss ${turbulenceScheme}`,
      "div((nuEff*dev2(T(grad(U)))))": "Gauss linear",
    },
    laplacianSchemes: { default: "Gauss linear limited corrected 0.5" },
    interpolationSchemes: { default: "linear" },
    snGradSchemes: { default: "limited corrected 0.5" },
    wallDist: { method: "meshWave" },
  };
}

/** The dictionary `system/fvSolution`. */
export function solutionDictionary(control: SolutionControl): FoamDictionary {
  const { pressureTolerance, tolerance, velocityRelaxation, turbulenceRelaxation } = control;
  const { pressureRelaxation = 1, consistent = true } = control;
  const transported = '"(U|k|omega|epsilon)"';
  return {
    solvers: {
      p: { solver: "GAMG", smoother: "GaussSeidel", tolerance: 1e-9, relTol: 0.05 },
      [transported]: {
        solver: "smoothSolver",
        smoother: "symGaussSeidel",
        tolerance: 1e-12,
        relTol: 0.1,
        maxIter: 20,
      },
    },
    SIMPLE: {
      nNonOrthogonalCorrectors: 0,
      consistent,
      pRefCell: 0,
      pRefValue: 0,
      residualControl: { p: pressureTolerance, [transported]: tolerance },
    },
    relaxationFactors: {
      fields: { p: pressureRelaxation },
      equations: { U: velocityRelaxation, '"(k|omega|epsilon)"': turbulenceRelaxation },
    },
  };
}

/**
 * The dictionary `system/controlDict`: iterate from the last written fields to `lastIteration`, and
 * write the fields then.
 *
 * @param functions Measurements during the iterations
 */
export function controlDictionary(
  lastIteration: number,
  functions: FoamDictionary,
): FoamDictionary {
  return {
    application: "simpleFoam",
    startFrom: "latestTime",
    stopAt: "endTime",
    endTime: lastIteration,
    deltaT: 1,
    writeControl: "timeStep",
    writeInterval: lastIteration,
    purgeWrite: 1,
    writeFormat: "binary",
    writeCompression: "off",
    timeFormat: "general",
    timePrecision: 6,
    runTimeModifiable: false,
    functions,
  };
}

/** Measurement of the dimensionless height of the cells at the walls, when fields are written. */
export const Y_PLUS_FUNCTION: FoamDictionary = {
  type: "yPlus",
  libs: "(fieldFunctionObjects)",
  writeControl: "writeTime",
};

/** The dictionary `constant/turbulenceProperties`. */
export function turbulenceDictionary(model: "kOmegaSST" | "kEpsilon"): FoamDictionary {
  return { simulationType: "RAS", RAS: { RASModel: model, turbulence: true, printCoeffs: false } };
}

/**
 * The dictionary `constant/transportProperties`.
 *
 * @param viscosity Kinematic viscosity, in m²/s
 */
export function transportDictionary(viscosity: number): FoamDictionary {
  return { transportModel: "Newtonian", nu: viscosity };
}
