/**
 * TypeScript files of users that default-export data: pipelines and lists of jobs. Such a file runs
 * with all permissions of the command; the stages that a pipeline names have fewer.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../../errors.ts";
import type { PipelineSpec } from "../../pipeline/engine/definition/spec.ts";
import { withinSeconds } from "./within_seconds.ts";

/** Such a file is data; if it takes longer than this, it waits for something. */
const IMPORT_SECONDS = 30;

/**
 * The default export of a file.
 *
 * @param kind Its kind, for errors
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
