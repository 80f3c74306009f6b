/**
 * VTK files of any program as a data set.
 *
 * @module
 */

import { openMeshFiles } from "../../../io/mesh_file/open_mesh_file.ts";
import type { MeshStore } from "../../../io/mesh_store.ts";
import { importMeshes } from "../imports/import_meshes.ts";
import type { SplitShares } from "../splits.ts";

/** The fields to read from VTK files. */
export interface VtkStoreOptions {
  /** Arrays that a network reads. */
  readonly inputs?: readonly string[] | undefined;
  /** Arrays that a network predicts. */
  readonly targets?: readonly string[] | undefined;
  /** @default 2 if all points lie in one plane x, y or z = constant, else 3 */
  readonly dimensions?: 2 | 3 | undefined;
  /** Sizes of the splits. @default three quarters, a twentieth, a fifth */
  readonly shares?: SplitShares | undefined;
}

/**
 * Opens VTK files as a mesh store with one sample per file, read on demand: `importMeshes` with
 * fewer options.
 *
 * @throws {DataError} If a file is missing, damaged, or lacks one of the fields
 * @throws {UserError} If an array is both input and target
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openVtkFiles } from "./vtk_store.ts";
 *
 * const paths = ["tests/fixtures/flow_cases/plates/plate_0.vtu"];
 * const plates = await openVtkFiles(paths, { targets: ["swirl"] });
 * const { nodeCount, fields } = await plates.read(0);
 * assert.equal(fields.swirl.length, 3 * nodeCount);
 * ```
 */
export async function openVtkFiles(
  paths: readonly string[],
  options: VtkStoreOptions = {},
): Promise<MeshStore> {
  return (await importMeshes(await openMeshFiles(paths), options)).store;
}
