/**
 * Files that list other files as steps of one simulation: `.pvd` and `.series` files next to them.
 *
 * @module
 */

import { basename, dirname, extname, join, resolve } from "node:path";
import type { MeshSource, SourceSample } from "./mesh_file.ts";

/** Names of files in a list, by the extension of the list. */
const ENTRIES: Readonly<Record<string, RegExp>> = {
  ".pvd": /<DataSet\b[^>]*\bfile\s*=\s*["']([^"']+)["']/g,
  ".series": /"name"\s*:\s*"([^"]+)"/g,
};

/** Larger lists are of more steps than any simulation has. */
const MAX_LIST_BYTES = 16 * 2 ** 20;

/**
 * Gives the samples of files that a list next to them names as steps one case.
 *
 * @param sources The source of each sample
 * @returns The samples, and a note for each list found
 */
export async function groupListedFiles(
  samples: readonly SourceSample[],
  sources: readonly MeshSource[],
): Promise<{ readonly samples: readonly SourceSample[]; readonly notes: readonly string[] }> {
  const lists = new Map<string, string>();
  for (const folder of new Set(sources.map(({ path }) => dirname(path)))) {
    for (const list of await listsIn(folder)) {
      for (const file of await filesOf(list)) lists.set(file, list);
    }
  }
  const listed = samples.map(({ id, group }, k) =>
    id === group ? lists.get(resolve(sources[k].path)) : undefined
  );
  const notes: string[] = [];
  const cases = new Map<string, string>();
  for (const [list, steps] of Map.groupBy(listed, (list) => list)) {
    if (list === undefined || steps.length < 2) continue;
    cases.set(list, basename(list).replace(/\.(pvd|vt[a-z]+\.series|series)$/i, ""));
    notes.push(
      `${steps.length} files are listed as steps in "${basename(list)}": they are one case; ` +
        "read that file for their times",
    );
  }
  const caseOf = (list: string | undefined) => list === undefined ? undefined : cases.get(list);
  return {
    samples: samples.map((sample, k) => ({ ...sample, group: caseOf(listed[k]) ?? sample.group })),
    notes,
  };
}

/** The lists in a folder. */
async function listsIn(folder: string): Promise<string[]> {
  try {
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    return names.filter((name) => Object.hasOwn(ENTRIES, extname(name).toLowerCase()))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** The files that a list names, as absolute paths; none if it cannot be read. */
async function filesOf(list: string): Promise<string[]> {
  try {
    if ((await Deno.stat(list)).size > MAX_LIST_BYTES) return [];
    const text = await Deno.readTextFile(list);
    const entries = text.matchAll(ENTRIES[extname(list).toLowerCase()]);
    return [...entries].map(([, file]) => resolve(dirname(list), file));
  } catch {
    return [];
  }
}
