/**
 * A trained model as an object that predicts a mesh in this thread, for use in a user's own
 * program.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { Device } from "../../kernels/device.ts";
import { createDevice, type DeviceChoice } from "../../kernels/select_device.ts";
import { connectNodes, type EdgeRule } from "../graph/edge_rule.ts";
import { localGraphs } from "../graph/local_graph.ts";
import { coverGroups } from "../graph/sampling.ts";
import { NO_HALO } from "../model/halo.ts";
import type { Network } from "../model/network.ts";
import { createNetwork } from "../model/create_network.ts";
import { AXES } from "../batches/field_names.ts";
import { gatherRows } from "../batches/graph_rows.ts";
import type { TrainedModel } from "../training/model_batch.ts";
import { readModelFile } from "../training/model_file.ts";
import { denormaliseTargets, normalise } from "../training/normalisation.ts";

/** The nodes of a mesh with the fields that the model reads. */
export interface SurrogateInput {
  /** Node positions `[N, D]`. */
  readonly position: Float32Array;
  /** One value per node `[N]` for every input of the model but the coordinates, by name. */
  readonly inputs: Readonly<Record<string, Float32Array>>;
  /** Name for the keyed random numbers; equal names give equal predictions. @default "mesh" */
  readonly id?: string | undefined;
}

/** How a mesh is predicted. */
export interface SurrogateOptions {
  /**
   * Groups as large as the sampled graphs of the training, or one graph of all nodes. @default
   * "cover"
   */
  readonly mode?: "cover" | "full" | undefined;
  /** Covers that are averaged. @default 1 */
  readonly rounds?: number | undefined;
  /** Of the groups and edges. @default 0 */
  readonly seed?: number | undefined;
}

/** A trained network on one device; dispose of it when done. */
export class Surrogate implements Disposable {
  readonly #device: Device;
  readonly #network: Network;
  readonly #model: TrainedModel;
  readonly #edgeRule: EdgeRule;
  /** Ends when no mesh is on the device. */
  #idle: Promise<unknown> = Promise.resolve();
  #isDisposed = false;

