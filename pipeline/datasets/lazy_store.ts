/**
 * Mesh stores that compute their samples when they are read, for data sets of other programs.
 *
 * @module
 */

import {
  checkSampleIndex,
  MESH_FORMAT,
  type MeshAttributes,
  splitOf,
} from "../../io/mesh_attributes.ts";
import type { MeshSample, MeshStore, MeshStoreHeader } from "../../io/mesh_store.ts";
import { statedPoints } from "../../io/vtk/stated_points.ts";

/** A sample without the members that its store knows; with its cells, if it has any. */
export type LazySample = Omit<MeshSample, "id" | "dimensions" | "nodeCount">;

/** Contents of a store whose samples are computed on demand. */
export interface LazyContents {
  readonly path: string;
  readonly header: MeshStoreHeader;
  readonly ids: readonly string[];
  /** Nodes of every sample; 0 if not known. */
  readonly nodeCounts?: readonly number[] | undefined;
  readonly read: (index: number) => LazySample | Promise<LazySample>;
}

/** The samples as a mesh store. */
export function openLazyStore({ path, header, ids, nodeCounts, read }: LazyContents): MeshStore {
  const attributes: MeshAttributes = { format: MESH_FORMAT, ...header, ids: [...ids] };
  return {
    path,
    attributes,
    sampleCount: ids.length,
    nodeCounts,
    split: (name) => splitOf(attributes, name, path),
    async read(index, options = {}) {
      checkSampleIndex(index, ids.length, path);
      const { cells, ...sample } = await read(index);
      const mesh = {
        id: ids[index],
        dimensions: header.dimensions,
        nodeCount: sample.position.length / header.dimensions,
        ...sample,
      };
      return options.cells && cells ? { ...mesh, cells } : mesh;
    },
  };
}

/**
 * The node counts that the first lines of VTK files state.
 *
 * @throws {DataError} If a file is missing
 */
export async function statedNodeCounts(files: readonly string[]): Promise<number[]> {
  // One after the other: there may be more files than a process may open.
  const nodeCounts: number[] = [];
  for (const file of files) nodeCounts.push(await statedPoints(file) ?? 0);
  return nodeCounts;
}
