/**
 * Data sets on disk: meshes with fields, in Zarr or in Arrow.
 *
 * @module
 */

import { extname } from "node:path";
import { DataError } from "../errors.ts";
import { openArrowMeshStore } from "./arrow_mesh_store.ts";
import type { MeshStore } from "./mesh_attributes.ts";
import { isZip } from "./mesh_file/file_signatures.ts";
import { readFileStart } from "./mesh_file/mesh_format.ts";
import { findStandIn, knownRefusal, refusedFile } from "./mesh_file/refused_file.ts";
import { openZarrMeshStore } from "./zarr_mesh_store.ts";

export { writeArrowMeshes } from "./arrow_mesh_store.ts";
export type { WriteOptions } from "./atomic_write.ts";
export type {
  FieldInfo,
  MeshAttributes,
  MeshSample,
  MeshStore,
  MeshStoreHeader,
  ReadOptions,
} from "./mesh_attributes.ts";
export type { MeshCells } from "./mesh_cells.ts";
export { createMeshStore } from "./zarr_mesh_store.ts";
export type { MeshStoreOptions, MeshStoreWriter } from "./zarr_mesh_store.ts";

/** Start of a file or stream of Arrow. */
const ARROW = /^(ARROW1|\xff\xff\xff\xff)/;

/** Extensions of files that `deno task convert` reads. */
const OTHER_FORMATS = [
  [
    ".vtu",
    ".vtp",
    ".pvtu",
    ".pvd",
    ".vtm",
    ".vti",
    ".vtr",
    ".vts",
    ".vtk",
    ".msh",
    ".xdmf",
    ".foam",
  ],
  [".mat", ".csv", ".tsv", ".npz", ".npy", ".h5", ".hdf5", ".nc", ".parquet"],
].flat();

/**
 * Opens a data set: a Zarr group (a folder or a zip archive, version 2 or 3) or an Arrow IPC file.
 *
 * Checks that the store is complete: attributes, shapes, and the presence of every chunk.
 * `MeshStore.read` reads one mesh at a time and checks checksums, if the store has them, and that
 * numbers are finite. Fields of other programs may also be float64 (rounded) or integers that
 * float32 represents exactly; in Arrow, float64. A flipped bit in a compressed chunk without a
 * checksum can go unnoticed.
 *
 * @throws {DataError} If there is no store, or it is incomplete
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openMeshStore } from "./mesh_store.ts";
 *
 * const store = await openMeshStore("tests/fixtures/io/meshes/v3_blosc.zarr");
 * const [first] = store.split("train");
 * const { nodeCount, fields } = await store.read(first);
 * assert.equal(fields.velocity.length, 2 * nodeCount);
 * ```
 */
export async function openMeshStore(path: string): Promise<MeshStore> {
  if (await isZarr(path)) return await openZarrMeshStore(path);
  const start = await readFileStart(path);
  const standIn = findStandIn(start);
  if (standIn) throw refusedFile(path, standIn);
  const extension = extname(path).toLowerCase();
  if (OTHER_FORMATS.includes(extension)) {
    throw new DataError(
      `Cannot open "${path}": a data set must be a Zarr store or an Arrow IPC file, received ` +
        `a ${extension} file; convert it first, see deno task convert --help`,
    );
  }
  const refusal = ARROW.test(start.text) ? undefined : knownRefusal(start);
  if (refusal) throw refusedFile(path, refusal);
  return await openArrowMeshStore(path);
}

/** Whether a store is a folder or an archive, which means Zarr. @throws {DataError} If none */
export async function isZarr(path: string): Promise<boolean> {
  const start = await readFileStart(path, "Cannot open");
  return start.isFolder || isZip(start);
}
