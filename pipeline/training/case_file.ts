/**
 * Case files: a graph, parameters, and the numbers that a network must compute from them (format
 * `dsmpnn-case/1`).
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../../errors.ts";
import { parseJson as parseJsonText } from "../../io/json_text.ts";
import { readSafetensors, type Tensor } from "../../io/safetensors.ts";
import { type NetworkConfig, parseNetworkConfig } from "../model/config.ts";
import { type OptimizerName, OPTIMIZERS } from "../model/muon.ts";
import { type NamedTensor, ParameterLayout } from "../model/parameters.ts";
import { float32Tensor } from "./model_file.ts";

/** Value of the metadata key `format`. */
export const CASE_FORMAT = "dsmpnn-case/1";

/** Limit for the JSON of options; that of any network is far shorter. */
const MAX_OPTION_CHARACTERS = 2 ** 16;

const adamSchema = z.strictObject({
  steps: z.int().min(0).max(100_000),
  learningRate: z.number().positive(),
  beta1: z.number().min(0).lt(1),
  beta2: z.number().min(0).lt(1),
  epsilon: z.number().positive(),
});

const gradientLossSchema = z.strictObject({
  weight: z.number().min(0),
  radius: z.number().min(0),
});

/** Gradient loss of a case: its weight, and the radius of its edges or 0, as in `GradientLoss`. */
export type CaseGradientLoss = z.infer<typeof gradientLossSchema>;

/** Steps of a case and options of Adam: constant learning rate, no clipping. */
export type CaseAdam = z.infer<typeof adamSchema>;

/** Expected numbers of a case. */
export interface CaseExpectation {
  /** `[N, O]` */
  readonly prediction: Float32Array;
  readonly loss: number;
  /** By parameter name, in PyTorch's layout. */
  readonly gradient: Readonly<Record<string, NamedTensor>>;
  /** Loss before each step `[steps]`. */
  readonly losses: Float32Array;
  readonly after: Readonly<Record<string, NamedTensor>>;
}

/** Content of a case file. */
export interface Case {
  readonly config: NetworkConfig;
  /** Metadata key `optimizer`; `adam` if it is absent. */
  readonly optimizer: OptimizerName;
  readonly adam: CaseAdam;
  /** Undefined for the mean squared error alone. */
  readonly gradientLoss: CaseGradientLoss | undefined;
  readonly nodeCount: number;
  readonly dimensions: number;
  /** `[N, D]` */
  readonly position: Float32Array;
  /** `[N, I]` */
  readonly input: Float32Array;
  /** `[N, O]` */
  readonly target: Float32Array;
  /** 1 for a node in the loss, else 0 `[N]`. */
  readonly counted: Float32Array;
  /** `[E]` each, in the order of the file. */
  readonly senders: Uint32Array;
  readonly receivers: Uint32Array;
  /** Flat, in the order of `ParameterLayout`. */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** Undefined for a case without expected numbers. */
  readonly expected: CaseExpectation | undefined;
}

/**
 * Reads a case file.
 *
 * @throws {DataError} If something is missing, of the wrong type or shape, out of range, or not
 * finite; the error names it.
 */
export async function readCaseFile(path: string): Promise<Case> {
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.format !== CASE_FORMAT) {
    throw new DataError(
      `Cannot read case "${path}": its format must be ${CASE_FORMAT}, it is ` +
        `${metadata.format ?? "missing"}`,
    );
  }
  const config = parseNetworkConfig(parseJson(path, "config", metadata.config), `"${path}"`);
  const adam = parseOptions(path, "adam", adamSchema, metadata.adam);
  const optimizer = z.enum(OPTIMIZERS).safeParse(metadata.optimizer ?? "adam");
  if (!optimizer.success) {
    throw new DataError(
      `Cannot read case "${path}": its optimizer must be ${OPTIMIZERS.join(" or ")}, it is ` +
        `"${metadata.optimizer}"`,
    );
  }
  const gradientLoss = metadata.gradientLoss === undefined
    ? undefined
    : parseOptions(path, "gradientLoss", gradientLossSchema, metadata.gradientLoss);
  const reader = new CaseReader(path, tensors);
  const position = reader.float32("graph/position", ["N", "D"]);
  const [nodeCount, dimensions] = position.shape;
  if (nodeCount === 0 || dimensions < 1 || dimensions > 3) {
    throw new DataError(
      `Cannot read case "${path}": it must have at least one node in 1 to 3 dimensions, ` +
        `graph/position is [${position.shape.join(", ")}]`,
    );
  }
  const layout = new ParameterLayout(config);
  return {
    config,
    optimizer: optimizer.data,
    adam,
    gradientLoss,
    nodeCount,
    dimensions,
    position: position.data,
    input: reader.float32("graph/input", [nodeCount, config.inputs]).data,
    target: reader.float32("graph/target", [nodeCount, config.outputs]).data,
    counted: reader.flags("graph/counted", nodeCount),
    ...reader.edges(nodeCount),
    parameters: layout.fromTensors(reader.named("parameters/"), `"${path}"`),
    expected: readExpectation(reader, layout, adam, nodeCount, config.outputs),
  };
}

