/**
 * Whether the workers of this process have permissions of their own.
 *
 * @module
 */

let confined = false;

/**
 * Confines all workers that this process starts from now on to what their stages are there for: to
 * read their code and what the options of built-in stages name, to use the directory of the run,
 * and what the pipeline allows.
 *
 * The program needs `"unstable": ["worker-options"]` in its `deno.json`, or
 * `--unstable-worker-options`: otherwise Deno ends it when the first worker starts. Without this
 * call workers may do what the process may. The commands of the project make it.
 */
export function confineWorkers(): void {
  confined = true;
}

/** Whether workers are confined. */
export function areWorkersConfined(): boolean {
  return confined;
}
