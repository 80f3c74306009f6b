/**
 * Permissions of the workers of one stage: to read its code, to use the files that it works on, and
 * those that the pipeline grants.
 *
 * @module
 */

import { dirname, extname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Permission, PermissionError, type PermissionKind } from "../../../errors.ts";
import { linkedFiles } from "../../../io/store_files.ts";
import type { CodeHasher } from "../definition/code_hash.ts";
import { areWorkersConfined } from "./confined_workers.ts";
import { type ReadingStage, readPaths } from "../definition/read_paths.ts";
import { PERMISSION_KINDS, type StagePermissions } from "../definition/spec.ts";
import type { Stage } from "../definition/stage.ts";

/** Permissions as lists; anything else is denied. */
export type PermissionLists = Readonly<Record<PermissionKind, readonly string[]>>;

/** The properties of a stage that determine its permissions. */
export interface PermittedStage extends ReadingStage {
  readonly url: URL;
  /** Directory of the pipeline; custom modules are there or next to the stage. */
  readonly base: URL;
  /** The stage itself, if it is built in: only then is its declaration of files trusted. */
  readonly builtIn: Stage | undefined;
  /** Further permissions that the pipeline grants, with absolute paths. */
  readonly permissions: PermissionLists;
}

/** Root of this package, and the paths from which its modules also import WGSL, WASM and JSON. */
const PACKAGE_ROOT = new URL("../../../", import.meta.url);
const PACKAGE_CODE = ["deno.json", "io/", "kernels/", "pipeline/"].map((path) =>
  new URL(path, PACKAGE_ROOT).href
);

/** Extensions of files that custom code may import: modules, not text. */
const MODULE_EXTENSION = /^\.([cm]?[jt]sx?|wasm)$/;

/** Returns the permissions that a pipeline grants a stage, with absolute paths. */
export function givenPermissions(given: StagePermissions | undefined, base: URL): PermissionLists {
  const directory = base.protocol === "file:" ? fileURLToPath(new URL(".", base)) : Deno.cwd();
  const paths = (list: readonly string[] = []) => list.map((path) => resolve(directory, path));
  const { read, write, net = [], env = [] } = given ?? {};
  return { read: paths(read), write: paths(write), net, env };
}

/**
 * Returns the permissions to import the module of a stage: its code, and what the pipeline grants.
 *
 * The code includes all files of this package that the module imports, directly or indirectly. For
 * custom code it only includes modules in the directory of the pipeline or of the stage: a stage
 * must not read a file by importing it as text.
 */
export async function importPermissions(
  { url, base, permissions }: Pick<PermittedStage, "url" | "base" | "permissions">,
  code: CodeHasher,
): Promise<PermissionLists> {
  const files = (await code.files(url)).filter((href) => href.startsWith("file:"));
  const homes = await Promise.all([PACKAGE_ROOT, base, url].map(realDirectory));
  const readable = await Promise.all(files.map(async (href) => {
    const path = fileURLToPath(href);
    if (PACKAGE_CODE.some((prefix) => href.startsWith(prefix))) return [path];
    // A symbolic link may point anywhere.
    const real = await realPath(path);
    return real !== undefined && MODULE_EXTENSION.test(extname(real)) &&
        homes.some((home) => isIn(real, home))
      ? [path]
      : [];
  }));
  return { ...permissions, read: [...readable.flat(), ...permissions.read] };
}

/**
 * Returns the permissions of the worker of a stage in a run.
 *
 * They include the directory of the run unless the stage declares not to use it. Built-in stages
 * may use the files that their options name, and those that links in these lead to; the
 * declarations of a custom stage grant it nothing.
 */
