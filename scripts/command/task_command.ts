/**
 * The commands and permissions of tasks. `deno.json` is the only place that defines them.
 *
 * @module
 */

import { isAbsolute, relative, resolve, sep } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { type Permission, PermissionError } from "../../errors.ts";
import { shellWord } from "./command_text.ts";

type PermissionSet = Readonly<Record<string, boolean | readonly string[] | undefined>>;

const PERMISSION_SETS: Readonly<Record<string, PermissionSet>> = config.permissions;

/**
 * Flags of Deno for a child process with the permissions of `deno task pipeline`.
 *
 * @param directory Where the process writes; outside the project, the flags allow that too
 */
export function pipelineFlags(directory: string): readonly string[] {
  const flags = config.tasks.pipeline.command.split(" ").filter((word) => word.startsWith("-"));
  const path = resolve(directory);
  return isInside(path, Deno.cwd()) ? flags : [...flags, extendedFlag("pipeline", "write", [path])];
}

/**
 * A Deno process, by the name `deno` unless the running executable itself is allowed. Its paths are
 * relative to its working directory, not to the folder in which the user stands.
 *
 * @throws {PermissionError} If neither may be started.
 */
export function denoCommand(options: Deno.CommandOptions): Deno.Command {
  const running = Deno.execPath();
  const allowed = [running, "deno"].find((command) =>
    Deno.permissions.querySync({ name: "run", command }).state === "granted"
  );
  const env = { INIT_CWD: "", ...options.env };
  if (allowed !== undefined) return new Deno.Command(allowed, { ...options, env });
  throw new PermissionError(
    "Cannot start a Deno process: there must be a deno on the PATH, found none; put " +
      `"${running}" there`,
    [{ name: "run", value: running }],
  );
}

/**
 * The command of a task with more permissions:
 * `deno run -P=pipeline --allow-write=.,/data scripts/pipeline.ts darcy`.
 *
 * @returns `undefined` for a task that is not in `deno.json`
 */
export function allowingCommand(
  task: string,
  args: readonly string[],
  missing: readonly Permission[],
): string | undefined {
  const { command } = Object.entries(config.tasks).find(([name]) => name === task)?.[1] ?? {};
  if (command === undefined) return undefined;
  const [setFlag, set] = command.match(/-P=(\S+)/)!;
  const values = Map.groupBy(missing, ({ name }) => name);
  const flags = [...values].map(([name, permissions]) =>
    shellWord(extendedFlag(set, name, permissions.map(({ value }) => value)))
  );
  const allowing = command.replace(setFlag, [setFlag, ...flags].join(" "));
  return [allowing, ...args.map(shellWord)].join(" ");
}

/** Whether a path is a directory or lies in it. */
export function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return !isAbsolute(way) && way.split(sep)[0] !== "..";
}

/** A flag with the values of a set and more: a flag replaces what the set allows of its kind. */
function extendedFlag(set: string, name: string, more: readonly string[]): string {
  const values = PERMISSION_SETS[set][name];
  if (typeof values === "boolean") return `--allow-${name}`;
  // A port of the set that is missing was given up, as those of the viewer are: only its host
  // grants it.
  const added = more.map((value) =>
    name === "net" && values?.includes(value) ? value.replace(/:\d+$/, "") : value
  );
  // A comma separates values, and two commas stand for one within a value.
  const list = [...values ?? [], ...added].map((value) => value.replaceAll(",", ",,")).join(",");
  return `--allow-${name}=${list}`;
}