function readExpectation(
  reader: CaseReader,
  layout: ParameterLayout,
  adam: CaseAdam,
  nodeCount: number,
  outputs: number,
): CaseExpectation | undefined {
  if (!reader.hasAny("expected/")) return undefined;
  const gradient = reader.named("expected/gradient/");
  const after = reader.named("expected/after/");
  // Checks names and shapes.
  layout.fromTensors(gradient, `"${reader.path}" (expected/gradient)`);
  layout.fromTensors(after, `"${reader.path}" (expected/after)`);
  return {
    prediction: reader.float32("expected/prediction", [nodeCount, outputs]).data,
    loss: reader.float32("expected/loss", [1]).data[0],
    gradient,
    losses: reader.float32("expected/losses", [adam.steps]).data,
    after,
  };
}

/** Typed access to the tensors of one file. */
class CaseReader {
  constructor(readonly path: string, readonly tensors: Readonly<Record<string, Tensor>>) {}

  hasAny(prefix: string): boolean {
    return Object.keys(this.tensors).some((name) => name.startsWith(prefix));
  }

  float32(name: string, shape: readonly (number | string)[]): NamedTensor {
    return float32Tensor(this.path, name, this.#shaped(name, shape));
  }

  /** Numbers that are 0 or 1. */
  flags(name: string, length: number): Float32Array {
    const { data } = this.#shaped(name, [length]);
    const flags = new Float32Array(length);
    for (let k = 0; k < length; k++) {
      if (Number(data[k]) !== 0 && Number(data[k]) !== 1) {
        throw new DataError(
          `Cannot read case "${this.path}": "${name}" must be 0 or 1, element ${k} is ${data[k]}`,
        );
      }
      flags[k] = Number(data[k]);
    }
    return flags;
  }

  edges(nodeCount: number): { readonly senders: Uint32Array; readonly receivers: Uint32Array } {
    const senders = this.#nodeNumbers("graph/senders", nodeCount);
    const receivers = this.#nodeNumbers("graph/receivers", nodeCount);
    if (senders.length !== receivers.length) {
      throw new DataError(
        `Cannot read case "${this.path}": every edge must have a sender and a receiver, received ` +
          `${senders.length} senders and ${receivers.length} receivers`,
      );
    }
    return { senders, receivers };
  }

  /** The tensors under `prefix`, by the rest of their names. */
  named(prefix: string): Record<string, NamedTensor> {
    const entries = Object.entries(this.tensors).filter(([name]) => name.startsWith(prefix));
    const read = ([name, tensor]: [string, Tensor]) =>
      [name.slice(prefix.length), float32Tensor(this.path, name, tensor)] as const;
    return Object.fromEntries(entries.map(read));
  }

  #nodeNumbers(name: string, nodeCount: number): Uint32Array {
    const { data } = this.#shaped(name, ["E"]);
    const numbers = new Uint32Array(data.length);
    for (let e = 0; e < data.length; e++) {
      const node = Number(data[e]);
      if (!Number.isInteger(node) || node < 0 || node >= nodeCount) {
        throw new DataError(
          `Cannot read case "${this.path}": "${name}" must be node numbers below ` +
            `${nodeCount}, edge ${e} has ${node}`,
        );
      }
      numbers[e] = node;
    }
    return numbers;
  }

  /** The tensor of a name; a string in `shape` matches any extent. */
  #shaped(name: string, shape: readonly (number | string)[]): Tensor {
    const tensor = this.tensors[name];
    if (tensor === undefined) {
      throw new DataError(`Cannot read case "${this.path}": it has no tensor "${name}"`);
    }
    const fits = tensor.shape.length === shape.length &&
      shape.every((extent, axis) => typeof extent === "string" || extent === tensor.shape[axis]);
    if (!fits) {
      throw new DataError(
        `Cannot read case "${this.path}": "${name}" must be [${shape.join(", ")}], it is ` +
          `[${tensor.shape.join(", ")}]`,
      );
    }
    return tensor;
  }
}

function parseOptions<T>(
  path: string,
  key: string,
  schema: z.ZodType<T>,
  text: string | undefined,
): T {
  const { data, error } = schema.safeParse(parseJson(path, key, text));
  if (error === undefined) return data;
  const problems = error.issues.map((issue) => `${issue.path.join(".") || key}: ${issue.message}`);
  throw new DataError(
    `Cannot read case "${path}": its options "${key}" are invalid, ${problems.join("; ")}`,
  );
}

function parseJson(path: string, key: string, text: string | undefined): unknown {
  if (text === undefined) {
    throw new DataError(`Cannot read case "${path}": its metadata has no "${key}"`);
  }
  try {
    return parseJsonText(text, MAX_OPTION_CHARACTERS);
  } catch (cause) {
    throw new DataError(`Cannot read case "${path}": its metadata "${key}" is not JSON`, {
      cause,
    });
  }
}
