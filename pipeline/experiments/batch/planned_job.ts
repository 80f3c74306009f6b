/**
 * A job of a batch that is ready to run.
 *
 * @module
 */

import type { PipelineSpec } from "../../engine/definition/spec.ts";

/** A pipeline that runs in its own process and directory. */
export interface PlannedJob {
  /** Name of its directory. */
  readonly name: string;
  /** Title of its report. */
  readonly title: string;
  /** The command that repeats it, for its report. */
  readonly command?: string | undefined;
  readonly spec: PipelineSpec;
  /** Base of the paths of custom stages. @default the working directory */
  readonly base?: string | undefined;
  /** The job whose model this one starts from; it must finish first. */
  readonly after?: string | undefined;
  /** Maximum number of retries after a failure. @default 0 */
  readonly retries?: number | undefined;
}

/** Names of the stages of a pipeline that train. */
export function trainingsOf({ stages }: PipelineSpec): readonly string[] {
  return Object.keys(stages).filter((name) => stages[name]?.run === "train");
}
