/**
 * `model.safetensors`: parameters under their PyTorch names, the normalisation, and everything else
 * as metadata. Equal runs write equal bytes: there is no time, path or host in it.
 *
 * @module
 */

import { z } from "zod";
import { DataError, messageOf } from "../../errors.ts";
import type { WriteOptions } from "../../io/atomic_write.ts";
import { parseJson as parseJsonText } from "../../io/json_text.ts";
import { readSafetensors, type Tensor, writeSafetensors } from "../../io/safetensors.ts";
import { parseNetworkConfig } from "../model/config.ts";
import { type NamedTensor, ParameterLayout } from "../model/parameters.ts";
import { checkDerived, derivations } from "../derived/derivation.ts";
import { coordinateCount } from "../batches/value_offsets.ts";
import type { TrainedModel } from "./model_batch.ts";
import type { TrainingRange } from "./training_range.ts";
import { readStoredLists, storedLists } from "./normalisation.ts";

/** Value of the metadata key `format`. */
export const MODEL_FORMAT = "haloflow-model/1";

/** Limit for the JSON of options, names and training; that of any model is far shorter. */
const MAX_JSON_CHARACTERS = 2 ** 20;

const NORMALISATION_PREFIX = "normalisation/";

const names = z.array(z.string());
/** Schema of `GraphRule`. */
export const graphRule = z.strictObject({
  /** Absent in older files, where given graphs have `maxEdges` 0. */
  edges: z.enum(["radius", "nearest", "given"]).default("radius"),
  radius: z.number().min(0),
  maxEdges: z.int().min(0),
  sampledNodes: z.int().min(0),
  draw: z.literal("stratified").optional(),
}).transform((rule) => rule.maxEdges === 0 ? { ...rule, edges: "given" as const } : rule);

const numbers = z.array(z.number());
const trainingRange: z.ZodType<TrainingRange> = z.strictObject({
  inputMin: numbers,
  inputMax: numbers,
  spacing: z.tuple([z.number(), z.number()]).optional(),
}).refine(({ inputMin, inputMax }) => inputMin.length === inputMax.length);

/** Largest length of a local linear fit, in local spacings; its cost grows with the volume. */
export const MAX_FIT_LENGTH = 4;

/** Schema of `CoverRule`. */
export const coverRule = z.strictObject({
  rounds: z.int().min(1).max(1000).describe("Number of covers to average."),
  nodes: z.int().min(0).describe("Largest number of nodes of a group; 0 for all nodes of a mesh."),
  seed: z.int().min(0).describe("Seed of the groups and their edges."),
  draw: z.literal("stratified").optional().describe("Draw of the groups, if not uniform."),
  maxEdges: z.int().min(1).optional().meta({
    description: "Largest number of edges that a node receives.",
    absent: "that of the training",
  }),
  fitLength: z.number().positive().max(MAX_FIT_LENGTH).optional().meta({
    description: "Length of the local linear fit of the predictions.",
    unit: "local spacings",
    absent: "no fit",
  }),
});

/** Schema of `TrainingData`; files of earlier versions have none of it. */
export const trainingData = z.strictObject({
  dimensions: z.int().min(1).max(3).optional(),
  range: trainingRange.optional(),
  preparation: z.record(z.string(), z.unknown()).optional(),
  title: z.string().optional(),
  covers: coverRule.optional(),
  derived: derivations.optional(),
});

/** Writes `model` with `training`, any JSON about its training. */
export async function writeModelFile(
  path: string,
  model: TrainedModel,
  training: Readonly<Record<string, unknown>>,
  options: WriteOptions = {},
): Promise<void> {
  const parameters = new ParameterLayout(model.config).toTensors(model.parameters);
  const { dimensions, range, preparation, title, covers, derived } = model;
  const tensors: Record<string, Tensor> = {};
  for (const [name, { shape, data }] of Object.entries(parameters)) {
    tensors[name] = { dtype: "F32", shape, data };
  }
  for (const name of storedLists(model.normalisation)) {
    const data = model.normalisation[name];
    tensors[NORMALISATION_PREFIX + name] = { dtype: "F64", shape: [data.length], data };
  }
  await writeSafetensors(path, tensors, {
    format: MODEL_FORMAT,
    config: JSON.stringify(model.config),
    inputNames: JSON.stringify(model.inputNames),
    targetNames: JSON.stringify(model.targetNames),
    units: JSON.stringify(model.units),
    graphRule: JSON.stringify(model.graphRule),
    training: JSON.stringify(training),
    data: JSON.stringify({ dimensions, range, preparation, title, covers, derived }),
  }, options);
}

/** Content of a model file: the model, and any JSON about its training. */
export interface ModelFile {
  readonly model: TrainedModel;
  readonly training: Readonly<Record<string, unknown>>;
}

