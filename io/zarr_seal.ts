/**
 * The seal of a mesh store: checksums of all that its chunks' own do not cover. The group states
 * the CRC-32 of the metadata of every array, these state the CRC-32 of every chunk, and the last
 * attribute that of the others; so no byte that matters can change unseen.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { DataError } from "../errors.ts";
import { sealedMeshFormat } from "./mesh_attributes.ts";
import type { ArrayChecksums } from "./zarr_array.ts";

const arraysKey = "arrayCrc32";
const attributesKey = "attributesCrc32";

/** Attributes with the seal. @param arrays The checksum of the metadata of every array, by name */
export function sealed(
  attributes: Readonly<Record<string, unknown>>,
  arrays: Readonly<Record<string, number>>,
): Record<string, unknown> {
  const covered = { format: sealedMeshFormat, ...attributes, [arraysKey]: arrays };
  return { ...covered, [attributesKey]: checksum(covered) };
}

/**
 * Checks the seal of a store.
 *
 * @returns The checksums of the metadata of its arrays; undefined for a store of another program,
 * which has none
 * @throws {DataError} when the attributes are not as they were written
 */
export function checkSeal(attributes: unknown, path: string): ArrayChecksums | undefined {
  if (!isRecord(attributes) || attributes.format !== sealedMeshFormat) return undefined;
  const { [attributesKey]: stated, ...covered } = attributes;
  const arrays = covered[arraysKey];
  if (stated === checksum(covered) && isRecord(arrays)) {
    return new Map(Object.entries(arrays).map(([name, value]) => [name, Number(value)]));
  }
  throw new DataError(
    `Cannot open mesh store "${path}" as its attributes must have the checksum that ` +
      `"${attributesKey}" states: they ` +
      "were changed or are damaged; convert or generate it again, or with the changes in " +
      "mind give it the format " +
      `"haloflow-meshes/1", which states none`,
  );
}

/**
 * Whether the metadata of a group are those of a sealed store; damage of the seal is for
 * {@linkcode checkSeal} to see.
 */
export function isSealed(metadata: string): boolean {
  try {
    return JSON.parse(metadata)?.attributes?.format === sealedMeshFormat;
  } catch {
    return false;
  }
}

/** Spaces do not count, the order of keys does. */
function checksum(attributes: Readonly<Record<string, unknown>>): number {
  return crc32(JSON.stringify(attributes));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
