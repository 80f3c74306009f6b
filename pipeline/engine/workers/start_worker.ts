/**
 * The only place that starts workers.
 *
 * @module
 */

import { type PermissionLists, workerOptions } from "../permissions/stage_permissions.ts";

/**
 * Starts a worker.
 *
 * @param permissions Permissions of the worker; undefined for those of the process.
 * @param name Name in debuggers and stack traces.
 */
export function startWorker(
  module: URL,
  permissions: PermissionLists | undefined,
  name?: string,
): Worker {
  const confinement = permissions && workerOptions(permissions);
  return new Worker(module, { type: "module", name: name ?? "", ...confinement });
}
