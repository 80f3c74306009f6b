/**
 * Checks whether a plan fits the machine.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { countOf, formatBytes } from "../../../format.ts";
import type { ValidStage } from "../../engine/definition/validate.ts";
import { startBytes } from "./process_memory.ts";
import type { Plan } from "./plan.ts";

/** Memory of a machine. */
export interface Machine {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** Share of the memory above which the meshes of a stage are named as a remedy. */
const MIN_REMEDY_SHARE = 0.1;

/** Returns the memory of this machine; undefined without the permission to query it. */
export function thisMachine(): Machine | undefined {
  if (Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" }).state !== "granted") {
    return undefined;
  }
  const { total, available } = Deno.systemMemoryInfo();
  return { totalBytes: total, availableBytes: available };
}

/**
 * Checks that the workers of a run fit the memory, before any of them starts.
 *
 * @param stages The stages that run
 * @param limitBytes Memory for the run
 * @throws {UserError} If they do not fit, with the numbers and the stage with most ranks.
 */
export function checkWorkersFit(
  name: string,
  stages: readonly Pick<ValidStage, "name" | "ranks" | "stage">[],
  limitBytes: number,
): void {
  const bytes = startBytes(stages);
  if (bytes <= limitBytes) return;
  const workerCount = stages.reduce((sum, { ranks }) => sum + ranks, 0);
  const largest = stages.reduce((a, b) => b.ranks > a.ranks ? b : a);
  throw new UserError(
    `Cannot run pipeline "${name}": its ${countOf(workerCount, "worker")} must fit the memory ` +
      `that is available (${formatBytes(limitBytes)}), they need about ${formatBytes(bytes)} ` +
      `before they read any data; use fewer ranks, stage "${largest.name}" has ` +
      `${largest.ranks} of them`,
  );
}

/**
 * Checks that a plan fits the limits of its device and the available memory of the machine.
 *
 * @param machine Undefined if unknown: then only the device is checked.
 * @throws {UserError} If it does not fit, with the numbers and the remedy.
 */
export function checkFit(plan: Plan, machine: Machine | undefined): void {
  const { stage, limits, device, deviceBytes, arrayBytes, certifies } = plan.training;
  const smaller =
    `draw smaller graphs (nodes and maxEdges of the sample stage), or save fewer activations ` +
    `(stages.${stage}.with.keptActivationMiB)`;
  const refuse = (what: string, bytes: number, limit: string, remedy: string) => {
    throw new UserError(
      `Cannot run pipeline "${plan.name}": ${what} must fit ${limit}, needs about ` +
        `${formatBytes(bytes)}; ${remedy}`,
    );
  };
  for (let rank = 0; rank < deviceBytes.length; rank++) {
    const where = `of rank ${rank} of stage "${stage}"`;
    const isCertifying = certifies && rank === 0;
    const remedy = `use more ranks, ${smaller}` +
      // The certificate computes the complete graph on one rank.
      (isCertifying
        ? `, or skip the certificate of the first step (stages.${stage}.with.certify=false)`
        : "");
    if (deviceBytes[rank] > limits.totalBytes) {
      const limit = `its device (${device}, ${formatBytes(limits.totalBytes)})`;
      refuse(`the training ${where}`, deviceBytes[rank], limit, remedy);
    }
    if (arrayBytes[rank] > limits.arrayBytes) {
      const limit = `a buffer of its device (${device}, ${formatBytes(limits.arrayBytes)})`;
      refuse(`the largest array ${where}`, arrayBytes[rank], limit, remedy);
    }
  }
  const needed = plan.peakBytes - plan.idleBytes;
  if (machine === undefined || needed <= machine.availableBytes) return;
  const { availableBytes, totalBytes } = machine;
  const limit = `the memory that is available (${formatBytes(availableBytes)} of ` +
    `${formatBytes(totalBytes)})`;
  const largeMeshes = plan.cachedMeshes.filter(({ bytes }) => bytes > MIN_REMEDY_SHARE * needed);
  const fewer = largeMeshes.map(({ stage }) => `stages.${stage}.with.keptMeshMiB`).join(", ");
  refuse(
    "the run",
    needed,
    limit,
    largeMeshes.length > 0 ? `hold fewer meshes in memory (${fewer}), ${smaller}` : smaller,
  );
}
