/**
 * The flow around an aerofoil as a case of OpenFOAM, with k-omega SST turbulence.
 *
 * @module
 */

import type { FoamCase } from "../case_directory.ts";
import { type FoamDictionary, foamVector, uniform } from "../dictionary.ts";
import type { InitialField } from "../field_file.ts";
import {
  controlDictionary,
  schemesDictionary,
  solutionDictionary,
  transportDictionary,
  turbulenceDictionary,
  Y_PLUS_FUNCTION,
} from "../numerics.ts";
import { buildPolyMesh, type PolyMesh } from "../poly_mesh.ts";
import { type CMesh, joinCMesh } from "./c_mesh.ts";
import { layCMeshLines } from "./c_mesh_lines.ts";
import type { Fidelity } from "./fidelity.ts";
import { AIRFOIL_VISCOSITY, type AirfoilParameters, reynoldsNumber } from "./airfoil_parameters.ts";

/** The mesh of an aerofoil in the plane, and a layer of hexahedra on it. */
export interface AirfoilMesh {
  readonly plane: CMesh;
  readonly layer: PolyMesh;
}

/** Values in the cells; `U` has three components. */
export type StartFields = Readonly<
  Record<"U" | "p" | "k" | "omega" | "nut", InitialField["internal"]>
>;

/** Iterations between two outputs of the forces. */
const FORCE_INTERVAL = 10;

/**
 * The mesh of a case, one layer of hexahedra between z = 0 and z = 1.
 *
 * @throws {RangeError} If a cell is folded
 */
export function meshAirfoil(parameters: AirfoilParameters, { mesh, yPlus }: Fidelity): AirfoilMesh {
  const friction = parameters.speed * Math.sqrt(0.5 * 0.058 * reynoldsNumber(parameters) ** -0.2);
  const firstHeight = 2 * yPlus * AIRFOIL_VISCOSITY / friction;
  const plane = joinCMesh(layCMeshLines(parameters, { ...mesh, firstHeight }), mesh.wakeCells);
  return { plane, layer: extrude(plane) };
}

/** A uniform free stream. */
function freeStream({ speed, angle }: AirfoilParameters): StartFields {
  const radians = angle * Math.PI / 180;
  const k = 1.5e-6 * speed ** 2;
  const omega = 5 * speed;
  return {
    U: [speed * Math.cos(radians), speed * Math.sin(radians), 0],
    p: 0,
    k,
    omega,
    nut: k / omega,
  };
}

/** The case, with the free stream or other fields as start. */
export function airfoilCase(
  parameters: AirfoilParameters,
  fidelity: Fidelity,
  mesh: PolyMesh,
  start: StartFields = freeStream(parameters),
): FoamCase {
  return {
    mesh,
    fields: initialFields(freeStream(parameters), start, fidelity.mesh.wallResolved),
    dictionaries: {
      "constant/transportProperties": transportDictionary(AIRFOIL_VISCOSITY),
      "constant/turbulenceProperties": turbulenceDictionary("kOmegaSST"),
      ...mainNumerics(parameters, fidelity),
    },
  };
}

/** The dictionaries of the second-order iterations. */
export function mainNumerics(
  parameters: AirfoilParameters,
  fidelity: Fidelity,
): Record<string, FoamDictionary> {
  return {
    "system/fvSchemes": schemesDictionary({
      turbulence: "omega",
      velocityScheme: "linearUpwind grad(U)",
      turbulenceScheme: "limitedLinear 1",
    }),
    "system/fvSolution": solutionDictionary({
      ...fidelity,
      velocityRelaxation: 0.9,
      turbulenceRelaxation: 0.7,
    }),
    "system/controlDict": controlDictionary(fidelity.iterations, measurements(parameters)),
  };
}

/** The dictionaries of the first iterations, which are first order and heavily relaxed. */
export function startNumerics(
  parameters: AirfoilParameters,
  fidelity: Fidelity,
): Record<string, FoamDictionary> {
  return {
    "system/fvSchemes": schemesDictionary({
      turbulence: "omega",
      velocityScheme: "upwind",
      turbulenceScheme: "upwind",
    }),
    "system/fvSolution": solutionDictionary({
      ...fidelity,
      velocityRelaxation: 0.7,
      turbulenceRelaxation: 0.5,
      pressureRelaxation: 0.3,
      consistent: false,
    }),
    "system/controlDict": controlDictionary(fidelity.startIterations, measurements(parameters)),
  };
}

