/**
 * The walls of a channel with a backward-facing step, derived from the nodes of its mesh.
 *
 * @module
 */

/**
 * A channel that starts at x = `inlet`. It has walls below (`stepHeight` above `floor` for x < 0,
 * `floor` behind the step), above (`roof`) and at one side (`side`, the least z); the other side is
 * the plane of symmetry.
 */
export interface StepChannel {
  readonly inlet: number;
  readonly floor: number;
  readonly roof: number;
  readonly side: number;
  readonly stepHeight: number;
}

/** The channel that nodes `[N, 3]` fill; its step is at x = 0. */
export function channelOf(position: Float32Array): StepChannel {
  let inlet = Infinity;
  let floor = Infinity;
  let roof = -Infinity;
  let side = Infinity;
  let top = Infinity;
  for (let k = 0; k < position.length; k += 3) {
    const [x, y, z] = position.subarray(k, k + 3);
    inlet = Math.min(inlet, x);
    floor = Math.min(floor, y);
    roof = Math.max(roof, y);
    side = Math.min(side, z);
    if (x < 0) top = Math.min(top, y);
  }
  return { inlet, floor, roof, side, stepHeight: top - floor };
}

/**
 * The distance of every node to the nearest wall: roof, side, the floors before and behind the
 * step, and its face.
 *
 * @param position `[N, 3]`
 * @returns `[N]`, in units of the positions
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const channel = { inlet: -1, floor: 0, roof: 20, side: 0, stepHeight: 3 };
 * // Behind the step, below its edge: the face is nearest. Above the edge: the edge itself.
 * const position = Float32Array.of(0.5, 2, 5, 3, 7, 9);
 * assert.deepEqual(wallDistances(position, channel), Float32Array.of(0.5, 5));
 * ```
 */
export function wallDistances(
  position: Float32Array,
  { floor, roof, side, stepHeight }: StepChannel,
): Float32Array {
  const edge = floor + stepHeight;
  const distances = new Float32Array(position.length / 3);
  for (let node = 0; node < distances.length; node++) {
    const [x, y, z] = position.subarray(3 * node, 3 * node + 3);
    // Behind the step, the edge is the nearest point of its face for nodes above it.
    const below = x <= 0 ? y - edge : Math.min(y - floor, Math.hypot(x, Math.max(y - edge, 0)));
    distances[node] = Math.max(0, Math.min(below, roof - y, z - side));
  }
  return distances;
}
