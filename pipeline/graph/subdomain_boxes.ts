/**
 * Axis-parallel boxes around the nodes of each rank. An overlap is a distance from such a box.
 *
 * @module
 */

/**
 * One box per rank. The box of a rank without nodes is empty: its low ends are +∞, its high ends
 * -∞.
 */
export interface SubdomainBoxes {
  /** Low ends [P, D]. */
  readonly low: Float32Array;
  /** High ends [P, D]. */
  readonly high: Float32Array;
}

/**
 * The smallest closed box around the nodes of each rank.
 *
 * @param position Node positions [N, D].
 * @param dimensions Space dimensions D.
 * @param owner Rank that owns each node [N].
 * @param ranks The number of ranks P.
 */
export function subdomainBoxes(
  position: Float32Array,
  dimensions: number,
  owner: Uint32Array,
  ranks: number,
): SubdomainBoxes {
  const low = new Float32Array(ranks * dimensions).fill(Infinity);
  const high = new Float32Array(ranks * dimensions).fill(-Infinity);
  for (let node = 0; node < owner.length; node++) {
    for (let d = 0; d < dimensions; d++) {
      const x = position[node * dimensions + d];
      const side = owner[node] * dimensions + d;
      if (x < low[side]) low[side] = x;
      if (x > high[side]) high[side] = x;
    }
  }
  return { low, high };
}

/**
 * The squared distance from a node to the box of a rank; 0 inside.
 *
 * It is rounded like the squared distance between two nodes, so it never exceeds the squared
 * distance to a node in the box.
 */
export function squaredDistanceToBox(
  { low, high }: SubdomainBoxes,
  rank: number,
  position: Float32Array,
  dimensions: number,
  node: number,
): number {
  let sum = 0;
  for (let d = 0; d < dimensions; d++) {
    const x = position[node * dimensions + d];
    const side = rank * dimensions + d;
    const beyond = Math.max(low[side] - x, x - high[side], 0);
    sum += beyond * beyond;
  }
  return sum;
}
