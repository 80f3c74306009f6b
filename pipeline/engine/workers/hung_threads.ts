/**
 * Threads of this process that may never end.
 *
 * @module
 */

let left = 0;

/**
 * Notes that a worker was terminated that had not ended when told to: its thread may be in an
 * endless loop.
 */
export function recordHungThread(): void {
  left++;
}

/**
 * Whether this process may have such threads. It then needs `Deno.exit` to end; one that has none
 * should do without, as a graphics driver that is being closed can crash in it.
 */
export function hasHungThreads(): boolean {
  return left > 0;
}
