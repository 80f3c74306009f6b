/**
 * A trained model that predicts meshes in the calling thread, for use in your own program.
 *
 * @module
 */

import { DataError, requireInteger } from "../../errors.ts";
import type { Device } from "../../kernels/device.ts";
import { createDevice, type DeviceChoice } from "../../kernels/select_device.ts";
import type { EdgeRule } from "../graph/edge_rule.ts";
import { localGraphs } from "../graph/local_graph.ts";
import { AXES } from "../batches/field_names.ts";
import { gatherRows } from "../batches/graph_rows.ts";
import type { TrainedModel } from "../training/model_batch.ts";
import { readModelFile } from "../training/model_file.ts";
import { RankNetwork } from "../training/rank_network.ts";
import { coverMesh, type CoverMode, groupSizeOf } from "./cover.ts";
import { groupGraph, type MeshNodes } from "./group_graph.ts";
import { predictGraph } from "./predict_graph.ts";
import { RoundMean } from "./round_mean.ts";

/** A mesh with the fields that the model reads. */
export interface MeshInput {
  /** Node positions `[N, D]`, in the units of the training meshes. */
  readonly position: Float32Array;
  /** Values `[N]` of every input of the model except the coordinates, by name. */
  readonly inputs: Readonly<Record<string, Float32Array>>;
  /** Key of the random numbers; equal ids give equal predictions. @default "mesh" */
  readonly id?: string | undefined;
}

/** Options of {@linkcode Model.predict}. */
export interface PredictMeshOptions {
  /**
   * "cover": groups of as many nodes as the graphs of the training have; "full": one graph of all
   * nodes.
   *
   * @default "cover"
   */
  readonly mode?: CoverMode | undefined;
  /** Number of covers whose predictions are averaged. @default 1 */
  readonly rounds?: number | undefined;
  /** Seed of the groups and the edges. @default 0 */
  readonly seed?: number | undefined;
}

/** A trained network on one device. Dispose of it to release the device. */
export class Model implements Disposable {
  readonly #device: Device;
  readonly #network: RankNetwork;
  readonly #model: TrainedModel;
  readonly #edgeRule: EdgeRule;
  /** Resolves when no mesh is being predicted. */
  #idle: Promise<unknown> = Promise.resolve();
  #isDisposed = false;

  /** Use {@linkcode loadModel}. */
  constructor(device: Device, model: TrainedModel, edgeRule: EdgeRule) {
    this.#device = device;
    this.#model = model;
    this.#edgeRule = edgeRule;
    this.#network = new RankNetwork(device, model.config);
    this.#network.setParameters(model.parameters);
  }

  /** Names of the inputs except the coordinates. */
  get inputNames(): readonly string[] {
    return this.#model.inputNames.filter((name) => !AXES.includes(name));
  }

  /** Names of the predicted values. */
  get targetNames(): readonly string[] {
    return this.#model.targetNames;
  }

  /**
   * Predicts every node of a mesh in physical units, with the same numbers as
   * {@linkcode predictStore} on one rank for a mesh of the same `id`. Calls are queued: one mesh is
   * predicted at a time.
   *
   * @returns Values `[N]` of each target, by name.
   * @throws {DataError} If an input is missing, has another length, or is not finite.
   * @throws {RangeError} If an option is out of range.
   */
  predict(
    mesh: MeshInput,
    options: PredictMeshOptions = {},
  ): Promise<Record<string, Float32Array>> {
    const prediction = this.#idle.then(() => this.#predict(mesh, options));
    this.#idle = prediction.catch(() => {});
    return prediction;
  }

  /** Releases the device. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#network.release();
    this.#device.destroy();
  }

  async #predict(
    mesh: MeshInput,
    { mode = "cover", rounds = 1, seed = 0 }: PredictMeshOptions,
  ): Promise<Record<string, Float32Array>> {
    if (this.#isDisposed) {
      throw new TypeError("Cannot predict: the model has been disposed of; load it again");
    }
    requireInteger("Cannot predict: rounds", rounds, 1);
    requireInteger("Cannot predict: seed", seed, 0);
    const { id = "mesh", position } = mesh;
    const { graphRule, inputNames, targetNames, normalisation } = this.#model;
    const dimensions = inputNames.length - this.inputNames.length;
    const nodeCount = position.length / dimensions;
    const rows = this.#inputRows(mesh, dimensions, nodeCount);
    const nodes: MeshNodes = { id, dimensions, position };
    const groupSize = groupSizeOf(graphRule, mode);
    const result = new RoundMean(id, nodeCount, targetNames.length, rounds);
    for (const group of coverMesh(nodeCount, { groupSize, rounds, seed, mesh: id })) {
      const draw = { seed, epoch: group.round };
      const graph = groupGraph(nodes, group.nodes, this.#edgeRule, draw);
      const [local] = localGraphs(graph, new Uint32Array(group.nodes.length), 1);
      const input = gatherRows(rows, inputNames.length, group.nodes);
      const inputs = { input, inputNames };
      const named = { ...local, nodes: group.nodes };
      const values = await predictGraph(this.#network, named, inputs, normalisation);
      result.add(group.round, group.nodes, values);
    }
    const mean = result.mean();
    const columnOf = (column: number) => mean.filter((_, k) => k % targetNames.length === column);
    return Object.fromEntries(targetNames.map((name, column) => [name, columnOf(column)]));
  }

  /** Coordinates and inputs of every node `[N, I]`. */
  #inputRows(
    { position, inputs }: MeshInput,
    dimensions: number,
    nodeCount: number,
  ): Float32Array {
    if (!Number.isInteger(nodeCount) || nodeCount === 0) {
      throw new DataError(
        `Cannot predict: positions must be [N, ${dimensions}] with N >= 1, received ` +
          `${position.length} numbers`,
      );
    }
    const width = this.#model.inputNames.length;
    const rows = new Float32Array(nodeCount * width);
    this.#model.inputNames.forEach((name, column) => {
      const isAxis = AXES.includes(name);
      const values = isAxis ? position : inputs[name];
      if (values === undefined) {
        const received = Object.keys(inputs).join(", ") || "none";
        throw new DataError(`Cannot predict: input "${name}" is missing, received ${received}`);
      }
      if (!isAxis && values.length !== nodeCount) {
        throw new DataError(
          `Cannot predict: input "${name}" must have one value per node, received ` +
            `${values.length} for ${nodeCount} nodes`,
        );
      }
      for (let node = 0; node < nodeCount; node++) {
        const value = isAxis ? values[node * dimensions + column] : values[node];
        if (!Number.isFinite(value)) {
          throw new DataError(
            `Cannot predict: input "${name}" must be finite, node ${node} has ${value}`,
          );
        }
        rows[node * width + column] = value;
      }
    });
    return rows;
  }
}

/**
 * Loads a trained model from a `model.safetensors` file onto a device.
 *
 * @param options.device @default "auto"
 * @throws {DataError} If the file is missing or damaged, or its model was trained on given graphs.
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
): Promise<Model> {
  const { model } = await readModelFile(path);
  const { edges, radius, maxEdges } = model.graphRule;
  if (edges === "given") {
    throw new DataError(
      `Cannot predict with "${path}": it was trained on given graphs and has no edge rule`,
    );
  }
  return new Model(await createDevice(device), model, { edges, radius, maxEdges });
}