/**
 * Reads a model file.
 *
 * @throws {DataError} If it is missing, damaged, of another format, or its tensors do not fit its
 * network.
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.format !== MODEL_FORMAT) {
    throw new DataError(
      `Cannot read model "${path}": its format must be ${MODEL_FORMAT}, it is ` +
        `${metadata.format ?? "missing"}`,
    );
  }
  const config = parseNetworkConfig(parseJson(path, metadata, "config", z.unknown()), `"${path}"`);
  const inputNames = parseJson(path, metadata, "inputNames", names);
  const targetNames = parseJson(path, metadata, "targetNames", names);
  checkLength(path, "inputNames", inputNames.length, config.inputs);
  checkLength(path, "targetNames", targetNames.length, config.outputs);
  const units = parseJson(path, metadata, "units", names);
  checkLength(path, "units", units.length, config.inputs + config.outputs);
  const parameters = Object.entries(tensors).filter(([name]) =>
    !name.startsWith(NORMALISATION_PREFIX)
  );
  const data = metadata.data === undefined ? {} : parseJson(path, metadata, "data", trainingData);
  const dimensions = data.dimensions ?? coordinateCount(inputNames);
  checkDimensions(path, dimensions, inputNames);
  if (data.derived !== undefined) {
    try {
      checkDerived(data.derived, { dimensions, inputNames, units });
    } catch (cause) {
      throw new DataError(`Cannot read model "${path}": ${messageOf(cause)}`, { cause });
    }
  }
  if (config.network === "dsmpnn" && (config.dimensions ?? dimensions) !== dimensions) {
    throw new DataError(
      `Cannot read model "${path}": the network must have the ${dimensions} dimensions of its ` +
        `data, it has ${config.dimensions}`,
    );
  }
  if (data.range !== undefined) {
    checkLength(path, "ranges of inputs", data.range.inputMin.length, config.inputs);
  }
  return {
    model: {
      config,
      parameters: new ParameterLayout(config).fromTensors(
        Object.fromEntries(
          parameters.map(([name, tensor]) => [name, float32Tensor(path, name, tensor)]),
        ),
        `"${path}"`,
      ),
      normalisation: readStoredLists(
        config,
        (name) => NORMALISATION_PREFIX + name in tensors,
        (name, length) => normalisationTensor(path, tensors, name, length),
      ),
      inputNames,
      targetNames,
      units,
      graphRule: parseJson(path, metadata, "graphRule", graphRule),
      ...data,
      dimensions,
    },
    training: parseJson(path, metadata, "training", z.record(z.string(), z.unknown())),
  };
}

/**
 * A float32 tensor of a file.
 *
 * @throws {DataError} If it has another type or a value that is not finite.
 */
export function float32Tensor(path: string, name: string, tensor: Tensor): NamedTensor {
  if (!(tensor.data instanceof Float32Array)) {
    throw new DataError(
      `Cannot read "${path}": tensor "${name}" must be F32, it is ${tensor.dtype}`,
    );
  }
  checkFinite(path, name, tensor.data);
  return { shape: tensor.shape, data: tensor.data };
}

/** @throws {DataError} If a value is not finite. */
export function checkFinite(path: string, name: string, data: ArrayLike<number>): void {
  for (let k = 0; k < data.length; k++) {
    if (Number.isFinite(data[k])) continue;
    throw new DataError(
      `Cannot read "${path}": tensor "${name}" must be finite, element ${k} is ${data[k]}`,
    );
  }
}

function normalisationTensor(
  path: string,
  tensors: Readonly<Record<string, Tensor>>,
  name: string,
  length: number,
): Float64Array {
  const key = NORMALISATION_PREFIX + name;
  const tensor = tensors[key];
  const action = `Cannot read model "${path}"`;
  if (!(tensor?.data instanceof Float64Array) || tensor.data.length !== length) {
    const actual = tensor ? `${tensor.dtype} [${tensor.shape.join(", ")}]` : "missing";
    throw new DataError(`${action}: "${key}" must be F64 [${length}], it is ${actual}`);
  }
  checkFinite(path, key, tensor.data);
  const isDivisor = name.endsWith("Scale") || name === "targetDeviation";
  if (isDivisor && tensor.data.some((scale: number) => scale <= 0)) {
    throw new DataError(`${action}: "${key}" must be > 0`);
  }
  if (name === "targetPowers" && tensor.data.some((power: number) => power < 0)) {
    throw new DataError(`${action}: "${key}" must be >= 0`);
  }
  return tensor.data;
}

function parseJson<T>(
  path: string,
  metadata: Readonly<Record<string, string>>,
  key: string,
  schema: z.ZodType<T>,
): T {
  let value: unknown;
  try {
    value = parseJsonText(metadata[key] ?? "null", MAX_JSON_CHARACTERS);
  } catch (cause) {
    throw new DataError(`Cannot read model "${path}": its metadata "${key}" is not JSON`, {
      cause,
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DataError(
    `Cannot read model "${path}": its metadata "${key}" is missing or of the wrong kind`,
  );
}

/** @throws {DataError} If the first inputs are not the coordinates. */
function checkDimensions(path: string, dimensions: number, inputNames: readonly string[]): void {
  const known = coordinateCount(inputNames);
  if (dimensions >= 1 && dimensions <= known) return;
  throw new DataError(
    `Cannot read model "${path}": its first inputs must be the coordinates x, y, z of ` +
      `${dimensions || "1 to 3"} dimensions, they are ${inputNames.join(", ")}`,
  );
}

function checkLength(path: string, key: string, length: number, expected: number): void {
  if (length === expected) return;
  throw new DataError(
    `Cannot read model "${path}": the network needs ${expected} ${key}, there are ${length}`,
  );
}
