/**
 * Case directories of OpenFOAM.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { dictionaryText, type FoamDictionary, foamHeader } from "./dictionary.ts";
import { readSolvedField, type SolvedField } from "../../../io/openfoam/solved_field.ts";
import { type InitialField, initialFieldText } from "./field_file.ts";
import { type PolyMesh, polyMeshFiles } from "./poly_mesh.ts";

/** The input of OpenFOAM. */
export interface FoamCase {
  readonly mesh: PolyMesh;
  /** Fields by name; `U` is the only vector. */
  readonly fields: Readonly<Record<string, InitialField>>;
  /** Dictionaries by path, such as `system/fvSchemes`. */
  readonly dictionaries: Readonly<Record<string, FoamDictionary>>;
}

/** Writes a case; existing contents of the directory are removed. */
export async function writeFoamCase(
  directory: string,
  { mesh, fields, dictionaries }: FoamCase,
): Promise<void> {
  await Deno.remove(directory, { recursive: true }).catch(ignoreMissing);
  for (const [name, text] of Object.entries(polyMeshFiles(mesh))) {
    await writeText(join(directory, "constant", "polyMesh", name), text);
  }
  for (const [name, field] of Object.entries(fields)) {
    const text = initialFieldText(name, name === "U" ? 3 : 1, field);
    await writeText(join(directory, "0", name), text);
  }
  for (const [path, dictionary] of Object.entries(dictionaries)) {
    await writeDictionary(directory, path, dictionary);
  }
}

/**
 * Writes one dictionary of a case.
 *
 * @param path Path in the case, such as `system/fvSchemes`
 */
export async function writeDictionary(
  directory: string,
  path: string,
  dictionary: FoamDictionary,
): Promise<void> {
  const header = foamHeader("dictionary", dirname(path), basename(path));
  await writeText(join(directory, path), header + dictionaryText(dictionary));
}

/**
 * Reads the fields of the last written iteration.
 *
 * @param names Names such as `U`
 */
export async function readLastFields<Name extends string>(
  directory: string,
  { owner, patches }: PolyMesh,
  names: readonly Name[],
): Promise<Record<Name, SolvedField>> {
  const cellCount = owner.reduce((max, cell) => Math.max(max, cell), 0) + 1;
  const faceCounts = new Map(patches.map(({ name, count }) => [name, count]));
  const time = join(directory, String(await lastTime(directory)));
  const fields = await Promise.all(names.map(async (name) => {
    const path = join(time, name);
    return [name, readSolvedField(await Deno.readFile(path), path, cellCount, faceCounts)];
  }));
  return Object.fromEntries(fields);
}

/** The largest number among the names of the entries of a directory. */
export async function lastTime(directory: string): Promise<number> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  return Math.max(...entries.map(({ name }) => /^\d+$/.test(name) ? Number(name) : -1));
}

async function writeText(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
