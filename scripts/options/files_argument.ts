/**
 * Files, folders and patterns as arguments of commands.
 *
 * @module
 */

import { Argument } from "commander";
import { join, parse } from "node:path";
import { DataError } from "../../errors.ts";
import { naturalOrder } from "../../io/mesh_file/mesh_format.ts";
import { isPattern, nameMatcher } from "../../pipeline/datasets/name_pattern.ts";
import { existingPath, userDirectory, userPath } from "../command/paths.ts";

/** Declares the argument `files...`: files, folders and patterns such as `'run_*.vtu'`. */
export function filesArgument(description: string): Argument {
  return new Argument("<files...>", description);
}

/**
 * The files and folders that arguments mean, each once, in natural order.
 *
 * @throws {DataError} If one does not exist, or a pattern matches nothing
 */
export async function namedFiles(args: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const arg of args) {
    if (!isPattern(arg) || await exists(userPath(arg))) {
      found.add(existingPath(arg));
      continue;
    }
    const matches = await filesLike(userPath(arg));
    if (matches.length === 0) {
      throw new DataError(
        `Cannot open "${arg}": no file in "${userDirectory()}" matches this pattern`,
      );
    }
    for (const match of matches) found.add(match);
  }
  return naturalOrder(new Set([...found].map((path) => join(path))));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** The files and folders whose paths match a pattern. */
async function filesLike(pattern: string): Promise<string[]> {
  const { root } = parse(pattern);
  let found = [root];
  for (const part of pattern.slice(root.length).split(/[\\/]+/)) {
    if (!isPattern(part)) {
      found = found.map((folder) => join(folder, part));
      continue;
    }
    const matches = nameMatcher(part);
    const below = await Promise.all(found.map(namesIn));
    found = found.flatMap((folder, k) =>
      below[k].filter((name) => matches(name) && !name.startsWith(".")).map((name) =>
        join(folder, name)
      )
    );
  }
  const isThere = await Promise.all(found.map(exists));
  return found.filter((_, k) => isThere[k]);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder || "."))).map(({ name }) => name);
  } catch {
    return [];
  }
}
