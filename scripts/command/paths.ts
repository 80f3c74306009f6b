/**
 * Paths as users give them. `deno task` runs in the folder of the project and passes the folder in
 * which the user stands as `INIT_CWD`: relative paths of a command are resolved against that one.
 *
 * @module
 */

import { dirname, isAbsolute, join, parse, resolve } from "node:path";
import { DataError, nearestName } from "../../errors.ts";

/** Files in a folder above which no similar name is suggested. */
const MAX_CANDIDATES = 10_000;

/** The folder in which the user stands. */
export function userDirectory(): string {
  const permission = { name: "env", variable: "INIT_CWD" } as const;
  if (Deno.permissions.querySync(permission).state !== "granted") return Deno.cwd();
  return Deno.env.get("INIT_CWD") || Deno.cwd();
}

/** A path of the user: unchanged in the folder of the project or if absolute, else absolute. */
export function userPath(path: string): string {
  return isAbsolute(path) || isInProject() ? path : resolve(userDirectory(), path);
}

/** A path in the project, as the user can use it: absolute if the user stands elsewhere. */
export function projectPath(path: string): string {
  return isInProject() ? path : resolve(path);
}

/**
 * The path of a file or folder that a command reads.
 *
 * @throws {DataError} If there is none, with the folder that a relative path was resolved against.
 */
export function existingPath(path: string): string {
  if (path === "") throw new DataError("Cannot open a file: its path must not be empty");
  const found = userPath(path);
  if (exists(found)) return found;
  const where = isAbsolute(path) ? "" : ` in "${userDirectory()}"`;
  throw new DataError(
    `Cannot open "${path}": no such file or directory${where}${similarPath(path, found)}`,
  );
}

/**
 * The path of a file or folder that a pipeline or a list of jobs names: relative to the folder in
 * which the user stands, or to that of the project if only the latter has it.
 */
export function namedPath(path: string): string {
  const found = userPath(path);
  return !exists(found) && exists(path) ? projectPath(path) : found;
}

/** Whether the user stands in the folder of the project, in which the command runs. */
export function isInProject(): boolean {
  return userDirectory() === Deno.cwd();
}

/** Whether there is a file or folder, or a link to a missing one, which its reader reports. */
function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    // It exists but cannot be read: its reader reports why.
    return true;
  }
}

/** The end of a sentence with a path of the same folder that resembles one that is missing. */
function similarPath(path: string, resolved: string): string {
  let names: readonly string[];
  try {
    names = [...Deno.readDirSync(dirname(resolved))].map(({ name }) => name);
  } catch {
    return `; there is no folder "${dirname(path)}" either`;
  }
  if (names.length > MAX_CANDIDATES) return "";
  // Endings are alike, so they would make any short names similar.
  const stem = nearestName(parse(path).name, names.map((name) => parse(name).name));
  const nearest = names.find((name) => parse(name).name === stem);
  return nearest === undefined ? "" : `, did you mean "${join(dirname(path), nearest)}"?`;
}
