/**
 * Solution of the flow around an aerofoil.
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

/** Number of last iterations over which forces must have settled. */
const SETTLING_ITERATIONS = 200;

/** Ranges of settled forces: of the lift relative to itself, at least 1, of the drag absolute. */
const SETTLED_RANGE = { lift: 0.005, drag: 0.0005 } as const;

/** Outcome of a run; without result if numbers overflowed. */
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
      let mesh: AirfoilMesh;
      let coarseMesh: AirfoilMesh | undefined;
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
        // After a diverged coarse flow, the fine one may still converge from the free stream.
        start = run.result && await readStart(run.directory, coarseMesh, mesh);
      }
      const run = await solveOn(mesh, parameters, fidelity, directory, start, signal);
      if (run.result === undefined) return rejected(parameters, fidelity, "a number overflowed");
      return await readResult(parameters, fidelity, mesh, run, run.result);
    },
  };
}

/**
 * The reason why forces have not settled; undefined if they have.
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
  const over = `over the last ${SETTLING_ITERATIONS} iterations`;
  if (!(Number.isFinite(lift) && Number.isFinite(drag))) return "lift or drag is not finite";
  const maxLiftSpan = SETTLED_RANGE.lift * Math.max(1, Math.abs(lift));
  if (!(liftSpan < maxLiftSpan)) {
    return `lift has varied by ${liftSpan.toPrecision(2)} ${over}, allowed: ${maxLiftSpan}`;
  }
  if (!(dragSpan < SETTLED_RANGE.drag)) {
    return `drag has varied by ${dragSpan.toPrecision(2)} ${over}, allowed: ${SETTLED_RANGE.drag}`;
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
      forces: readForceCoefficients(await Deno.readTextFile(forces), SETTLING_ITERATIONS),
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
    reason,
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
  const pointFields = airfoilPointFields(mesh, fields);
  const { internal, aerofoil, freestream } = exportAirfoil(mesh.plane, pointFields);
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

/** The part of the record that is known before solving. */
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
