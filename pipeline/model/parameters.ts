/**
 * The parameters of a network as one flat array, and their names and shapes in PyTorch.
 *
 * With one flat array there is one gradient message, one optimizer loop and one upload. Weights are
 * stored transposed (`[in, out]`), the layout that the kernels read; files have PyTorch's
 * `[out, in]`.
 *
 * @module
 */

import { DataError, didYouMean } from "../../errors.ts";
import { edgeEndsWidth } from "../../kernels/ops/edge_ends.ts";
import { fillUniform, hash } from "../graph/random.ts";
import type { NetworkConfig } from "./config.ts";

/** One tensor inside the flat array. */
export interface ParameterTensor {
  /** PyTorch name, such as `encoder.0.weight`. */
  readonly name: string;
  /** PyTorch shape: `[out, in]` or `[out]`. */
  readonly shape: readonly number[];
  /** First element in the flat array. */
  readonly offset: number;
  readonly length: number;
  /** Inputs of its layer: initial values are uniform in ±1/sqrt(fanIn). */
  readonly fanIn: number;
}

/** A named tensor in PyTorch's layout. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Position of every parameter of a network in its flat array. */
export class ParameterLayout {
  readonly tensors: readonly ParameterTensor[];
  readonly length: number;
  readonly #byName: ReadonlyMap<string, ParameterTensor>;

