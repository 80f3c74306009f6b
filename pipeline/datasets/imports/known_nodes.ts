/**
 * The nodes at which the targets are known.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { FileArray } from "../../../io/mesh_file/mesh_file.ts";
import type { ArrayPlace } from "./file_arrays.ts";
import type { MeshNodes } from "./mesh_nodes.ts";

/**
 * The nodes [N] that an array of a file marks by 1. A node between cells or points that are marked
 * and others that are not has no known target.
 *
 * @throws {DataError} If the array has other numbers than 0 and 1
 */
export function knownNodes(
  nodes: MeshNodes,
  mask: string,
  array: FileArray,
  place: ArrayPlace,
): Uint8Array {
  const bad = Array.prototype.findIndex.call(
    array.values,
    (value: number | bigint) => Number(value) !== 0 && Number(value) !== 1,
  );
  if (array.components !== 1 || bad >= 0) {
    const found = array.components !== 1
      ? `${array.components} components`
      : `${array.values[bad]} at tuple ${bad}`;
    throw new DataError(
      `Cannot use array "${mask}" of "${nodes.path}" as mask: it must be 0 or 1, found ${found}`,
    );
  }
  return Uint8Array.from(nodes.values(array, place), (value) => value === 1 ? 1 : 0);
}
