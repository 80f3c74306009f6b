/**
 * The one place that starts workers.
 *
 * @module
 */

import { type PermissionLists, workerOptions } from "../permissions/stage_permissions.ts";

/**
 * Starts a worker.
 *
 * @param permissions Everything that it may do. @default what this process may
 * @param name For debuggers and stack traces
 */
export function startWorker(
  module: URL,
  permissions: PermissionLists | undefined,
  name?: string,
): Worker {
  return new Worker(module, {
    type: "module",
    name: name ?? "",
    ...(permissions === undefined ? {} : workerOptions(permissions)),
  });
}
