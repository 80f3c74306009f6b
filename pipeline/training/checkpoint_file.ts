/**
 * Checkpoints: everything that the next step of a training depends on, bit for bit, in a
 * safetensors file with the checksum of all its bytes in its metadata.
 *
 * @module
 */

import { z } from "zod";
import { DataError, messageOf } from "../../errors.ts";
import { sha256 } from "../../io/sha256.ts";
import { writeFileAtomically } from "../../io/atomic_write.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  type Tensor,
} from "../../io/safetensors.ts";
import { parseNetworkConfig } from "../model/config.ts";
import { type OptimizerName, OPTIMIZERS } from "../model/muon.ts";
import { ParameterLayout } from "../model/parameters.ts";
import type { Certificate } from "./certificate.ts";
import type { TrainedModel } from "./model_batch.ts";
import { coordinateCount } from "../batches/value_offsets.ts";
import {
  checkFinite,
  graphRule,
  type ModelFile,
  readModelFile,
  trainingData,
} from "./model_file.ts";
import { NEIGHBOUR_COUNTS } from "./neighbour_counts.ts";
import { type ValidationState, validationState } from "./validation_state.ts";
import { readStoredLists, storedLists } from "./normalisation.ts";

/** State of a training between two steps. */
export interface Checkpoint {
  /** The network after the last step. */
  readonly model: TrainedModel;
  /** Moments of the optimizer, flat like the parameters. */
  readonly firstMoment: Float32Array<ArrayBuffer>;
  readonly secondMoment: Float32Array<ArrayBuffer>;
  /** Loss and learning rate of every step so far. */
  readonly losses: Float64Array;
  readonly learningRates: Float64Array;
  readonly progress: TrainingProgress;
  readonly run: RunIdentity;
  /** Exponential mean of the parameters; absent without the option `ema`. */
  readonly meanParameters?: Float32Array<ArrayBuffer> | undefined;
  /** Parameters of the best model of the validations; absent without any. */
  readonly bestParameters?: Float32Array<ArrayBuffer> | undefined;
}

/**
 * Progress of a training. Sampling is keyed, so the number of the next graph is its only state.
 */
export interface TrainingProgress {
  /** Number of steps taken, and of all steps. */
  readonly step: number;
  readonly steps: number;
  /** Epoch of the last step, from 0. */
  readonly epoch: number;
  readonly ranks: number;
  /** Description of the device. */
  readonly device: string;
  /** Number of edges that all ranks dropped in all steps so far. */
  readonly droppedEdges: number;
  /** Nodes of all steps by number of neighbours; absent in older files. */
  readonly neighbours?: readonly number[] | undefined;
  /** Absent for Adam. */
  readonly optimizer?: OptimizerName | undefined;
  readonly certificate?: Certificate | undefined;
  /** Absent without validation. */
  readonly validation?: ValidationState | undefined;
}

/** Identity of a run: it can only resume from one of its own checkpoints. */
export interface RunIdentity {
  /** The pipeline with all options except those that decide where it runs. */
  readonly pipeline: Readonly<Record<string, unknown>>;
  /** Hash of the data that an option names, by the path of the option. */
  readonly data: Readonly<Record<string, string>>;
  /** Hash of the code of every stage with all that it imports. */
  readonly code: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
}

const FORMAT = "haloflow-checkpoint";
const VERSION = 1;

/** Placeholder of the same length while the checksum is computed. */
const NO_CHECKSUM = "0".repeat(64);

const ARRAYS = ["firstMoment", "secondMoment", "losses", "learningRates"] as const;

const count = z.int().min(0);
const names = z.array(z.string());
const texts = z.record(z.string(), z.string());

const stateSchema = z.strictObject({
  progress: z.strictObject({
    step: count,
    steps: count,
    epoch: count,
    ranks: z.int().min(1),
    device: z.string(),
    droppedEdges: count,
    neighbours: z.array(count).length(NEIGHBOUR_COUNTS).optional(),
    optimizer: z.enum(OPTIMIZERS).optional(),
    certificate: z.strictObject({
      ranks: z.int().min(1),
      predictionError: z.number(),
      gradientError: z.number(),
      lossError: z.number(),
    }).optional(),
    validation: validationState.optional(),
  }),
  model: z.strictObject({
    config: z.unknown(),
    inputNames: names,
    targetNames: names,
    units: names,
    graphRule,
    ...trainingData.shape,
  }),
});

const runSchema = z.strictObject({
  pipeline: z.record(z.string(), z.unknown()).describe("Stages and options of the pipeline."),
  data: texts.describe("Hash of the data that each option names."),
  code: texts.describe("Hash of the code of each stage."),
  versions: texts.describe("Versions of the programs."),
});

/** Schema of `RunIdentity`. */
export const runIdentity: z.ZodType<RunIdentity> = runSchema;