function initialFields(
  stream: StartFields,
  start: StartFields,
  wallResolved: boolean,
): Record<string, InitialField> {
  const { U, k, omega, nut } = stream as Record<keyof StartFields, number & readonly number[]>;
  const frontAndBack = { type: "empty" };
  const through = (value: number) => ({
    type: "inletOutlet",
    inletValue: uniform(value),
    value: uniform(value),
  });
  const field = (
    name: keyof StartFields,
    dimensions: InitialField["dimensions"],
    aerofoil: FoamDictionary,
    freestream: FoamDictionary,
  ): InitialField => ({
    dimensions,
    internal: start[name],
    boundary: { aerofoil, freestream, frontAndBack },
  });
  const wall = wallResolved
    ? {
      k: { type: "fixedValue", value: uniform(1e-10) },
      nut: { type: "nutLowReWallFunction", value: uniform(0) },
    }
    : {
      k: { type: "kqRWallFunction", value: uniform(k) },
      nut: { type: "nutUSpaldingWallFunction", value: uniform(0) },
    };
  return {
    U: field("U", "[0 1 -1 0 0 0 0]", { type: "noSlip" }, {
      type: "freestreamVelocity",
      freestreamValue: uniform(U),
      value: uniform(U),
    }),
    p: field("p", "[0 2 -2 0 0 0 0]", { type: "zeroGradient" }, {
      type: "freestreamPressure",
      freestreamValue: uniform(0),
      value: uniform(0),
    }),
    k: field("k", "[0 2 -2 0 0 0 0]", wall.k, through(k)),
    omega: field(
      "omega",
      "[0 0 -1 0 0 0 0]",
      { type: "omegaWallFunction", blended: true, value: uniform(omega) },
      through(omega),
    ),
    nut: field("nut", "[0 2 -1 0 0 0 0]", wall.nut, { type: "calculated", value: uniform(nut) }),
  };
}

function measurements({ speed, angle }: AirfoilParameters): FoamDictionary {
  const radians = angle * Math.PI / 180;
  const cos = Math.cos(radians);
  const sin = Math.sin(radians);
  return {
    forces: {
      type: "forceCoeffs",
      libs: "(forces)",
      patches: "(aerofoil)",
      rho: "rhoInf",
      rhoInf: 1,
      magUInf: speed,
      lRef: 1,
      Aref: 1,
      liftDir: foamVector([-sin, cos, 0]),
      dragDir: foamVector([cos, sin, 0]),
      CofR: "(0.25 0 0)",
      pitchAxis: "(0 0 1)",
      writeControl: "timeStep",
      writeInterval: FORCE_INTERVAL,
    },
    yPlus: Y_PLUS_FUNCTION,
  };
}

/** One layer of hexahedra; the second half of its points is at z = 1. */
function extrude({ points, quads, wall }: CMesh): PolyMesh {
  const count = points.length / 2;
  const space = Float64Array.from({ length: 6 * count }, (_, i) => {
    const point = Math.floor(i / 3);
    const axis = i % 3;
    return axis === 2 ? Number(point >= count) : points[2 * (point % count) + axis];
  });
  const hexahedra = Uint32Array.from(
    { length: 2 * quads.length },
    (_, i) => quads[4 * Math.floor(i / 8) + i % 4] + (i % 8 < 4 ? 0 : count),
  );
  const onWall = new Set(wall);
  return buildPolyMesh(
    { points: space, hexahedra },
    [
      { name: "aerofoil", type: "wall" },
      { name: "freestream", type: "patch" },
      { name: "frontAndBack", type: "empty" },
    ],
    (corners) => {
      const upperCount = corners.filter((point) => point >= count).length;
      if (upperCount !== 2) return 2;
      return corners.every((point) => onWall.has(point % count)) ? 0 : 1;
    },
  );
}
