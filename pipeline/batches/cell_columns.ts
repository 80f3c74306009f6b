/**
 * Cells and plane of a mesh as columns of a record batch, and back.
 *
 * @module
 */

import type { MeshCells, MeshStoreHeader } from "../../io/mesh_store.ts";
import type { RecordBatch } from "../../io/record_batch.ts";

/** The columns of cells and plane; empty for a mesh without them. */
export function cellColumns(cells?: MeshCells, plane?: MeshStoreHeader["plane"]) {
  const none = new Uint32Array(0);
  return {
    cellConnectivity: cells?.connectivity ?? none,
    cellOffsets: cells?.offsets ?? none,
    cellTypes: cells ? Uint32Array.from(cells.types) : none,
    plane: Float64Array.from(plane ? [plane.axis, plane.value] : []),
  };
}

/** The cells in the first row of `batch`; undefined if it has none. */
export function cellsOf(batch: RecordBatch): MeshCells | undefined {
  const types = batch.list("cellTypes", 0, "uint32");
  if (types.length === 0) return undefined;
  return {
    connectivity: batch.list("cellConnectivity", 0, "uint32"),
    offsets: batch.list("cellOffsets", 0, "uint32"),
    types: Uint8Array.from(types),
  };
}

/** The plane in the first row of `batch`; undefined if it has none. */
export function planeOf(batch: RecordBatch): MeshStoreHeader["plane"] {
  const plane = batch.list("plane", 0, "float64");
  return plane.length === 0 ? undefined : { axis: plane[0], value: plane[1] };
}
