/**
 * Memory that the whole process will need for a run.
 *
 * @module
 */

import { CHANNEL_BYTES } from "../../engine/channel.ts";
import type { PipelinePlan } from "../../engine/validate.ts";

/** A worker with its stage's modules, before it holds any data. */
const WORKER_BYTES = 19 * 2 ** 20;

/** What the driver of a WebGPU device holds, compiled kernels included. */
export const DRIVER_BYTES: number = 64 * 2 ** 20;

/** Record batches that a worker is done with, and that wait to be collected. */
const GARBAGE_BYTES = 16 * 2 ** 20;

/** Copies of a rank's record batch that a training step makes: decoded, normalised, ordered by blocks, listed by sender. */
const STEP_COPIES = 6;

/** Copies of a graph that drawing it makes: its edges as they are found, whole, cut, and as batches. */
const DRAWING_COPIES = 4;

/** Stages that pass meshes on. */
const MESH_STAGES = ["load", "statistics", "partition"];

/** What the ranks of the training hold and receive. */
export interface TrainingMemory {
  /** Most bytes on the device of each rank with its driver, as far as they are the process's. */
  readonly deviceBytes: readonly number[];
  /** Bytes of the record batch of each rank's part of a graph. */
  readonly batchBytes: readonly number[];
  /** Graphs in the stream. */
  readonly count: number;
  /** Meshes of the stream, the bytes of each, and whether the graphs are drawn from all of them in turn. */
  readonly meshCount: number;
  readonly meshBytes: number;
  readonly keepsMeshes: boolean;
}

/** Most bytes of each rank's worker. */
export function rankBytes({ deviceBytes, batchBytes, count }: TrainingMemory): readonly number[] {
  return deviceBytes.map((bytes, rank) => {
    const stepBytes = STEP_COPIES * batchBytes[rank];
    return WORKER_BYTES + bytes + stepBytes + Math.min(GARBAGE_BYTES, count * stepBytes);
  });
}

/**
 * Most bytes of the process while it trains: every stage has started, graphs wait for the ranks.
 *
 * @param idleBytes What the process has before.
 */
export function processBytes(idleBytes: number, { stages }: PipelinePlan, memory: TrainingMemory): number {
  const { batchBytes, count, meshCount, meshBytes, keepsMeshes } = memory;
  const planned = [...stages.values()];
  const workerCount = planned.reduce((sum, { ranks }) => sum + ranks, 0) - batchBytes.length;
  // The report compares predictions with the training meshes.
  const keepers = planned.filter(({ stage }) => stage.name === "report").length + (keepsMeshes ? 1 : 0);
  const meshes = meshCount * meshBytes;
  const passing = planned.filter(({ stage }) => MESH_STAGES.includes(stage.name)).length;
  const drawing = DRAWING_COPIES * total(batchBytes);
  const waiting = total(batchBytes.map((bytes) => Math.min(CHANNEL_BYTES, bytes * count)));
  return idleBytes + WORKER_BYTES * workerCount + total(rankBytes(memory)) + keepers * meshes +
    passing * Math.min(GARBAGE_BYTES, meshes) + drawing + waiting;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
