/**
 * TypeScript files of users that default-export data: pipelines and lists of jobs. Whoever names
 * one runs it, with all that the command may do; the stages that a pipeline names may do less.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../../errors.ts";
import type { PipelineSpec } from "../../pipeline/engine/definition/spec.ts";
import { withinSeconds } from "./within_seconds.ts";

/** Such a file is data: longer than this it only loads if it waits for something. */
const IMPORT_SECONDS = 30;

/**
 * What a file default-exports.
 *
 * @param kind What it is, for errors
 * @throws {UserError} If it cannot be imported.
 */
export async function importDefault(path: string, kind: string): Promise<unknown> {
  const url = pathToFileURL(resolve(path)).href;
  try {
    const module: { readonly default?: unknown } = await withinSeconds(
      IMPORT_SECONDS,
      import(url),
      new Error(`it did not load within ${IMPORT_SECONDS} s`),
    );
    return module.default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new UserError(`Cannot read ${kind} "${path}": ${reason}`, { cause });
  }
}

/** The pipeline that a file default-exports. @throws {UserError} If it has none. */
export async function importPipeline(path: string): Promise<PipelineSpec> {
  const pipeline = await importDefault(path, "pipeline") as PipelineSpec | undefined;
  if (typeof pipeline?.stages === "object") return pipeline;
  throw new UserError(
    `Cannot run "${path}": it must default-export a pipeline: export default ` +
      "definePipeline({ ... })",
  );
}