/** Writes a checkpoint atomically: a process that is killed leaves no partial file. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomically(path, encodeCheckpoint(checkpoint), { overwrite: true });
}

function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { model, progress, run, bestParameters, meanParameters } = checkpoint;
  const { parameters, normalisation, ...rest } = model;
  const arrays = [
    ["parameters", parameters] as const,
    ...ARRAYS.map((name) => [name, checkpoint[name]] as const),
    ...(bestParameters === undefined ? [] : [["bestParameters", bestParameters] as const]),
    ...(meanParameters === undefined ? [] : [["meanParameters", meanParameters] as const]),
    ...storedLists(normalisation).map((name) => [name, normalisation[name]] as const),
  ];
  const tensors = arrays.map(([name, data]) => [name, { shape: [data.length], data }]);
  const bytes = encodeSafetensors(Object.fromEntries(tensors), {
    checksum: NO_CHECKSUM,
    format: `${FORMAT}/${VERSION}`,
    run: JSON.stringify(run),
    state: JSON.stringify({ progress, model: rest }),
  });
  const at = checksumOffset(bytes, NO_CHECKSUM);
  bytes.set(new TextEncoder().encode(sha256(bytes)), at);
  return bytes;
}

/**
 * Reads a checkpoint and checks every byte of it.
 *
 * @throws {DataError} If it is missing, truncated, damaged, of an unknown format, or has parameters
 * or moments that are not finite.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  checkFormat(path, metadata.format);
  checkChecksum(path, bytes, metadata.checksum);
  const run = parse(path, runSchema, metadata.run);
  const { progress, model: { config: stated, ...model } } = parse(
    path,
    stateSchema,
    metadata.state,
  );
  const config = parseNetworkConfig(stated, `"${path}"`);
  const { length } = new ParameterLayout(config);
  const f32 = (name: string) => float32(path, name, tensors[name], length);
  const f64 = (name: string, length: number) => float64(path, name, tensors[name], length);
  return {
    progress,
    run,
    model: {
      ...model,
      dimensions: model.dimensions ?? coordinateCount(model.inputNames),
      config,
      parameters: f32("parameters"),
      normalisation: readStoredLists(config, (name) => name in tensors, f64),
    },
    firstMoment: f32("firstMoment"),
    secondMoment: f32("secondMoment"),
    bestParameters: "bestParameters" in tensors ? f32("bestParameters") : undefined,
    meanParameters: "meanParameters" in tensors ? f32("meanParameters") : undefined,
    losses: f64("losses", progress.step),
    learningRates: f64("learningRates", progress.step),
  };
}

/**
 * The model in a model file or a checkpoint.
 *
 * @throws {DataError} If the file is missing, damaged, or neither of them.
 */
export async function readModelOrCheckpoint(path: string): Promise<ModelFile> {
  const { metadata } = await readSafetensors(path);
  if (!metadata.format?.startsWith(`${FORMAT}/`)) return await readModelFile(path);
  const { model, progress: { step, ranks } } = await readCheckpoint(path);
  return { model, training: { steps: step, ranks } };
}

function checkFormat(path: string, format: string | undefined): void {
  const [name, version] = format?.split("/") ?? [];
  if (name === FORMAT && version === String(VERSION)) return;
  const isNewer = name === FORMAT && Number(version) > VERSION;
  const actual = format === undefined ? "missing" : `"${format}"`;
  const remedy = isNewer ? ", which is newer; use the version of Haloflow that wrote it" : "";
  throw new DataError(
    `Cannot read checkpoint "${path}": its format must be ${FORMAT}/${VERSION}, it is ` +
      `${actual}${remedy}`,
  );
}

function checkChecksum(path: string, bytes: Uint8Array, stated: string | undefined): void {
  const at = stated?.length === NO_CHECKSUM.length ? checksumOffset(bytes, stated) : -1;
  if (at >= 0) {
    const blank = bytes.slice();
    blank.set(new TextEncoder().encode(NO_CHECKSUM), at);
    if (sha256(blank) === stated) return;
  }
  throw new DataError(
    `Cannot read checkpoint "${path}": its bytes must have the checksum in its metadata, it is ` +
      "damaged",
  );
}

/** Position of the checksum in the header, or -1. */
function checksumOffset(bytes: Uint8Array, checksum: string): number {
  const header = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
  const key = '"checksum":"';
  const at = header.indexOf(key + checksum);
  return at < 0 ? -1 : at + key.length;
}

function parse<T>(path: string, schema: z.ZodType<T>, text: string | undefined): T {
  const { data, error } = schema.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (error === undefined) return data;
  const [{ path: at, message }] = error.issues;
  throw new DataError(
    `Cannot read checkpoint "${path}": its metadata are invalid, ${at.join(".")}: ${message}`,
  );
}

function float32(
  path: string,
  name: string,
  tensor: Tensor | undefined,
  length: number,
): Float32Array<ArrayBuffer> {
  if (tensor?.data instanceof Float32Array && tensor.data.length === length) {
    checkFinite(path, name, tensor.data);
    return tensor.data.slice();
  }
  throw new DataError(
    `Cannot read checkpoint "${path}": "${name}" must be F32 [${length}], it is not`,
  );
}

function float64(
  path: string,
  name: string,
  tensor: Tensor | undefined,
  length: number,
): Float64Array {
  if (tensor?.data instanceof Float64Array && tensor.data.length === length) {
    return tensor.data.slice();
  }
  throw new DataError(
    `Cannot read checkpoint "${path}": "${name}" must be F64 [${length}], it is not`,
  );
}
