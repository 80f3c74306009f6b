/**
 * Messages between the process of a batch and those of its jobs: lines of JSON over their pipes,
 * among the output of stages.
 *
 * @module
 */

import { z } from "zod";
import type { PlannedJob } from "../../pipeline/experiments/batch/planned_job.ts";
import type { CheckpointInterval } from "../../pipeline/training/checkpoints.ts";

/**
 * The first message to a process. The process stops when its input ends later: its batch has ended
 * or asks it to stop.
 */
export interface JobTask {
  /** Begins every message of the process, to tell it from what stages print. */
  readonly token: string;
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

const COUNT = z.number().nonnegative();

/** JSON has no number that is not finite: it becomes null. */
function definedOnly(value: number | null | undefined): number | undefined {
  return value ?? undefined;
}

const MESSAGE = z.discriminatedUnion("type", [
  /** The job asks for memory and waits; no bytes for a job that cannot be planned. */
  z.object({ type: z.literal("planned"), bytes: COUNT.nullish().transform(definedOnly) }),
  /** The job resumes from a checkpoint. */
  z.object({ type: z.literal("resumed"), step: COUNT, steps: COUNT }),
  z.object({
    type: z.literal("progress"),
    done: COUNT,
    total: COUNT,
    loss: z.number().nullish().transform(definedOnly),
  }),
  z.object({ type: z.literal("warning"), message: z.string() }),
  z.object({ type: z.literal("failed"), reason: z.string() }),
]);

/** A message from the process of a job. */
export type JobMessage = z.infer<typeof MESSAGE>;

/** Encodes a message as a line. */
export function encodeLine(message: JobTask | StartMessage): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}

/**
 * Encodes a message of a job.
 *
 * @param token The token of the task, which no stage receives
 */
export function encodeMessage(message: JobMessage, token: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${token}${JSON.stringify(message)}\n`);
}

/** A line of the output of a job: what stages have printed, and a message after it. */
export interface JobLine {
  readonly printed: string;
  readonly message: JobMessage | undefined;
}

/** Splits a line of the output of a job: a stage may print without a line end before a message. */
export function decodeLine(line: string, token: string): JobLine {
  const end = line.lastIndexOf(token);
  if (end < 0) return { printed: `${line}\n`, message: undefined };
  try {
    const message = MESSAGE.parse(JSON.parse(line.slice(end + token.length)));
    return { printed: line.slice(0, end), message };
  } catch {
    return { printed: `${line}\n`, message: undefined };
  }
}
