/**
 * How many nodes go into a chunk of a mesh store.
 *
 * @module
 */

/** Fewer rows per chunk would mean many small files. */
export const leastRows = 4096;

/** More would mean chunks of many megabytes, which are held in memory to be compressed. */
const mostRows = 2 ** 20;

/**
 * The room that may be filled up with zeros, as a part of the nodes; compressed it takes next to
 * nothing.
 */
const mostPadding = 0.5;

/**
 * Nodes per chunk for meshes of such sizes. Every mesh starts a chunk, and the last chunk of a mesh
 * is filled up: a chunk holds the largest mesh, or the half, a quarter, ... of it where small
 * meshes would be mostly padding.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(chooseChunkRows([7225, 7225]), 7225);
 * assert.equal(chooseChunkRows([9836, 10300]), 10300);
 * assert.equal(chooseChunkRows([80_000, 5000, 5000, 5000]), 20_000);
 * ```
 */
export function chooseChunkRows(nodeCounts: readonly number[]): number {
  const nodes = nodeCounts.reduce((sum, count) => sum + count, 0);
  const padding = (rows: number) =>
    nodeCounts.reduce((sum, count) => sum + Math.ceil(count / rows) * rows - count, 0);
  let rows = nodeCounts.reduce((most, count) => Math.max(most, count), 1);
  while (rows > mostRows || rows > leastRows && padding(rows) > mostPadding * nodes) {
    rows = Math.ceil(rows / 2);
  }
  return rows;
}