export async function workerPermissions(
  stage: PermittedStage,
  directory: string,
  code: CodeHasher,
): Promise<PermissionLists> {
  const { read, write, net, env } = await importPermissions(stage, code);
  const directories = stage.stage.usesDirectory === false ? [] : [resolve(directory)];
  const sources = stage.builtIn === undefined
    ? []
    : await withLinkedFiles(readPaths(stage).map(([, path]) => resolve(path)));
  // Files are first written next to their final path.
  const targets = (stage.builtIn?.repeats?.writes?.(stage.resolved) ?? []).map((path) =>
    dirname(resolve(directory, path))
  );
  const written = [...directories, ...targets];
  return { read: [...read, ...sources, ...written], write: [...write, ...written], net, env };
}

/** Adds the files that links in folders of data lead to, as in caches that hold only links. */
async function withLinkedFiles(paths: readonly string[]): Promise<string[]> {
  const linked = await Promise.all(paths.map(linkedFiles));
  return [...paths, ...linked.flat()];
}

/**
 * Checks that the process has the permissions of the workers of all stages, by their names.
 *
 * @throws {PermissionError} If it lacks any; lists all of those.
 */
export function checkGranted(stages: ReadonlyMap<string, PermissionLists>): void {
  const has = granted();
  const lacks = [...stages].map(([stage, lists]) => ({
    stage,
    missing: permissionsOf(lists).filter((one) => !has(one)),
  }))
    .filter(({ missing }) => missing.length > 0);
  if (lacks.length === 0) return;
  const list = lacks.map(({ stage, missing }) => {
    const accesses = missing.map(({ name, value }) => `${name} access to "${value}"`);
    return `${accesses.join(", ")} for stage "${stage}"`;
  });
  throw new PermissionError(
    `Cannot grant permissions to stages: the command itself must have ${list.join("; ")}`,
    lacks.flatMap(({ missing }) => missing),
  );
}

/** Flattens lists of permissions. */
function permissionsOf(lists: PermissionLists): readonly Permission[] {
  return PERMISSION_KINDS.flatMap((name) =>
    [...new Set(lists[name])].map((value) => ({ name, value }))
  );
}

/** Returns a check of a permission of the process that queries Deno once for each file. */
function granted(): (permission: Permission) => boolean {
  const answers = new Map<string, boolean>();
  return (permission) => {
    const key = `${permission.name} ${permission.value}`;
    const saved = answers.get(key);
    if (saved !== undefined) return saved;
    const isGranted = Deno.permissions.querySync(descriptorOf(permission)).state === "granted";
    answers.set(key, isGranted);
    return isGranted;
  };
}

function descriptorOf({ name, value }: Permission): Deno.PermissionDescriptor {
  if (name === "net") return { name, host: value };
  return name === "env" ? { name, variable: value } : { name, path: value };
}

/** Returns the options of a worker that has these permissions and no others. */
export function workerOptions(
  { read, write, net, env }: PermissionLists,
): Pick<WorkerOptions, "deno"> {
  return {
    deno: { permissions: { read: [...read], write: [...write], net: [...net], env: [...env] } },
  };
}

/** Returns the message of an error, with the remedy if a confined stage lacks a permission. */
export function withRemedy(message: string): string {
  if (!areWorkersConfined()) return message;
  return message.replace(
    /Requires (\w+) access(?: to "([^"]*)")?, run again with the --allow-\w+ flag/,
    (_, name: string, value: string | undefined) => {
      const access = `no ${name} access${value === undefined ? "" : ` to "${value}"`}`;
      return value !== undefined && PERMISSION_KINDS.some((kind) => kind === name)
        ? `${access}: its permissions do not include it; if the stage needs it, add ` +
          `permissions: { ${name}: [${JSON.stringify(value)}] } to the stage in the pipeline`
        : `${access}: stages cannot be granted it`;
    },
  );
}

async function realDirectory(url: URL): Promise<string | undefined> {
  return url.protocol === "file:" ? await realPath(fileURLToPath(new URL(".", url))) : undefined;
}

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch {
    // A commented-out import may name a missing file.
    return undefined;
  }
}

function isIn(path: string, directory: string | undefined): boolean {
  if (directory === undefined) return false;
  const steps = relative(directory, path);
  return steps !== ".." && !steps.startsWith(`..${sep}`);
}
