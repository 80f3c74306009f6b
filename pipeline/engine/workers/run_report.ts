/**
 * Events of a run while it lasts, and its figures when it has ended.
 *
 * @module
 */

import type { Progress, StageRecord } from "../definition/stage.ts";

/** An event in one worker. */
export type RunEvent = RunEventSource & RunEventBody;

/** The worker and time of an event. */
export interface RunEventSource {
  readonly stage: string;
  readonly rank: number;
  /** Time since the start of the run. */
  readonly seconds: number;
}

/** Type and content of an event. */
export type RunEventBody =
  | { readonly type: "started" }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "record"; readonly entry: StageRecord }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "finished"; readonly report: RankReport };

/** Figures of one worker. */
export interface RankReport {
  readonly rank: number;
  /** Rows read from all inputs. */
  readonly inputRows: number;
  /** Encoded bytes read from all inputs. */
  readonly inputBytes: number;
  /** Rows yielded, counted once for all consumers. */
  readonly outputRows: number;
  /** Encoded bytes yielded, counted once for all consumers. */
  readonly outputBytes: number;
  /** Bytes sent to other ranks of the stage. */
  readonly peerBytes: number;
  /** Time in which the stage did not wait for any channel. */
  readonly busySeconds: number;
  /** Time in which it waited for batches from producers. */
  readonly inputWaitSeconds: number;
  /** Time in which it waited for room in channels to consumers. */
  readonly outputWaitSeconds: number;
  /** Time in which it waited for messages from other ranks. */
  readonly peerWaitSeconds: number;
  /** Time from the start of the run to the start of the stage. */
  readonly startSeconds: number;
  /** Time from the start of the run to the end of the stage. */
  readonly endSeconds: number;
}

/** Figures of one stage. */
export interface StageReport {
  /** Name of the stage's module, such as `"train"`. */
  readonly run: string;
  /** By rank. */
  readonly ranks: readonly RankReport[];
}

/** Figures of a complete run. */
export interface RunReport {
  readonly name: string;
  readonly seconds: number;
  /** Stages by name; every producer comes before its consumers. */
  readonly stages: Readonly<Record<string, StageReport>>;
}