  constructor(config: NetworkConfig) {
    const tensors: ParameterTensor[] = [];
    let offset = 0;
    for (const { name, shape, fanIn } of parameterShapes(config)) {
      const length = shape.reduce((product, extent) => product * extent, 1);
      tensors.push({ name, shape, offset, length, fanIn });
      offset += length;
    }
    this.tensors = tensors;
    this.length = offset;
    this.#byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  /**
   * The tensor called `name`.
   *
   * @throws {RangeError} If the network has no such tensor.
   */
  tensor(name: string): ParameterTensor {
    const tensor = this.#byName.get(name);
    if (tensor === undefined) {
      throw new RangeError(`Cannot find parameter "${name}": the network has no such tensor`);
    }
    return tensor;
  }

  /** The tensor that holds an element of the flat array. */
  tensorAt(element: number): ParameterTensor | undefined {
    return this.tensors.find(({ offset, length }) =>
      element >= offset && element < offset + length
    );
  }

  /** The parameters in `flat` as named tensors in PyTorch's layout. */
  toTensors(flat: Float32Array): Record<string, NamedTensor> {
    return Object.fromEntries(this.tensors.map((tensor) => {
      const stored = flat.subarray(tensor.offset, tensor.offset + tensor.length);
      const data = tensor.shape.length === 2
        ? transpose(stored, tensor.shape[1], tensor.shape[0])
        : stored.slice();
      return [tensor.name, { shape: tensor.shape, data }];
    }));
  }

  /**
   * The flat array from named tensors in PyTorch's layout.
   *
   * @param source Name of the file, for the error message.
   * @throws {DataError} If a tensor is missing, unknown, or of a shape other than the network's.
   */
  fromTensors(
    tensors: Readonly<Record<string, NamedTensor>>,
    source: string,
  ): Float32Array<ArrayBuffer> {
    // Checked before allocation: a damaged file may describe a network larger than the memory.
    this.#checkTensors(tensors, source);
    const flat = new Float32Array(this.length);
    for (const { name, shape, offset } of this.tensors) {
      const { data } = tensors[name];
      flat.set(shape.length === 2 ? transpose(data, shape[0], shape[1]) : data, offset);
    }
    return flat;
  }

  /**
   * Initial values: uniform in ±1/sqrt(fan-in), the default of PyTorch's Linear, keyed by seed,
   * tensor name and element; weight 1 and bias 0 for layer norm.
   */
  initialValues(seed: number): Float32Array<ArrayBuffer> {
    const flat = new Float32Array(this.length);
    for (const { name, offset, length, fanIn } of this.tensors) {
      const values = flat.subarray(offset, offset + length);
      if (name === "hop.norm.weight") values.fill(1);
      else if (name !== "hop.norm.bias") {
        const bound = 1 / Math.sqrt(fanIn);
        fillUniform(hash(seed, "parameters", name), values);
        for (let k = 0; k < length; k++) values[k] = (2 * values[k] - 1) * bound;
      }
    }
    return flat;
  }

  #checkTensors(tensors: Readonly<Record<string, NamedTensor>>, source: string): void {
    for (const { name, shape } of this.tensors) {
      const given = tensors[name];
      const expected = `[${shape.join(", ")}]`;
      if (given === undefined) {
        throw new DataError(
          `Cannot read parameters from ${source}: tensor "${name}" ${expected} is missing`,
        );
      }
      const received = `[${given.shape.join(", ")}]`;
      if (received !== expected) {
        throw new DataError(
          `Cannot read parameters from ${source}: "${name}" must be ${expected}, received ` +
            received,
        );
      }
    }
    for (const name of Object.keys(tensors)) {
      if (this.#byName.has(name)) continue;
      throw new DataError(
        `Cannot read parameters from ${source}: the network has no "${name}", ` +
          didYouMean(name, this.#byName.keys()),
      );
    }
  }
}

/**
 * The layer sizes of an MLP of the network, `[in, hidden..., out]`.
 *
 * @throws {RangeError} If the network has no MLPs.
 */
export function mlpSizes(
  config: NetworkConfig,
  name: "encoder" | "decoder" | "kernel",
): readonly number[] {
  if (config.network !== "dsmpnn") {
    throw new RangeError(`Cannot find MLP "${name}": a ${config.network} network has no MLPs`);
  }
  const { inputs, outputs, width } = config;
  if (name === "encoder") return [inputs, ...config.encoderHidden, width];
  if (name === "decoder") return [width, ...config.decoderHidden, outputs];
  const { edgeInputs, dimensions } = config;
  const edgeWidth = edgeInputs === "ends"
    ? edgeEndsWidth(inputs, outputs, dimensions!)
    : inputs + outputs;
  return [edgeWidth, ...config.kernelHidden];
}

interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  readonly fanIn: number;
}

function* parameterShapes(config: NetworkConfig): Generator<ParameterShape> {
  if (config.network === "gcn") {
    const sizes = [config.inputs, ...Array(config.layers - 1).fill(config.width), config.outputs];
    return yield* linearStack("gcn", sizes);
  }
  const { width, kernelHidden } = config;
  const hiddenWidth = kernelHidden[kernelHidden.length - 1];
  yield* linearStack("encoder", mlpSizes(config, "encoder"));
  yield* linearStack("decoder", mlpSizes(config, "decoder"));
  yield* linearStack("kernel", mlpSizes(config, "kernel"));
  // Transposed, the weight is [hiddenWidth, width²]; followed by the bias as one more row, it is
  // the right factor of the product with the moments.
  yield { name: "kernelMatrix.weight", shape: [width * width, hiddenWidth], fanIn: hiddenWidth };
  yield { name: "kernelMatrix.bias", shape: [width * width], fanIn: hiddenWidth };
  yield { name: "hop.bias", shape: [width], fanIn: width };
  if (config.rootWeight) yield { name: "hop.root", shape: [width, width], fanIn: width };
  if (config.hopNorm === "layer") {
    yield { name: "hop.norm.weight", shape: [width], fanIn: width };
    yield { name: "hop.norm.bias", shape: [width], fanIn: width };
  }
}

function* linearStack(name: string, sizes: readonly number[]): Generator<ParameterShape> {
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const fanIn = sizes[layer];
    const out = sizes[layer + 1];
    yield { name: `${name}.${layer}.weight`, shape: [out, fanIn], fanIn };
    yield { name: `${name}.${layer}.bias`, shape: [out], fanIn };
  }
}

function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const transposed = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) transposed[j * rows + i] = matrix[i * columns + j];
  }
  return transposed;
}
