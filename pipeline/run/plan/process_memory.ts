/**
 * Memory of the process during a run.
 *
 * @module
 */

import { DEFAULT_CHANNEL_BYTES } from "../../engine/channels/channel.ts";
import type { ValidPipeline, ValidStage } from "../../engine/definition/validate.ts";
import { KEPT_MESH_MIB } from "../../batches/mesh_memory.ts";

/** Memory of a worker with the modules of its stage, without data. */
const WORKER_BYTES = 19 * 2 ** 20;

/** Memory of the channel between two ranks that exchange messages, without messages. */
const PEER_CHANNEL_BYTES = 600;

/** Memory of the driver of a WebGPU device, including compiled kernels. */
export const DRIVER_BYTES: number = 64 * 2 ** 20;

/** Record batches of a worker that wait for garbage collection. */
const GARBAGE_BYTES = 16 * 2 ** 20;

/** Meshes that were read again from a file and wait for garbage collection. */
const REREAD_GARBAGE_BYTES = 64 * 2 ** 20;

/**
 * Copies of the record batch of a rank that a training step makes: decoded, normalised, ordered by
 * blocks, listed by sender.
 */
const STEP_COPIES = 6;

/** Copies of a graph while it is drawn: edges as found, complete, divided, and as batches. */
const DRAWING_COPIES = 4;

/** Stages that pass meshes through. */
const MESH_STAGES = ["load", "derive", "statistics", "partition"];

/** Data that the ranks of the training hold and receive. */
export interface TrainingMemory {
  /**
   * Maximal bytes of each rank on its device with its driver, as far as they are in the process.
   */
  readonly deviceBytes: readonly number[];
  /** Bytes of the record batch of each part of a graph, by rank. */
  readonly batchBytes: readonly number[];
  /** Graphs in the stream. */
  readonly count: number;
  /** Meshes of the stream, and bytes of each. */
  readonly meshCount: number;
  readonly meshBytes: number;
  /** Bytes that wait in channels for the prediction, which begins after the training. */
  readonly waitingBytes: number;
}

/** Returns the maximal bytes of the worker of each rank. */
export function rankBytes(
  { deviceBytes, batchBytes, count }: Pick<TrainingMemory, "deviceBytes" | "batchBytes" | "count">,
): readonly number[] {
  return deviceBytes.map((bytes, rank) => {
    const stepBytes = STEP_COPIES * batchBytes[rank];
    return WORKER_BYTES + bytes + stepBytes + Math.min(GARBAGE_BYTES, count * stepBytes);
  });
}

/**
 * Returns the maximal bytes of the process during the training: every stage has started, and graphs
 * wait for the ranks.
 *
 * @param idleBytes Bytes of the process before the run.
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
  const cached = total(cachedMeshes({ stages }, memory).map(({ bytes }) => bytes));
  const passing = planned.filter(({ stage }) => MESH_STAGES.includes(stage.name)).length;
  const drawing = DRAWING_COPIES * total(batchBytes);
  const waiting = waitingBytes(batchBytes, count) + memory.waitingBytes;
  return idleBytes + WORKER_BYTES * workerCount + total(rankBytes(memory)) + cached +
    passing * Math.min(GARBAGE_BYTES, meshes) + drawing + waiting;
}

/** Returns the bytes of the workers of stages and of the channels between ranks, without data. */
export function startBytes(stages: readonly Pick<ValidStage, "ranks" | "stage">[]): number {
  return total(stages.map(({ ranks, stage }) => {
    const pairCount = stage.peers ? ranks * (ranks - 1) / 2 : 0;
    return WORKER_BYTES * ranks + PEER_CHANNEL_BYTES * pairCount;
  }));
}

/**
 * Returns the maximal bytes that wait in the channels to the ranks, of `count` batches for each.
 */
export function waitingBytes(batchBytes: readonly number[], count: number): number {
  return total(batchBytes.map((bytes) => Math.min(DEFAULT_CHANNEL_BYTES, bytes * count)));
}

/** Meshes that a stage holds in memory to use them again. */
export interface CachedMeshes {
  readonly stage: string;
  readonly bytes: number;
}

/**
 * Returns the training meshes that stages hold in memory: to draw several epochs, or to compare
 * predictions with.
 */
export function cachedMeshes(
  { stages }: Pick<ValidPipeline, "stages">,
  { meshCount, meshBytes }: Pick<TrainingMemory, "meshCount" | "meshBytes">,
): readonly CachedMeshes[] {
  return [...stages.values()]
    .filter(({ stage, options }) =>
      stage.name === "evaluate" || stage.name === "sample" && options.mode !== "cover"
    )
    .map(({ name, options }) => {
      const maxBytes = Number(options.keptMeshMiB ?? KEPT_MESH_MIB) * 2 ** 20;
      return {
        stage: name,
        bytes: Math.min(meshCount * meshBytes, maxBytes + REREAD_GARBAGE_BYTES),
      };
    });
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
