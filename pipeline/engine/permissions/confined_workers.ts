/**
 * The switch that confines the workers of this process.
 *
 * @module
 */

let isConfined = false;

/**
 * Confines all workers that this process starts from now on. Each may only read its code and the
 * files that the options of a built-in stage name, use the directory of the run, and use the
 * permissions that the pipeline grants. Without this call, workers have the permissions of the
 * process. The commands of this project call it.
 *
 * The program needs `"unstable": ["worker-options"]` in its `deno.json`, or
 * `--unstable-worker-options`: otherwise Deno ends it when the first worker starts.
 */
export function confineWorkers(): void {
  isConfined = true;
}

/** Whether workers are confined. */
export function areWorkersConfined(): boolean {
  return isConfined;
}
