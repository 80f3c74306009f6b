/**
 * What the process of a batch and those of its jobs tell each other: lines of JSON over the pipes
 * of the process.
 *
 * @module
 */

import type { Variation } from "../../pipeline/experiments/variations.ts";
import type { CheckpointInterval } from "../../pipeline/training/checkpoints.ts";

/**
 * What a process is told first. When its input ends later, it stops: whoever started it is gone or
 * wants no more.
 */
export interface JobTask {
  readonly variation: Variation;
  readonly directory: string;
  readonly checkpointEvery?: CheckpointInterval | undefined;
}

/** Told once there is room for what was asked. */
export interface GoMessage {
  readonly type: "go";
}

/** What a process tells. */
export type JobMessage =
  /** It asks for memory and waits; undefined for a job that cannot be planned. */
  | { readonly type: "planned"; readonly bytes?: number | undefined }
  /** It goes on from a checkpoint. */
  | { readonly type: "resumed"; readonly step: number; readonly steps: number }
  | {
    readonly type: "progress";
    readonly done: number;
    readonly total: number;
    readonly loss?: number | undefined;
  }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "failed"; readonly reason: string };

/** A message as it is sent. */
export function encodeLine(message: JobTask | GoMessage | JobMessage): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}

/** The message in a line; undefined for what is none, such as the print of a stage. */
export function decodeLine(line: string): JobMessage | undefined {
  try {
    const message = JSON.parse(line);
    return typeof message?.type === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
