/**
 * What the main thread and a worker say to each other; batches go past the main thread, from worker
 * to worker.
 *
 * @module
 */

import type { Schema } from "../../../io/record_batch.ts";
import type { RankReport } from "./run_report.ts";
import type { Progress } from "../definition/stage.ts";
import type { RankTape } from "./stage_modes.ts";

/** The first and only message that a worker gets as such: all that it needs to run its stage. */
export interface StartMessage {
  /**
   * For everything that is said later, in both directions. Its other end is told when the worker is
   * gone.
   */
  readonly control: MessagePort;
  /** Words shared with the main thread, of length `WORKER_STATE_LENGTH`. */
  readonly state: Int32Array<SharedArrayBuffer>;
  readonly url: string;
  readonly name: string;
  /** As given in the pipeline, not yet parsed. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly rank: number;
  readonly ranks: number;
  readonly directory: string;
  /**
   * Where the output is recorded, or what is played in place of the stage; undefined where it
   * simply runs.
   */
  readonly tape: RankTape | undefined;
  readonly channelBytes: number;
  readonly inputs: readonly InputPorts[];
  readonly outputs: readonly OutputPorts[];
  /** By rank; undefined at the worker's own place, and everywhere if the stage has no peers. */
  readonly peers: readonly (MessagePort | undefined)[];
}

/** One input: a channel from each rank of the producer that sends here. */
export interface InputPorts {
  /** What the producer declares. */
  readonly schema: Schema;
  readonly ports: readonly MessagePort[];
}

/** One consumer of the output: a channel to each of its ranks that this worker sends to. */
export interface OutputPorts {
  readonly consumer: string;
  readonly ports: readonly MessagePort[];
}

/** From the main thread to a worker. */
export type WorkerCommand =
  /** End as soon as possible; `reason` is why. */
  | { readonly type: "stop"; readonly reason: string }
  /** The run goes ahead: until this is said, a stage is loaded and does nothing. */
  | { readonly type: "go" }
  /** Double the bound of the channels that are waited for. */
  | { readonly type: "grow" };

/** From a worker to the main thread; `seconds` count from the worker's `started`. */
export type WorkerMessage =
  | { readonly type: "started" }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "finished"; readonly figures: WorkerFigures }
  | { readonly type: "failed"; readonly error: PlainError };

/** What a worker knows of its report. */
export type WorkerFigures = Omit<RankReport, "rank" | "startSeconds" | "endSeconds">;

/** An error as plain data: its class and own fields would not survive the way to another thread. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: PlainError | undefined;
}

/** The error with its causes, as plain data. */
export function packError(error: unknown): PlainError {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), stack: undefined, cause: undefined };
  }
  const cause = error.cause === undefined ? undefined : packError(error.cause);
  return { name: error.name, message: error.message, stack: error.stack, cause };
}

/** An error with the name, the message, the stack and the causes of the one packed. */
export function unpackError(plain: PlainError): Error {
  const error = new Error(plain.message, plain.cause && { cause: unpackError(plain.cause) });
  error.name = plain.name;
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
