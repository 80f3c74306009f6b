/**
 * Output of a command that is its result, such as JSON for another program.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { writeFailure } from "../../io/atomic_write.ts";
import { OutputGuard } from "../../pipeline/engine/workers/guarded_output.ts";

let guard: OutputGuard | undefined;

/** Guards what a command prints; a failed write does not end it. */
export function guardOutput(): OutputGuard {
  return guard = new OutputGuard();
}

/** Why a part of the output is missing; undefined if none is, or nothing reads it any more. */
export function missingOutput(): string | undefined {
  const failure = guard?.failure;
  if (failure === undefined || failure instanceof Deno.errors.BrokenPipe) return undefined;
  return writeFailure(failure);
}

/**
 * Prints the result of a command.
 *
 * @param what Name of the result, such as "summary"
 * @throws {DataError} If it cannot be printed, as to a file on a full disk.
 */
export function printResult(what: string, text: string): void {
  console.log(text);
  const reason = missingOutput();
  if (reason !== undefined) throw new DataError(`Cannot print the ${what}: ${reason}`);
}
