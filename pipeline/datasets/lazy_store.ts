/**
 * Data sets of other programs as mesh stores, for `convertStore`.
 *
 * @module
 */

import {
  checkSampleIndex,
  type MeshAttributes,
  meshFormat,
  splitOf,
} from "../../io/mesh_attributes.ts";
import type { MeshSample, MeshStore, MeshStoreHeader } from "../../io/mesh_store.ts";
import { statedPoints } from "../../io/vtk/stated_points.ts";

/** A sample without what its store knows already; with its cells, where it has any. */
export type SourceSample = Omit<MeshSample, "id" | "dimensions" | "nodeCount">;

/** Samples that are made when they are asked for. */
export interface SampleSource {
  readonly path: string;
  readonly header: MeshStoreHeader;
  readonly ids: readonly string[];
  /** Nodes of every sample; 0 where not known. */
  readonly nodeCounts: readonly number[];
  readonly read: (index: number) => SourceSample | Promise<SourceSample>;
}

/** The samples as a mesh store. */
export function openSource({ path, header, ids, nodeCounts, read }: SampleSource): MeshStore {
  const attributes: MeshAttributes = { format: meshFormat, ...header, ids: [...ids] };
  return {
    path,
    attributes,
    sampleCount: ids.length,
    nodeCounts,
    split: (name) => splitOf(attributes, name, path),
    async read(index, options = {}) {
      checkSampleIndex(index, ids.length, path);
      const { cells, ...sample } = await read(index);
      return {
        id: ids[index],
        dimensions: header.dimensions,
        nodeCount: sample.position.length / header.dimensions,
        ...sample,
        ...(options.cells && cells && { cells }),
      };
    },
  };
}

/**
 * The nodes of meshes in VTK files, as their first lines state them. @throws {DataError} when a
 * file is missing
 */
export async function statedNodeCounts(files: readonly string[]): Promise<number[]> {
  // One after the other: there may be more files than a process may have open.
  const nodeCounts: number[] = [];
  for (const file of files) nodeCounts.push(await statedPoints(file) ?? 0);
  return nodeCounts;
}
