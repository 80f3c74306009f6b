/**
 * Whether a plan fits the machine.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { formatBytes } from "../../../format.ts";
import type { Plan } from "./plan.ts";

/** Memory of a machine. */
export interface Machine {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** What takes less than this share of the memory is no remedy. */
const TELLING_SHARE = 0.1;

/** The memory of this machine; undefined where it may not be asked. */
export function thisMachine(): Machine | undefined {
  if (Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" }).state !== "granted") {
    return undefined;
  }
  const { total, available } = Deno.systemMemoryInfo();
  return { totalBytes: total, availableBytes: available };
}

/**
 * Throws unless a plan fits the limits of its device and the memory that the machine has left.
 *
 * @throws {UserError} With the numbers and what to change.
 */
export function checkFit(plan: Plan, machine: Machine | undefined): void {
  const { stage, limits, device, deviceBytes, arrayBytes, certifies } = plan.training;
  const smaller =
    `draw smaller graphs (nodes and maxEdges of the sample stage), or keep fewer activations ` +
    `(stages.${stage}.with.keptActivationMiB)`;
  const refuse = (what: string, bytes: number, limit: string, remedy: string) => {
    throw new UserError(
      `Cannot run pipeline "${plan.name}" as ${what} must fit ${limit}: about ` +
        `${formatBytes(bytes)} are needed; ${remedy}`,
    );
  };
  for (let rank = 0; rank < deviceBytes.length; rank++) {
    const where = `of rank ${rank} of stage "${stage}"`;
    const alone = certifies && rank === 0;
    const remedy = `use more ranks, ${smaller}` +
      // The certificate holds the whole graph on one rank, however many there are.
      (alone
        ? `, or leave out the certificate of the first step (stages.${stage}.with.certify=false)`
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
  const keepers = plan.keptMeshes.filter(({ bytes }) => bytes > TELLING_SHARE * needed);
  const fewer = keepers.map(({ stage }) => `stages.${stage}.with.keptMeshMiB`).join(", ");
  refuse(
    "it",
    needed,
    limit,
    keepers.length > 0 ? `keep fewer meshes in memory (${fewer}), ${smaller}` : smaller,
  );
}
