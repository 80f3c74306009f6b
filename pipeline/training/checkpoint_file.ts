/**
 * A training between two steps as a file: all that the next step depends on, bit for bit.
 *
 * It is a safetensors file with the checksum of all its bytes in its metadata.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { z } from "zod";
import { DataError, messageOf } from "../../errors.ts";
import { writeFileAtomically } from "../../io/atomic_write.ts";
import { decodeSafetensors, encodeSafetensors, type Tensor } from "../../io/safetensors.ts";
import { parseNetworkConfig } from "../model/config.ts";
import { ParameterLayout } from "../model/parameters.ts";
import type { Certificate } from "./certificate.ts";
import type { TrainedModel } from "./model_batch.ts";
import { graphRule } from "./model_file.ts";
import { readStoredLists, storedLists } from "./normalisation.ts";

/** A training between two steps. */
export interface Checkpoint {
  /** The network as it is by now. */
  readonly model: TrainedModel;
  /** Moments of Adam, flat like the parameters. */
  readonly firstMoment: Float32Array<ArrayBuffer>;
  readonly secondMoment: Float32Array<ArrayBuffer>;
  /** Loss and rate of every step so far. */
  readonly losses: Float64Array;
  readonly learningRates: Float64Array;
  readonly progress: TrainingProgress;
  readonly run: RunIdentity;
}

/**
 * Where a training stands. Sampling is keyed, so the number of the next graph is all the state that
 * it has.
 */
export interface TrainingProgress {
  /** Steps taken, and those that there will be. */
  readonly step: number;
  readonly steps: number;
  /** Number of the pass over the meshes to which the last step belongs, from 0. */
  readonly epoch: number;
  readonly ranks: number;
  /** Description of the device. */
  readonly device: string;
  /** Of all ranks and steps so far. */
  readonly droppedEdges: number;
  readonly certificate?: Certificate | undefined;
}

/** What a run was made of, so that none goes on from the checkpoint of another. */
export interface RunIdentity {
  /** The pipeline with all options, but for those that say where it runs. */
  readonly pipeline: Readonly<Record<string, unknown>>;
  /** Hash of the files that an option names, by the path of the option. */
  readonly data: Readonly<Record<string, string>>;
  /** Hash of the code of every stage with all that it imports. */
  readonly code: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
}

const FORMAT = "haloflow-checkpoint";
const VERSION = 1;

/** Stands for the checksum while it is computed; as long as one. */
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
    certificate: z.strictObject({
      ranks: z.int().min(1),
      predictionError: z.number(),
      gradientError: z.number(),
      lossError: z.number(),
    }).optional(),
  }),
  model: z.strictObject({
    config: z.unknown(),
    inputNames: names,
    targetNames: names,
    units: names,
    graphRule,
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

/**
 * Writes a checkpoint as a whole: a process that is killed meanwhile leaves none under this name.
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomically(path, encodeCheckpoint(checkpoint), { overwrite: true });
}

function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { model, progress, run } = checkpoint;
  const { parameters, normalisation, ...rest } = model;
  const arrays = [
    ["parameters", parameters] as const,
    ...ARRAYS.map((name) => [name, checkpoint[name]] as const),
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
  bytes.set(new TextEncoder().encode(hashOf(bytes)), at);
  return bytes;
}

/**
 * Reads a checkpoint and checks every byte of it.
 *
 * @throws {DataError} If it is missing, cut short, damaged, or of a format that this version does
 * not know.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, {
      cause,
    });
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
      config,
      parameters: f32("parameters"),
      normalisation: readStoredLists(config, "targetPowers" in tensors, f64),
    },
    firstMoment: f32("firstMoment"),
    secondMoment: f32("secondMoment"),
    losses: f64("losses", progress.step),
    learningRates: f64("learningRates", progress.step),
  };
}

function checkFormat(path: string, format: string | undefined): void {
  const [name, version] = format?.split("/") ?? [];
  if (name === FORMAT && version === String(VERSION)) return;
  const newer = name === FORMAT && Number(version) > VERSION;
  throw new DataError(
    `Cannot read checkpoint "${path}" as its format must be ${FORMAT}/${VERSION}: it is ` +
      `${format === undefined ? "not given" : `"${format}"`}${
        newer ? ", which is newer; use the version of Haloflow that wrote it" : ""
      }`,
  );
}

function checkChecksum(path: string, bytes: Uint8Array, stated: string | undefined): void {
  const at = stated?.length === NO_CHECKSUM.length ? checksumOffset(bytes, stated) : -1;
  if (at >= 0) {
    const blank = bytes.slice();
    blank.set(new TextEncoder().encode(NO_CHECKSUM), at);
    if (hashOf(blank) === stated) return;
  }
  throw new DataError(
    `Cannot read checkpoint "${path}" as its bytes must have the checksum that it states: ` +
      "it is damaged",
  );
}

/** Where the checksum stands in the header, or -1. */
function checksumOffset(bytes: Uint8Array, checksum: string): number {
  const header = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
  const key = '"checksum":"';
  const at = header.indexOf(key + checksum);
  return at < 0 ? -1 : at + key.length;
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function parse<T>(path: string, schema: z.ZodType<T>, text: string | undefined): T {
  const { data, error } = schema.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (error === undefined) return data;
  const [{ path: at, message }] = error.issues;
  throw new DataError(
    `Cannot read checkpoint "${path}" as its metadata are wrong: ${at.join(".")}: ${message}`,
  );
}

function float32(
  path: string,
  name: string,
  tensor: Tensor | undefined,
  length: number,
): Float32Array<ArrayBuffer> {
  if (tensor?.data instanceof Float32Array && tensor.data.length === length) {
    return tensor.data.slice();
  }
  throw new DataError(
    `Cannot read checkpoint "${path}" as "${name}" must be F32 [${length}]: it is not`,
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
    `Cannot read checkpoint "${path}" as "${name}" must be F64 [${length}]: it is not`,
  );
}
