/**
 * What a stage of the user's own is: its module is imported in a worker that may do no more than
 * the stage.
 *
 * @module
 */

import { recordHungThread } from "./hung_threads.ts";
import type { PermissionLists } from "../permissions/stage_permissions.ts";
import { startWorker } from "./start_worker.ts";
import type { Repeats, StageDeclaration } from "../definition/stage.ts";

/** What the worker is asked. */
export interface DescribeMessage {
  readonly url: string;
  readonly options: readonly GivenOptions[];
}

/** Options of a stage, and where they stand in the pipeline. */
export interface GivenOptions {
  readonly values: unknown;
  readonly path: string;
}

/** What the schema of a stage says of options. */
export interface DescribedOptions {
  /** One sentence for each. */
  readonly problems: readonly string[];
  /**
   * With defaults filled in, if there are no problems; as given where they cannot go to another
   * thread.
   */
  readonly resolved?: unknown;
  /** The files that the stage states to write with them. */
  readonly writes?: readonly string[] | undefined;
}

/** A stage as plain data. */
export type StageDescription = Omit<StageDeclaration, "repeats"> & {
  readonly repeats?: Omit<Repeats, "writes"> | undefined;
  readonly options: readonly DescribedOptions[];
};

/** A module is there to be imported: longer than this it only loads if it waits for something. */
const IMPORT_SECONDS = 30;

/**
 * Imports a stage in a worker of its own and has it check options.
 *
 * @param permissions All that the module may do. @default what the process may
 * @throws {Error} If the module cannot be imported or is no stage; the message is the end of a
 * sentence.
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
