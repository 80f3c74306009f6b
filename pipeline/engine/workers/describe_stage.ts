/**
 * Describes a custom stage as plain data. Its module is imported in a worker that has the
 * permissions of the stage only.
 *
 * @module
 */

import { recordHungThread } from "./hung_threads.ts";
import type { PermissionLists } from "../permissions/stage_permissions.ts";
import { startWorker } from "./start_worker.ts";
import type { Repeats, StageDeclaration } from "../definition/stage.ts";

/** Request to the worker. */
export interface DescribeMessage {
  readonly url: string;
  readonly options: readonly GivenOptions[];
}

/** Options of a stage, with their path in the pipeline. */
export interface GivenOptions {
  readonly values: unknown;
  readonly path: string;
}

/** Result of checking options against the schema of a stage. */
export interface DescribedOptions {
  /** One sentence for each problem. */
  readonly problems: readonly string[];
  /**
   * Options with defaults, if there are no problems; as given if they cannot be sent to another
   * thread.
   */
  readonly resolved?: unknown;
  /** Files that the stage declares to write with these options. */
  readonly writes?: readonly string[] | undefined;
}

/** Declaration of a stage as plain data, with the results for each set of options. */
export type StageDescription = Omit<StageDeclaration, "repeats"> & {
  readonly repeats?: Omit<Repeats, "writes"> | undefined;
  readonly options: readonly DescribedOptions[];
};

/** Time limit for an import: a stage module only takes longer if it waits for something. */
const IMPORT_SECONDS = 30;

/**
 * Imports a stage in a new worker and checks options there.
 *
 * @param permissions Permissions of the worker; undefined for those of the process.
 * @throws {Error} If the module cannot be imported or does not export a stage; the message is the
 * end of a sentence.
 */
export async function describeStage(
  url: URL,
  options: readonly GivenOptions[],
  permissions: PermissionLists | undefined,
): Promise<StageDescription> {
  const worker = startWorker(new URL("./describe_worker.ts", import.meta.url), permissions);
  const { promise, resolve, reject } = Promise.withResolvers<StageDescription | string>();
  const timer = setTimeout(() => {
    recordHungThread();
    reject(new Error(`importing ${url} took over ${IMPORT_SECONDS} s`));
  }, 1000 * IMPORT_SECONDS);
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  try {
    const message: DescribeMessage = { url: url.href, options };
    worker.postMessage(message);
    const description = await promise;
    if (typeof description === "string") throw new Error(description);
    return description;
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}
