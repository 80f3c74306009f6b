/**
 * A mesh of a file with the arrays that become fields, at the nodes of its sample.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { FileArray, FileMesh } from "../../../io/mesh_file/mesh_file.ts";
import { cleanMesh, type Merging } from "./clean_mesh.ts";
import { type ArrayPlace, readFileArray } from "./file_arrays.ts";
import { cellCentres, type MeshNodes, pointNodes } from "./mesh_nodes.ts";

/** An array of a file by name and place. */
export interface NamedArray {
  readonly array: string;
  readonly place: ArrayPlace;
}

/** Nodes of a mesh and its arrays. */
export interface MeshValues {
  readonly mesh: FileMesh;
  readonly nodes: MeshNodes;
  /** The arrays as the file has them, by name. */
  readonly arrays: ReadonlyMap<string, FileArray>;
}

/** Choices of reading a mesh. */
export interface MeshValuesOptions {
  readonly cells: "average" | "centres";
  readonly merging: Merging;
  /** Values that stand for "no value" in some arrays, which become NaN before any mean. */
  readonly missing: readonly number[];
  readonly maskable: ReadonlySet<string>;
  readonly time: number | undefined;
}

/**
 * Reads arrays of a mesh and cleans it.
 *
 * @throws {DataError} If an array is absent or damaged, or no node remains
 */
export function meshValues(
  mesh: FileMesh,
  wanted: readonly NamedArray[],
  { cells, merging, missing, maskable, time }: MeshValuesOptions,
): MeshValues {
  const arrays = new Map<string, FileArray>();
  for (const { array, place } of wanted) {
    const read = readFileArray(mesh, array, place, time);
    arrays.set(array, maskable.has(array) ? withoutMissing(read, missing) : read);
  }
  const compared = wanted.filter(({ place }) => place === "point").map(({ array }) =>
    arrays.get(array)!
  );
  const clean = cleanMesh(mesh, compared, merging);
  const nodes = cells === "centres" ? cellCentres(mesh, clean) : pointNodes(mesh, clean);
  if (nodes.nodeCount === 0) {
    const { ghostPoints, ghostCells } = clean.counts;
    throw new DataError(
      `Cannot read "${mesh.path}": a mesh must have points, found ` +
        (ghostPoints + ghostCells > 0 ? "only copies of those of other meshes" : "none"),
    );
  }
  return { mesh, nodes, arrays };
}

/** An array with NaN where it has no value. */
function withoutMissing(array: FileArray, missing: readonly number[]): FileArray {
  if (missing.length === 0) return array;
  const values = Float64Array.from(array.values as ArrayLike<number>, (value) => {
    const number = Number(value);
    return missing.some((other) => Object.is(other, number) || Math.fround(other) === number)
      ? NaN
      : number;
  });
  return { ...array, values };
}
