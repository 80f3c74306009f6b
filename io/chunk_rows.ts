/**
 * The number of nodes per chunk of a mesh store.
 *
 * @module
 */

/** Minimum: fewer rows would make many small files. */
export const MIN_CHUNK_ROWS = 4096;

/** Maximum: larger chunks take many megabytes of memory to compress. */
const MAX_ROWS = 2 ** 20;

/** Maximum padding with zeros as a fraction of the nodes; it compresses to almost nothing. */
const MAX_PADDING = 0.5;

/**
 * Chooses the nodes per chunk for meshes of these sizes. Every mesh starts a chunk and its last
 * chunk is padded: a chunk holds the largest mesh, or a half, a quarter, ... of it if small meshes
 * would be mostly padding.
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
  let rows = nodeCounts.reduce((largest, count) => Math.max(largest, count), 1);
  while (rows > MAX_ROWS || rows > MIN_CHUNK_ROWS && padding(rows) > MAX_PADDING * nodes) {
    rows = Math.ceil(rows / 2);
  }
  return rows;
}
