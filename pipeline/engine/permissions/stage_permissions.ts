/**
 * What the worker of a stage may do: read its own code, the files that it is there for, and what
 * the pipeline says.
 *
 * @module
 */

import { dirname, extname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Permission, PermissionError, type PermissionKind } from "../../../errors.ts";
import type { CodeHasher } from "../definition/code_hash.ts";
import { areWorkersConfined } from "./confined_workers.ts";
import { type ReadingStage, readPaths } from "../definition/read_paths.ts";
import { PERMISSION_KINDS, type StagePermissions } from "../definition/spec.ts";
import type { Stage } from "../definition/stage.ts";

/** Permissions as lists; what is not in them is not allowed. */
export type PermissionLists = Readonly<Record<PermissionKind, readonly string[]>>;

/** As much of a stage as its permissions depend on. */
export interface PermittedStage extends ReadingStage {
  readonly url: URL;
  /** The directory of the pipeline: modules of the user's own lie there, or beside the stage. */
  readonly base: URL;
  /** The stage itself, if it is built in: what it says of its files is true. */
  readonly builtIn: Stage | undefined;
  /** What the pipeline allows beside, with absolute paths. */
  readonly permissions: PermissionLists;
}

/** Where the project lies, and where its modules import more than modules: kernels and settings. */
const PROJECT = new URL("../../../", import.meta.url);
const CODE = ["deno.json", "io/", "kernels/", "pipeline/"].map((path) =>
  new URL(path, PROJECT).href
);

/** What may be imported from elsewhere: not a text of any kind. */
const MODULE = /^\.([cm]?[jt]sx?|wasm)$/;

/** What the pipeline allows a stage, with paths made absolute. */
export function givenPermissions(given: StagePermissions | undefined, base: URL): PermissionLists {
  const directory = base.protocol === "file:" ? fileURLToPath(new URL(".", base)) : Deno.cwd();
  const paths = (list: readonly string[] = []) => list.map((path) => resolve(directory, path));
  const { read, write, net = [], env = [] } = given ?? {};
  return { read: paths(read), write: paths(write), net, env };
}

/**
 * What it takes to import the module of a stage: its code, and what the pipeline allows.
 *
 * Of the project all files count that the module imports, directly or not. Of the user's own only
 * modules do, in the directory of the pipeline or that of the stage: a stage must not get at a file
 * by importing it as text.
 */
export async function importPermissions(
  { url, base, permissions }: Pick<PermittedStage, "url" | "base" | "permissions">,
  code: CodeHasher,
): Promise<PermissionLists> {
  const files = (await code.files(url)).filter((href) => href.startsWith("file:"));
  const homes = await Promise.all([PROJECT, base, url].map(realDirectory));
  const readable = await Promise.all(files.map(async (href) => {
    const path = fileURLToPath(href);
    if (CODE.some((place) => href.startsWith(place))) return [path];
    // A link may lead anywhere.
    const real = await realPath(path);
    return real !== undefined && MODULE.test(extname(real)) &&
        homes.some((home) => isIn(real, home))
      ? [path]
      : [];
  }));
  return { ...permissions, read: [...readable.flat(), ...permissions.read] };
}

/**
 * What the worker of a stage may do in a run.
 *
 * The directory of the run is there for all that do not declare to leave it alone. Built-in stages
 * may use what their options name; what a stage of the user's own declares gives it nothing.
 */
export async function workerPermissions(
  stage: PermittedStage,
  directory: string,
  code: CodeHasher,
): Promise<PermissionLists> {
  const { read, write, net, env } = await importPermissions(stage, code);
  const places = stage.stage.usesDirectory === false ? [] : [resolve(directory)];
  const sources = stage.builtIn === undefined
    ? []
    : readPaths(stage).map(([, path]) => resolve(path));
  // What is written whole is first written beside its place.
  const targets = (stage.builtIn?.repeats?.writes?.(stage.resolved) ?? []).map((path) =>
    dirname(resolve(directory, path))
  );
  const written = [...places, ...targets];
  return { read: [...read, ...sources, ...written], write: [...write, ...written], net, env };
}

/**
 * Makes sure that the process has what it is to give to the workers of stages, by their names.
 *
 * @throws {PermissionError} If not, with all that is missing.
 */
export function checkGranted(stages: ReadonlyMap<string, PermissionLists>): void {
  const has = granted();
  const lacks = [...stages].map(([stage, lists]) => ({
    stage,
    missing: permissionsOf(lists).filter((one) => !has(one)),
  }))
    .filter(({ missing }) => missing.length > 0);
  if (lacks.length === 0) return;
  const what = lacks.map(({ stage, missing }) =>
    `${missing.map(({ name, value }) => `${name} access to "${value}"`).join(", ")} for ` +
    `stage "${stage}"`
  );
  throw new PermissionError(
    `Cannot give stages what the command itself must have first: ${what.join("; ")}`,
    lacks.flatMap(({ missing }) => missing),
  );
}

/** Permissions one by one. */
function permissionsOf(lists: PermissionLists): readonly Permission[] {
  return PERMISSION_KINDS.flatMap((name) =>
    [...new Set(lists[name])].map((value) => ({ name, value }))
  );
}

/**
 * Whether the process has a permission. Stages share most of their code: Deno is asked once for
 * each file.
 */
function granted(): (permission: Permission) => boolean {
  const answers = new Map<string, boolean>();
  return (permission) => {
    const key = `${permission.name} ${permission.value}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = Deno.permissions.querySync(descriptorOf(permission)).state === "granted";
    answers.set(key, answer);
    return answer;
  };
}

function descriptorOf({ name, value }: Permission): Deno.PermissionDescriptor {
  if (name === "net") return { name, host: value };
  return name === "env" ? { name, variable: value } : { name, path: value };
}

/** Permissions as a worker takes them; it has no others. */
export function workerOptions(
  { read, write, net, env }: PermissionLists,
): Pick<WorkerOptions, "deno"> {
  return {
    deno: { permissions: { read: [...read], write: [...write], net: [...net], env: [...env] } },
  };
}

/**
 * The message of an error; where it says that a confined stage lacks a permission, with the remedy.
 */
export function withRemedy(message: string): string {
  if (!areWorkersConfined()) return message;
  return message.replace(
    /Requires (\w+) access(?: to "([^"]*)")?, run again with the --allow-\w+ flag/,
    (_, name: string, value: string | undefined) => {
      const access = `no ${name} access${value === undefined ? "" : ` to "${value}"`}`;
      return value !== undefined && PERMISSION_KINDS.some((kind) => kind === name)
        ? `${access} as its permissions do not name it; if it needs that, add permissions: { ` +
          `${name}: ` +
          `[${JSON.stringify(value)}] } to the stage in the pipeline`
        : `${access} as no stage can have that`;
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
    // An import in a comment may name nothing.
    return undefined;
  }
}

function isIn(path: string, directory: string | undefined): boolean {
  if (directory === undefined) return false;
  const way = relative(directory, path);
  return way !== ".." && !way.startsWith(`..${sep}`);
}
