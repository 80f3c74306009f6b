/**
 * Data sets: meshes with fields in Zarr or Arrow stores, and converters from other formats.
 *
 * @example Write a store and read it back
 * ```ts
 * import assert from "node:assert/strict";
 * import { createMeshStore, openMeshStore } from "./data.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const writer = await createMeshStore(`${directory}/rods.zarr`, {
 *   case: "rods",
 *   dimensions: 1,
 *   fields: { heat: { components: 1, unit: "K", role: "target" } },
 *   splits: { train: [0] },
 * });
 * const position = Float32Array.of(0, 0.5, 1);
 * await writer.add({ id: "rod", position, fields: { heat: Float32Array.of(280, 290, 300) } });
 * await writer.close();
 *
 * const store = await openMeshStore(`${directory}/rods.zarr`);
 * const { fields } = await store.read(0);
 * assert.deepEqual([...fields.heat], [280, 290, 300]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */

export {
  createMeshStore,
  type FieldInfo,
  type MeshCells,
  type MeshSample,
  type MeshStore,
  type MeshStoreHeader,
  type MeshStoreWriter,
  openMeshStore,
} from "./io/mesh_store.ts";
export { type ConvertOptions, convertStore } from "./pipeline/datasets/convert_store.ts";
export { type EdgeListOptions, openEdgeList } from "./pipeline/datasets/edge_list.ts";
export { type AirfransOptions, openAirfrans } from "./pipeline/datasets/flows/airfrans_data.ts";
export { type MeshSource, type SourceOptions } from "./io/mesh_file/mesh_file.ts";
export { openMeshFiles } from "./io/mesh_file/open_mesh_file.ts";
export type { DataSummary } from "./pipeline/datasets/imports/data_summary.ts";
export { type ImportedMeshes, importMeshes } from "./pipeline/datasets/imports/import_meshes.ts";
export type { ImportOptions } from "./pipeline/datasets/imports/import_options.ts";
export { summarizeStore } from "./pipeline/datasets/imports/summarize_store.ts";
export { openVtkFiles, type VtkStoreOptions } from "./pipeline/datasets/flows/vtk_store.ts";
