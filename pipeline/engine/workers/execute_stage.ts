/**
 * The call of a stage, the same in a worker and in memory.
 *
 * @module
 */

import type { RecordBatch } from "../../../io/record_batch.ts";
import type { Stage, StageContext } from "../definition/stage.ts";

/** Context of a stage whose options have not been parsed yet. */
export interface UnparsedContext extends Omit<StageContext, "options"> {
  /** As given in the pipeline. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Parses the options of a stage, runs it, and yields its batches; a stage that declares no output
 * yields none.
 *
 * @throws {TypeError} If `run` returns something other than what the stage declares.
 */
export async function* executeStage(
  stage: Stage,
  context: UnparsedContext,
): AsyncGenerator<RecordBatch, void, void> {
  const options = await stage.options.parseAsync(context.options);
  const result: unknown = stage.run({ ...context, options });
  if (stage.output !== undefined) {
    if (!isAsyncIterable(result)) {
      throw new TypeError(
        `Cannot read the output of "${stage.name}": run must be an async generator`,
      );
    }
    yield* result;
    return;
  }
  // A generator would never run.
  if (isAsyncIterable(result)) {
    throw new TypeError(`Cannot run "${stage.name}": it yields batches but declares no output`);
  }
  await result;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<RecordBatch> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
