/**
 * Permissions of all workers of a run.
 *
 * @module
 */

import { CodeHasher } from "../definition/code_hash.ts";
import { areWorkersConfined } from "./confined_workers.ts";
import { checkGranted, type PermissionLists, workerPermissions } from "./stage_permissions.ts";
import type { StageMode, StageModes } from "../workers/stage_modes.ts";
import type { ValidPipeline } from "../definition/validate.ts";

/** Permissions of the workers of each stage by its name; undefined for those of the process. */
export type Confinement = ReadonlyMap<string, PermissionLists | undefined>;

/** The properties of a run that determine the permissions of its workers. */
export interface ConfinedRun {
  readonly directory: string;
  readonly modes?: StageModes | undefined;
  readonly code?: CodeHasher | undefined;
}

/**
 * Returns the permissions of the workers of each stage.
 *
 * @throws {PermissionError} If the process lacks a permission that a stage needs.
 */
export async function confine(
  { stages }: ValidPipeline,
  { directory, modes = new Map(), code = new CodeHasher() }: ConfinedRun,
): Promise<Confinement> {
  if (!areWorkersConfined()) return new Map();
  const permissions = [...stages.values()].map(async (stage) =>
    [
      stage.name,
      withTape(await workerPermissions(stage, directory, code), modes.get(stage.name)),
    ] as const
  );
  const confinement = new Map(await Promise.all(permissions));
  checkGranted(confinement);
  return confinement;
}

/** Adds the permissions to record or replay a tape. */
function withTape(
  { read, write, ...others }: PermissionLists,
  mode: StageMode | undefined,
): PermissionLists {
  if (mode?.mode === "record") {
    return { ...others, read: [...read, mode.directory], write: [...write, mode.directory] };
  }
  return { ...others, read: mode?.mode === "replay" ? [...read, mode.directory] : read, write };
}
