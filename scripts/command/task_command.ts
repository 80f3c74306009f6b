/**
 * What the tasks of the project may do: `deno.json` is the only place that says so.
 *
 * @module
 */

import { isAbsolute, relative, resolve, sep } from "node:path";
import config from "../../deno.json" with { type: "json" };
import type { Permission } from "../../errors.ts";
import { shellWord } from "./command_text.ts";

/**
 * Flags of Deno with which `deno task pipeline` runs; where `directory` is elsewhere, they allow to
 * write there too.
 */
export function pipelineFlags(directory: string): readonly string[] {
  const flags = config.tasks.pipeline.command.split(" ").filter((word) => word.startsWith("--"));
  const path = resolve(directory);
  return isInside(path, Deno.cwd())
    ? flags
    : flags.map((flag) => withValue(flag, "write", flagValue(path)));
}

/**
 * The command of a task that may do what the task may not:
 * `deno run --allow-write=.,/data scripts/pipeline.ts darcy`.
 *
 * @param task Its name; of one that is not in `deno.json` the command is not known
 */
export function allowingCommand(
  task: string,
  args: readonly string[],
  missing: readonly Permission[],
): string | undefined {
  const { command } = Object.entries(config.tasks).find(([name]) => name === task)?.[1] ?? {};
  if (command === undefined) return undefined;
  const allowing = missing.reduce((flags, { name, value }) => {
    const word = shellWord(flagValue(value));
    const longer = withValue(flags, name, word);
    // What a task may not do at all has no flag yet.
    return longer === flags
      ? flags.replace("deno run", `deno run --allow-${name}=${word}`)
      : longer;
  }, command);
  return [allowing, ...args.map(shellWord)].join(" ");
}

/** Whether a path is that of a directory, or of something in it. */
export function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return !isAbsolute(way) && way.split(sep)[0] !== "..";
}

/** Flags with one more value of the permission; as they are where none of them has its values. */
function withValue(flags: string, permission: string, value: string): string {
  return flags.replace(new RegExp(`--allow-${permission}=\\S+`), (flag) => `${flag},${value}`);
}

/** Commas separate values, and two of them are one in a value. */
function flagValue(value: string): string {
  return value.replaceAll(",", ",,");
}
