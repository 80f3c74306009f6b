/**
 * Solving the flow around an aerofoil.
 *
 * @module
 */

import { join } from "node:path";
import { lastTime, readLastFields, writeDictionary, writeFoamCase } from "../case_directory.ts";
import type { FoamDictionary } from "../dictionary.ts";
import type { CaseRecord, FlowCase, SolvedCase } from "../flow_case.ts";
import { requireSimpleFoam, runSimpleFoam } from "../simple_foam.ts";
import {
  type ForceCoefficients,
  readForceCoefficients,
  readSolverLog,
  type SolverProgress,
} from "../solver_log.ts";
import {
  airfoilCase,
  type AirfoilMesh,
  mainNumerics,
  meshAirfoil,
  type StartFields,
  startNumerics,
} from "./airfoil_case.ts";
import { startFromCoarse } from "./coarse_start.ts";
import { exportAirfoil } from "./export_airfoil.ts";
import type { Fidelity } from "./fidelity.ts";
import { airfoilName, type AirfoilParameters, reynoldsNumber } from "./airfoil_parameters.ts";
import { airfoilPointFields } from "./point_fields.ts";

/** Forces must have settled over so many iterations, ... */
const settlingIterations = 200;

/**
 * ... the lift to a part of itself, or of 1 where it is smaller, and the drag by its coefficient.
 */
const settled = { lift: 0.005, drag: 0.0005 } as const;

/** What a run left behind; without forces when numbers overflowed. */
interface AirfoilRun {
  readonly directory: string;
  readonly seconds: number;
  readonly result?:
    | { readonly progress: SolverProgress; readonly forces: ForceCoefficients }
    | undefined;
}

/** The flow around one aerofoil at one fidelity. */
export function airfoilFlow(parameters: AirfoilParameters, fidelity: Fidelity): FlowCase {
  const name = airfoilName(parameters);
  return {
    name,
    fidelity: fidelity.name,
    async write(directory) {
      const { layer } = meshAirfoil(parameters, fidelity);
      await writeFoamCase(join(directory, fidelity.name), airfoilCase(parameters, fidelity, layer));
    },
    async solve(directory, signal) {
      await requireSimpleFoam();
      const { coarse } = fidelity;
      let mesh: AirfoilMesh, coarseMesh: AirfoilMesh | undefined;
      try {
        mesh = meshAirfoil(parameters, fidelity);
        coarseMesh = coarse && meshAirfoil(parameters, coarse);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return rejected(parameters, fidelity, error.message);
      }
      let start: StartFields | undefined;
      if (coarse && coarseMesh) {
        const run = await solveOn(coarseMesh, parameters, coarse, directory, undefined, signal);
        // A coarse flow that has diverged is no start, but the fine one may still get there from
        // the free stream.
        start = run.result && await readStart(run.directory, coarseMesh, mesh);
      }
      const run = await solveOn(mesh, parameters, fidelity, directory, start, signal);
      if (run.result === undefined) return rejected(parameters, fidelity, "a number overflowed");
      return await readResult(parameters, fidelity, mesh, run, run.result);
    },
  };
}

/**
 * Why forces cannot be believed; undefined if they can.
 *
 * @example
 * ```ts
 * import { unsettledForces } from "./solve_airfoil.ts";
 * import assert from "node:assert/strict";
 *
 * const forces = { drag: 0.02, lift: 0.8, moment: 0, dragSpan: 1e-5, liftSpan: 0.006 };
 * assert.match(unsettledForces(forces) ?? "", /lift has varied by 0.006/);
 * assert.equal(unsettledForces({ ...forces, liftSpan: 0.004 }), undefined);
 * ```
 */
export function unsettledForces(
  { lift, drag, liftSpan, dragSpan }: ForceCoefficients,
): string | undefined {
  const over = `over the last ${settlingIterations} iterations`;
  if (!(Number.isFinite(lift) && Number.isFinite(drag))) return "lift or drag is not finite";
  const mostLift = settled.lift * Math.max(1, Math.abs(lift));
  if (!(liftSpan < mostLift)) {
    return `lift has varied by ${liftSpan.toPrecision(2)} ${over}, allowed: ${mostLift}`;
  }
  if (!(dragSpan < settled.drag)) {
    return `drag has varied by ${dragSpan.toPrecision(2)} ${over}, allowed: ${settled.drag}`;
  }
}

