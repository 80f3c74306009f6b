/**
 * Threads of this process that may never end.
 *
 * @module
 */

let hungThreadCount = 0;

/**
 * Records that a worker that had not exited was terminated: its thread may be in an endless loop.
 */
export function recordHungThread(): void {
  hungThreadCount++;
}

/**
 * Whether this process may have threads that never end, and so needs `Deno.exit`. Other processes
 * should end without it: a graphics driver can crash if it is closed at that moment.
 */
export function hasHungThreads(): boolean {
  return hungThreadCount > 0;
}
