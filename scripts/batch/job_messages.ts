/**
 * Messages between the process of a batch and those of its jobs: lines of JSON over their pipes.
 *
 * @module
 */

import type { PlannedJob } from "../../pipeline/experiments/batch/planned_job.ts";
import type { CheckpointInterval } from "../../pipeline/training/checkpoints.ts";

/**
 * The first message to a process. The process stops when its input ends later: its batch has ended
 * or asks it to stop.
 */
export interface JobTask {
  readonly job: PlannedJob;
  readonly directory: string;
  readonly checkpointEvery?: CheckpointInterval | undefined;
  /** Whether to resume from the checkpoints of an earlier process. */
  readonly resume: boolean;
}

/** Sent once the memory that a job has asked for is free. */
export interface StartMessage {
  readonly type: "start";
}

/** A message from the process of a job. */
export type JobMessage =
  /** The job asks for memory and waits; undefined for a job that cannot be planned. */
  | { readonly type: "planned"; readonly bytes?: number | undefined }
  /** The job resumes from a checkpoint. */
  | { readonly type: "resumed"; readonly step: number; readonly steps: number }
  | {
    readonly type: "progress";
    readonly done: number;
    readonly total: number;
    readonly loss?: number | undefined;
  }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "failed"; readonly reason: string };

/** Encodes a message as a line. */
export function encodeLine(message: JobTask | StartMessage | JobMessage): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}

/** Decodes a line; undefined for one that is not a message, such as the output of a stage. */
export function decodeLine(line: string): JobMessage | undefined {
  try {
    const message = JSON.parse(line);
    return typeof message?.type === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