/** Fields for the fine mesh from those of the coarse one. */
async function readStart(
  directory: string,
  coarse: AirfoilMesh,
  fine: AirfoilMesh,
): Promise<StartFields> {
  const fields = await readLastFields(directory, coarse.layer, ["U", "p", "k", "omega"]);
  return startFromCoarse(coarse.plane, fields, fine.plane);
}

async function solveOn(
  { layer }: AirfoilMesh,
  parameters: AirfoilParameters,
  fidelity: Fidelity,
  parent: string,
  start: StartFields | undefined,
  signal?: AbortSignal,
): Promise<AirfoilRun> {
  const directory = join(parent, fidelity.name);
  await writeFoamCase(directory, airfoilCase(parameters, fidelity, layer, start));
  const solve = async (numerics: Record<string, FoamDictionary>, logName: string) => {
    for (const [path, dictionary] of Object.entries(numerics)) {
      await writeDictionary(directory, path, dictionary);
    }
    return await runSimpleFoam(directory, logName, signal);
  };
  let seconds = 0;
  if (fidelity.startIterations > 0) {
    const run = await solve(startNumerics(parameters, fidelity), "log.start");
    seconds += run.seconds;
    if (!run.finite) return { directory, seconds };
  }
  const run = await solve(mainNumerics(parameters, fidelity), "log.simpleFoam");
  seconds += run.seconds;
  if (!run.finite) return { directory, seconds };
  const forcesDirectory = join(directory, "postProcessing", "forces");
  const forces = join(forcesDirectory, String(await lastTime(forcesDirectory)), "coefficient.dat");
  return {
    directory,
    seconds,
    result: {
      progress: readSolverLog(run.log),
      forces: readForceCoefficients(await Deno.readTextFile(forces), settlingIterations),
    },
  };
}

async function readResult(
  parameters: AirfoilParameters,
  fidelity: Fidelity,
  mesh: AirfoilMesh,
  { directory, seconds }: AirfoilRun,
  { progress, forces }: NonNullable<AirfoilRun["result"]>,
): Promise<SolvedCase> {
  const { iterations, converged, residuals, yPlus } = progress;
  const reason = unsettledForces(forces);
  const record = {
    ...description(parameters, fidelity),
    accepted: reason === undefined,
    ...(reason !== undefined && { reason }),
    converged,
    iterations,
    initial_residuals: residuals,
    Cd: forces.drag,
    Cl: forces.lift,
    Cm: forces.moment,
    Cd_span_last200: forces.dragSpan,
    Cl_span_last200: forces.liftSpan,
    yplus_min_max_avg: yPlus,
    solver_seconds: Number(seconds.toFixed(1)),
    cells: mesh.plane.quads.length / 4,
    nodes: mesh.plane.points.length / 2,
  };
  if (reason !== undefined) return { record, files: {} };
  const fields = await readLastFields(directory, mesh.layer, ["U", "p", "nut"]);
  const { internal, aerofoil, freestream } = exportAirfoil(
    mesh.plane,
    airfoilPointFields(mesh, fields),
  );
  const { name } = record;
  return {
    record: {
      ...record,
      nodes_written: internal.points.length / 3,
      cells_written: internal.cells.types.length,
    },
    files: {
      [`${name}_internal.vtu`]: internal,
      [`${name}_aerofoil.vtp`]: aerofoil,
      [`${name}_freestream.vtp`]: freestream,
    },
  };
}

function rejected(parameters: AirfoilParameters, fidelity: Fidelity, reason: string): SolvedCase {
  return {
    record: { ...description(parameters, fidelity), accepted: false, reason, converged: false },
    files: {},
  };
}

/** What is known before solving. */
function description(
  parameters: AirfoilParameters,
  { name }: Fidelity,
): Pick<CaseRecord, "name" | "fidelity"> & Record<"Uinf" | "aoa" | "M" | "P" | "T" | "Re", number> {
  const { speed, angle, camber, camberPosition, thickness } = parameters;
  return {
    name: airfoilName(parameters),
    fidelity: name,
    Uinf: speed,
    aoa: angle,
    M: camber,
    P: camberPosition,
    T: thickness,
    Re: reynoldsNumber(parameters),
  };
}
