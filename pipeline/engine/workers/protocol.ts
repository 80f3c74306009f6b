/**
 * Messages between the main thread and a worker. Batches are sent from worker to worker, not
 * through the main thread.
 *
 * @module
 */

import type { Schema } from "../../../io/record_batch.ts";
import type { PlainError } from "./plain_error.ts";
import type { RankReport } from "./run_report.ts";
import type { Progress, StageRecord } from "../definition/stage.ts";
import type { RankTape } from "./stage_modes.ts";

/** The only message posted to the worker itself: everything that it needs to run its stage. */
export interface StartMessage {
  /**
   * For all later messages, in both directions; its other end is notified when the worker exits.
   */
  readonly control: MessagePort;
  /** Counters shared with the main thread, of length `WORKER_STATE_LENGTH`. */
  readonly state: Int32Array<SharedArrayBuffer>;
  readonly url: string;
  readonly name: string;
  /** Options as given in the pipeline, not yet parsed. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly rank: number;
  readonly ranks: number;
  readonly directory: string;
  /** The tape to record or to replay; undefined if the stage simply runs. */
  readonly tape: RankTape | undefined;
  readonly channelBytes: number;
  readonly inputs: readonly InputPorts[];
  readonly outputs: readonly OutputPorts[];
  /** By rank; undefined for the worker's own rank, and for all ranks if the stage has no peers. */
  readonly peers: readonly (MessagePort | undefined)[];
}

/** One input: a channel from each rank of the producer that sends to this worker. */
export interface InputPorts {
  /** Output schema of the producer. */
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
  /** End as soon as possible, for the given reason. */
  | { readonly type: "stop"; readonly reason: string }
  /** Begin: a stage that has been loaded waits for this. */
  | { readonly type: "begin" }
  /** Double the limit of the channels that are full. */
  | { readonly type: "grow" };

/** From a worker to the main thread. */
export type WorkerMessage =
  | { readonly type: "started" }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "record"; readonly entry: StageRecord }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "finished"; readonly figures: WorkerFigures }
  | { readonly type: "failed"; readonly error: PlainError };

/** The part of a report that the worker knows. */
export type WorkerFigures = Omit<RankReport, "rank" | "startSeconds" | "endSeconds">;
