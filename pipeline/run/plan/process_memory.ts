/**
 * Memory that the whole process will need for a run.
 *
 * @module
 */

import { DEFAULT_CHANNEL_BYTES } from "../../engine/channels/channel.ts";
import type { ValidPipeline } from "../../engine/definition/validate.ts";
import { KEPT_MESH_MIB } from "../../batches/mesh_memory.ts";

/** A worker with its stage's modules, before it holds any data. */
const WORKER_BYTES = 19 * 2 ** 20;

/** What the driver of a WebGPU device holds, compiled kernels included. */
export const DRIVER_BYTES: number = 64 * 2 ** 20;

/** Record batches that a worker is done with, and that wait to be collected. */
const GARBAGE_BYTES = 16 * 2 ** 20;

/** Meshes that were read again from a file, and that wait to be collected. */
const REREAD_GARBAGE_BYTES = 64 * 2 ** 20;

/**
 * Copies of a rank's record batch that a training step makes: decoded, normalised, ordered by
 * blocks, listed by sender.
 */
const STEP_COPIES = 6;

/**
 * Copies of a graph that drawing it makes: its edges as they are found, whole, cut, and as batches.
 */
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
  /** Meshes of the stream, and the bytes of each. */
  readonly meshCount: number;
  readonly meshBytes: number;
  /**
   * Bytes of what waits in channels for the prediction, which begins when the training has ended.
   */
  readonly waitingBytes: number;
}

/** Most bytes of each rank's worker. */
export function rankBytes(
  { deviceBytes, batchBytes, count }: Pick<TrainingMemory, "deviceBytes" | "batchBytes" | "count">,
): readonly number[] {
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
export function processBytes(
  idleBytes: number,
  { stages }: ValidPipeline,
  memory: TrainingMemory,
): number {
  const { batchBytes, count, meshCount, meshBytes } = memory;
  const planned = [...stages.values()];
  const workerCount = planned.reduce((sum, { ranks }) => sum + ranks, 0) - batchBytes.length;
  const meshes = meshCount * meshBytes;
  const kept = total(keptMeshes({ stages }, memory).map(({ bytes }) => bytes));
  const passing = planned.filter(({ stage }) => MESH_STAGES.includes(stage.name)).length;
  const drawing = DRAWING_COPIES * total(batchBytes);
  const waiting = waitingBytes(batchBytes, count) + memory.waitingBytes;
  return idleBytes + WORKER_BYTES * workerCount + total(rankBytes(memory)) + kept +
    passing * Math.min(GARBAGE_BYTES, meshes) + drawing + waiting;
}

/**
 * Most bytes that wait in the channels to the ranks, of so many batches of so many bytes for each.
 */
export function waitingBytes(batchBytes: readonly number[], count: number): number {
  return total(batchBytes.map((bytes) => Math.min(DEFAULT_CHANNEL_BYTES, bytes * count)));
}

/** A stage that holds meshes to read them again, and the bytes of those in memory. */
export interface MeshKeeper {
  readonly stage: string;
  readonly bytes: number;
}

/**
 * The stages that read the training meshes again: to draw epochs from, or to compare predictions
 * with.
 */
export function keptMeshes(
  { stages }: Pick<ValidPipeline, "stages">,
  { meshCount, meshBytes }: Pick<TrainingMemory, "meshCount" | "meshBytes">,
): readonly MeshKeeper[] {
  return [...stages.values()]
    .filter(({ stage, options }) =>
      stage.name === "evaluate" || stage.name === "sample" && options.mode !== "cover"
    )
    .map(({ name, options }) => {
      const mostBytes = Number(options.keptMeshMiB ?? KEPT_MESH_MIB) * 2 ** 20;
      return {
        stage: name,
        bytes: Math.min(meshCount * meshBytes, mostBytes + REREAD_GARBAGE_BYTES),
      };
    });
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
