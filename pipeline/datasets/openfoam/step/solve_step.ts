/**
 * Solution of the flow over a backward-facing step.
 *
 * @module
 */

import { readLastFields, writeFoamCase } from "../case_directory.ts";
import type { FlowCase } from "../flow_case.ts";
import { requireSimpleFoam, runSimpleFoam } from "../simple_foam.ts";
import { readSolverLog } from "../solver_log.ts";
import { stepCase } from "./step_case.ts";
import { exportStep, reattachmentLength } from "./export_step.ts";
import { CHANNEL, meshStep } from "./step_mesh.ts";
import { STEP_VISCOSITY, stepName, type StepParameters } from "./step_parameters.ts";

/** Maximum iterations at refinement 1; on finer meshes in proportion. */
const BASE_ITERATIONS = 600;

/**
 * The flow over one step.
 *
 * @param refinement Cells per length, relative to about 29,000 cells in all. @default 1
 * @param iterations Maximum iterations. @default 600, more on finer meshes
 */
export function stepFlow(
  parameters: StepParameters,
  refinement = 1,
  iterations = Math.ceil(BASE_ITERATIONS * Math.max(1, refinement)),
): FlowCase {
  const { speed, stepHeight } = parameters;
  const name = stepName(parameters, refinement);
  const fidelity = `refinement ${refinement}`;
  const description = {
    name,
    fidelity,
    step_height: stepHeight,
    Uin: speed,
    Re_h: speed * stepHeight / STEP_VISCOSITY,
    expansion_ratio: CHANNEL.height / (CHANNEL.height - stepHeight),
  };
  return {
    name,
    fidelity,
    write: (directory) =>
      writeFoamCase(
        directory,
        stepCase(parameters, meshStep(stepHeight, refinement).faces, iterations),
      ),
    async solve(directory, signal) {
      await requireSimpleFoam();
      const mesh = meshStep(stepHeight, refinement);
      await writeFoamCase(directory, stepCase(parameters, mesh.faces, iterations));
      const { finite, log, seconds } = await runSimpleFoam(directory, "log.simpleFoam", signal);
      if (!finite) {
        return {
          record: {
            ...description,
            accepted: false,
            reason: "a number overflowed",
            converged: false,
          },
          files: {},
        };
      }
      const { converged, residuals, yPlus, ...progress } = readSolverLog(log);
      const fields = await readLastFields(directory, mesh.faces, ["U", "p", "nut"]);
      const attached = reattachmentLength(mesh, fields.U);
      const record = {
        ...description,
        accepted: converged,
        reason: converged
          ? undefined
          : `residuals are too large after ${progress.iterations} iterations`,
        converged,
        iterations: progress.iterations,
        initial_residuals: residuals,
        reattachment_over_h: attached === undefined ? null : attached / stepHeight,
        yplus_min_max_avg: yPlus,
        solver_seconds: Number(seconds.toFixed(1)),
        cells: mesh.hexahedra.length / 8,
        nodes: mesh.points.length / 3,
      };
      return { record, files: converged ? { [`${name}.vtu`]: exportStep(mesh, fields) } : {} };
    },
  };
}
