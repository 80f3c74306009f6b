/**
 * The seal of a mesh store: checksums of its metadata. Arrays state the CRC-32 of their chunks, the
 * group states that of the metadata of every array, and its last attribute that of the others, so
 * that no relevant byte can change unnoticed.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { isObject } from "./json_text.ts";
import { MESH_FORMAT, SEALED_MESH_FORMAT } from "./mesh_attributes.ts";
import { zlib } from "./node_zlib.ts";
import type { ArrayChecksums } from "./zarr_group.ts";

const ARRAYS_KEY = "arrayCrc32";
const ATTRIBUTES_KEY = "attributesCrc32";

/** Attributes with a seal. @param arrays The checksum of the metadata of every array, by name */
export function sealed(
  attributes: Readonly<Record<string, unknown>>,
  arrays: Readonly<Record<string, number>>,
): Record<string, unknown> {
  const covered = { format: SEALED_MESH_FORMAT, ...attributes, [ARRAYS_KEY]: arrays };
  return { ...covered, [ATTRIBUTES_KEY]: checksum(covered) };
}

/**
 * Checks the seal of a store.
 *
 * @returns The checksums of the metadata of its arrays; undefined if the store has no seal
 * @throws {DataError} If the attributes have changed
 */
export function checkSeal(attributes: unknown, path: string): ArrayChecksums | undefined {
  if (!isObject(attributes) || attributes.format !== SEALED_MESH_FORMAT) return undefined;
  const { [ATTRIBUTES_KEY]: stated, ...covered } = attributes;
  const arrays = covered[ARRAYS_KEY];
  if (stated === checksum(covered) && isObject(arrays)) {
    return new Map(Object.entries(arrays).map(([name, value]) => [name, Number(value)]));
  }
  throw new DataError(
    `Cannot open mesh store "${path}": its attributes must have the checksum that ` +
      `"${ATTRIBUTES_KEY}" states; they were changed or are damaged; convert or generate it ` +
      `again or, if the changes are intended, give it the format "${MESH_FORMAT}", which has none`,
  );
}

/** Whether the metadata of a group have a seal, which may be damaged: {@linkcode checkSeal}. */
export function isSealed(metadata: string): boolean {
  try {
    return JSON.parse(metadata)?.attributes?.format === SEALED_MESH_FORMAT;
  } catch {
    return false;
  }
}

/** The checksum of attributes without white space; the order of keys matters. */
function checksum(attributes: Readonly<Record<string, unknown>>): number {
  return zlib().crc32(JSON.stringify(attributes));
}