  /** Use {@linkcode loadModel}. */
  constructor(device: Device, model: TrainedModel, edgeRule: EdgeRule) {
    this.#device = device;
    this.#model = model;
    this.#edgeRule = edgeRule;
    this.#network = createNetwork(device, model.config);
    device.write(this.#network.parameters, model.parameters);
  }

  /** Names of the inputs beside the coordinates. */
  get inputNames(): readonly string[] {
    return this.#model.inputNames.filter((name) => !AXES.includes(name));
  }

  /** Names of the predicted values. */
  get targetNames(): readonly string[] {
    return this.#model.targetNames;
  }

  /**
   * Predicts every node of a mesh in physical units: the numbers of {@linkcode predictStore} on one
   * rank for a mesh of the same `id`. Meshes are predicted in the order of the calls, one at a
   * time.
   *
   * @returns One array `[N]` per target, by name.
   * @throws {DataError} When an input is missing, has another length, or is not finite.
   * @throws {RangeError} When an option is out of range.
   */
  predict(
    mesh: SurrogateInput,
    options: SurrogateOptions = {},
  ): Promise<Record<string, Float32Array>> {
    const prediction = this.#idle.then(() => this.#predict(mesh, options));
    this.#idle = prediction.catch(() => {});
    return prediction;
  }

  /** Gives the device back. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#network.release();
    this.#device.destroy();
  }

  async #predict(
    mesh: SurrogateInput,
    options: SurrogateOptions,
  ): Promise<Record<string, Float32Array>> {
    if (this.#isDisposed) {
      throw new TypeError("Cannot predict as the model must not be disposed of: load it again");
    }
    const { mode = "cover", rounds = 1, seed = 0 } = options;
    checkInteger("rounds", rounds, 1);
    checkInteger("seed", seed, 0);
    const { id = "mesh", position } = mesh;
    const { graphRule, targetNames } = this.#model;
    const dimensions = this.#model.inputNames.length - this.inputNames.length;
    const nodeCount = position.length / dimensions;
    const input = this.#inputRows(mesh, dimensions, nodeCount);
    const groupSize = mode === "full" || graphRule.sampledNodes === 0
      ? nodeCount
      : graphRule.sampledNodes;
    const sums = new Float64Array(nodeCount * targetNames.length);
    for (let round = 0; round < rounds; round++) {
      for (const nodes of coverGroups(nodeCount, groupSize, { seed, round, mesh: id })) {
        const physical = await this.#predictNodes(position, dimensions, input, nodes, {
          seed,
          epoch: round,
          mesh: id,
        });
        for (let k = 0; k < nodes.length; k++) {
          for (let c = 0; c < targetNames.length; c++) {
            sums[nodes[k] * targetNames.length + c] += physical[k * targetNames.length + c];
          }
        }
      }
    }
    return Object.fromEntries(targetNames.map((name, c) => [
      name,
      Float32Array.from(
        { length: nodeCount },
        (_, node) => sums[node * targetNames.length + c] / rounds,
      ),
    ]));
  }

  /** Prediction of `nodes` `[nodes, O]` in physical units. */
  async #predictNodes(
    position: Float32Array,
    dimensions: number,
    input: Float32Array,
    nodes: Uint32Array,
    purpose: { readonly seed: number; readonly epoch: number; readonly mesh: string },
  ): Promise<Float32Array> {
    const { normalisation, inputNames } = this.#model;
    const { inputMean, inputScale } = normalisation;
    const nodePosition = gatherRows(position, dimensions, nodes);
    const graph = connectNodes(nodePosition, dimensions, this.#edgeRule, { ...purpose, nodes });
    const [local] = localGraphs(graph, new Uint32Array(nodes.length), 1);
    const rows = gatherRows(input, this.#model.inputNames.length, nodes);
    const prediction = await this.#network.forward(
      { graph: local, input: normalise(rows, inputMean, inputScale) },
      NO_HALO,
      { training: false },
    );
    return denormaliseTargets(
      await this.#device.read(prediction),
      { input: rows, inputNames },
      normalisation,
    );
  }

  /** Position and inputs side by side `[N, I]`. */
  #inputRows(
    { position, inputs }: SurrogateInput,
    dimensions: number,
    nodeCount: number,
  ): Float32Array {
    if (!Number.isInteger(nodeCount) || nodeCount === 0) {
      throw new DataError(
        `Cannot predict as the positions must be [N, ${dimensions}] with N >= 1: received ` +
          `${position.length} numbers`,
      );
    }
    const width = this.#model.inputNames.length;
    const rows = new Float32Array(nodeCount * width);
    this.#model.inputNames.forEach((name, column) => {
      const isAxis = AXES.includes(name);
      const values = isAxis ? position : inputs[name];
      if (values === undefined) {
        const given = Object.keys(inputs).join(", ") || "none";
        throw new DataError(`Cannot predict as input "${name}" must be given: received ${given}`);
      }
      if (!isAxis && values.length !== nodeCount) {
        throw new DataError(
          `Cannot predict as input "${name}" must have one value per node: received ` +
            `${values.length} for ` +
            `${nodeCount} nodes`,
        );
      }
      for (let node = 0; node < nodeCount; node++) {
        const value = isAxis ? values[node * dimensions + column] : values[node];
        if (!Number.isFinite(value)) {
          throw new DataError(
            `Cannot predict as input "${name}" must be finite: node ${node} has ${value}`,
          );
        }
        rows[node * width + column] = value;
      }
    });
    return rows;
  }
}

function checkInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(
    `Cannot predict as ${name} must be an integer >= ${least}: received ${value}`,
  );
}

/**
 * Loads a trained model from a `model.safetensors` file onto a device.
 *
 * @param options.device @default "auto"
 * @throws {DataError} When the file is missing, damaged or does not fit its network.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadModel } from "./model.ts";
 *
 * using model = await loadModel("tests/fixtures/models/darcy.safetensors", { device: "cpu" });
 * const { solution } = await model.predict({
 *   position: Float32Array.of(0.4, 0.5, 0.5, 0.5, 0.6, 0.5),
 *   inputs: { coefficient: Float32Array.of(12, 12, 3) },
 * });
 * assert.equal(solution.length, 3);
 * ```
 */
export async function loadModel(
  path: string,
  { device = "auto" }: { readonly device?: DeviceChoice | undefined } = {},
): Promise<Surrogate> {
  const { model } = await readModelFile(path);
  const { edges, radius, maxEdges } = model.graphRule;
  if (edges === "given") {
    throw new DataError(
      `Cannot predict with "${path}" as it was trained on given graphs: it has no edge rule`,
    );
  }
  return new Surrogate(await createDevice(device), model, { edges, radius, maxEdges });
}
