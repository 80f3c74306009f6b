/**
 * Finds and imports the module that the `run` of a stage names. The importing thread runs its code:
 * the main thread imports built-in stages only, a worker the stage that it describes or runs.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";
import { didYouMean, messageOf } from "../../../errors.ts";
import type { Stage } from "./stage.ts";

/** Modules of the built-in stages by name, as absolute URLs. */
export type StageRegistry = Readonly<Record<string, string | URL>>;

/**
 * Returns the module that `run` names: that of a built-in stage, or a path or URL relative to
 * `base`.
 *
 * @throws {RangeError} If it is neither; the message is the end of a sentence.
 */
export function resolveStage(run: string, registry: StageRegistry, base: URL): URL {
  if (Object.hasOwn(registry, run)) return new URL(registry[run]);
  if (!looksLikeModule(run)) {
    throw new RangeError(
      `no built-in stage "${run}", ${didYouMean(run, Object.keys(registry))} ` +
        `(a custom stage is named by a path such as "./${run}.ts")`,
    );
  }
  if (!URL.canParse(run, base)) throw new RangeError(`"${run}" is not a URL`);
  return new URL(run, base);
}

/**
 * Imports a module and returns the stage that it default-exports.
 *
 * @throws {Error} If the module cannot be imported; the message is the end of a sentence.
 * @throws {TypeError} If it exports something other than a stage; the message is the end of a
 * sentence.
 */
export async function loadStage(url: URL): Promise<Stage> {
  let module: { readonly default?: unknown };
  try {
    module = await import(url.href);
  } catch (error) {
    throw new Error(importProblem(url, error), { cause: error });
  }
  if (module.default === undefined) {
    throw new TypeError(`${url} has no default export; write export default defineStage({ ... })`);
  }
  const problem = stageProblem(module.default);
  if (problem !== undefined) {
    throw new TypeError(
      `the default export of ${url} is not a stage: ${problem}; ` +
        "create it with defineStage({ ... })",
    );
  }
  return module.default as Stage;
}

function looksLikeModule(run: string): boolean {
  return run.includes("/") || /\.m?[jt]s$/.test(run) || /^[a-z]+:/.test(run);
}

function importProblem(url: URL, error: unknown): string {
  const message = stripVTControlCharacters(messageOf(error));
  if (message.startsWith(`Module not found "${url}"`)) {
    return `there is no module ${url}; check the path`;
  }
  return `importing ${url} failed: ${message}`;
}

function stageProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) {
    return `it is ${value === null ? "null" : typeof value}`;
  }
  const stage: Partial<Stage> = value;
  if (typeof stage.name !== "string") return "it has no name";
  if (typeof stage.options?.safeParseAsync !== "function") {
    return "its options are not a zod schema";
  }
  if (!Array.isArray(stage.inputs)) return "its inputs are not an array of schemas";
  if (typeof stage.run !== "function") return "it has no run function";
  return undefined;
}
