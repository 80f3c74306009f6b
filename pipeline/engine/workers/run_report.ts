/**
 * What a run tells its caller: events while it lasts and figures when it is over.
 *
 * @module
 */

import type { Progress } from "../definition/stage.ts";

/** Something that happened in one worker; `seconds` count from the start of the run. */
export type RunEvent = RunEventSource & RunEventBody;

/** Where and when an event happened. */
export interface RunEventSource {
  readonly stage: string;
  readonly rank: number;
  readonly seconds: number;
}

/** What happened. */
export type RunEventBody =
  | { readonly type: "started" }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "finished"; readonly report: RankReport };

/** The figures of one worker. */
export interface RankReport {
  readonly rank: number;
  /** Rows read from all inputs. */
  readonly inputRows: number;
  /** Encoded bytes read from all inputs. */
  readonly inputBytes: number;
  /** Rows yielded, each counted once however many stages read it. */
  readonly outputRows: number;
  /** Encoded bytes yielded, counted once. */
  readonly outputBytes: number;
  /** Bytes sent to other ranks of the stage. */
  readonly peerBytes: number;
  /** Time in which the stage waited for nothing that the engine knows of. */
  readonly busySeconds: number;
  /** Time in which it waited for batches to read. */
  readonly inputWaitSeconds: number;
  /** Time in which it waited for room to write. */
  readonly outputWaitSeconds: number;
  /** Time in which it waited for messages of other ranks. */
  readonly peerWaitSeconds: number;
  /** When the stage began to run, from the start of the run. */
  readonly startSeconds: number;
  /** When it ended. */
  readonly endSeconds: number;
}

/** The figures of one stage. */
export interface StageReport {
  /** Name of the module that ran, such as `"train"`. */
  readonly run: string;
  /** By rank. */
  readonly ranks: readonly RankReport[];
}

/** The figures of a whole run. */
export interface RunReport {
  readonly name: string;
  readonly seconds: number;
  /** By name; every producer comes before its consumers. */
  readonly stages: Readonly<Record<string, StageReport>>;
}
