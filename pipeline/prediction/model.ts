/**
 * A trained model that predicts meshes in the calling thread, for use in your own program.
 *
 * @module
 */

import { DataError, requireInteger } from "../../errors.ts";
import { formatNumber } from "../../format.ts";
import type { Device } from "../../kernels/device.ts";
import { createDevice, type DeviceChoice } from "../../kernels/select_device.ts";
import { givenCount } from "../derived/derivation.ts";
import { InputDeriver } from "../derived/derive_inputs.ts";
import type { EdgeRule } from "../graph/edge_rule.ts";
import { spatialOrder } from "../graph/spatial_order.ts";
import { localGraphs } from "../graph/local_graph.ts";
import { fieldValues } from "../batches/field_names.ts";
import { addOffsets, unpackOffsets } from "../batches/value_offsets.ts";
import { gatherRows } from "../batches/graph_rows.ts";
import type { TrainedModel } from "../training/model_batch.ts";
import { NO_RANGE } from "../training/range_of_fields.ts";
import { MAX_FIT_LENGTH } from "../training/model_file.ts";
import { readModelOrCheckpoint } from "../training/checkpoint_file.ts";
import { RankNetwork } from "../training/rank_network.ts";
import { coverMesh, type CoverMode, groupSizeOf } from "./cover.ts";
import { groupGraph, type MeshNodes } from "./group_graph.ts";
import {
  RangeCheck,
  type RangeExcess,
  rangeText,
  SpacingMeter,
  type TrainingRange,
} from "../training/training_range.ts";
import { givenInputs, type MeshInput } from "./mesh_input.ts";
import { localFit } from "./local_fit.ts";
import { predictGraph } from "./predict_graph.ts";
import { RoundMean } from "./round_mean.ts";

/** Options of {@linkcode Model.predict}. */
export interface PredictMeshOptions {
  /**
   * "cover": groups of nodes; "full": one graph of all nodes.
   *
   * @default as the pipeline of the training predicted, or "cover"
   */
  readonly mode?: CoverMode | undefined;
  /**
   * Maximum number of nodes in a group.
   *
   * @default as in the pipeline of the training, or as in its graphs
   */
  readonly nodes?: number | undefined;
  /**
   * Maximum number of edges per node, or number of its nearest neighbours; larger groups have more
   * candidates within the radius.
   *
   * @default as in the pipeline of the training, or as in its graphs
   */
  readonly maxEdges?: number | undefined;
  /**
   * Number of covers whose predictions are averaged.
   *
   * @default as in the pipeline of the training, or 1
   */
  readonly rounds?: number | undefined;
  /** Seed of the groups and the edges. @default as in the pipeline of the training, or 0 */
  readonly seed?: number | undefined;
  /**
   * Length of a local linear fit of the prediction, in local spacings; 0 for none.
   *
   * @default as in the pipeline of the training, or 0
   */
  readonly fitLength?: number | undefined;
  /**
   * Receives a sentence about each input or spacing outside the range of the training, about
   * positions that float32 has rounded, and about a model without a range.
   *
   * @default console.warn
   */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/** Steps of float32 in the distance of neighbours below which rounding moves nodes visibly. */
const MIN_POSITION_STEPS = 12;

/** A trained network on one device. Dispose of it to release the device. */
export class Model implements Disposable {
  readonly #device: Device;
  readonly #network: RankNetwork;
  readonly #model: TrainedModel;
  readonly #edgeRule: EdgeRule;
  readonly #deriver: InputDeriver;
  /** Names of the inputs that are not derived, the coordinates first. */
  readonly #givenNames: readonly string[];
  /** Resolves when no mesh is being predicted. */
  #idle: Promise<unknown> = Promise.resolve();
  #isDisposed = false;
  #hasWarned = false;

  /** Use {@linkcode loadModel}. */
  constructor(device: Device, model: TrainedModel, edgeRule: EdgeRule) {
    this.#device = device;
    this.#model = model;
    this.#edgeRule = edgeRule;
    const { derived = [], inputNames } = model;
    this.#deriver = new InputDeriver(derived);
    this.#givenNames = inputNames.slice(0, givenCount(derived, model));
    this.#network = new RankNetwork(device, model.config);
    this.#network.setParameters(model.parameters);
  }

  /** Number of space dimensions D. */
  get dimensions(): number {
    return this.#model.dimensions;
  }

  /** Names of the inputs to give: all except the coordinates and those that are derived. */
  get inputNames(): readonly string[] {
    return this.#givenNames.slice(this.#model.dimensions);
  }

  /** Origin of the positions in the training `[D]`, near which float32 holds them. */
  get origin(): Float64Array {
    return unpackOffsets(this.#model.normalisation.valueOffset, 0, this.#model.dimensions);
  }

  /** Range of inputs and spacings in the training; undefined for models of earlier versions. */
  get range(): TrainingRange | undefined {
    return this.#model.range;
  }

  /** How arrays of files became fields, as in the header of the store; undefined if unknown. */
  get preparation(): Readonly<Record<string, unknown>> | undefined {
    return this.#model.preparation;
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
   * @returns Values `[N]` of each target, by name; in float64 for a target that varies too little
   * around a large value for float32.
   * @throws {DataError} If an input is missing, given twice, has another length, or is not finite,
   * or positions are too far from those of the training for float32.
   * @throws {RangeError} If an option is out of range.
   */
  predict(
    mesh: MeshInput,
    options: PredictMeshOptions = {},
  ): Promise<Record<string, Float32Array | Float64Array>> {
    const prediction = this.#idle.then(() => this.#predict(mesh, options));
    this.#idle = prediction.catch(() => {});
    return prediction;
  }

  /**
   * Inputs and spacings of a mesh outside the range of the training; none for a model without
   * range.
   *
   * @throws {DataError} If an input is missing, given twice, has another length, or is not finite.
   */
  outsideRange(mesh: MeshInput): readonly RangeExcess[] {
    return this.#excessOf(mesh.position, this.#inputsOf(mesh).truth);
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
    { mode, nodes: chosenNodes, onWarning = printWarning, ...options }: PredictMeshOptions,
  ): Promise<Record<string, Float32Array | Float64Array>> {
    if (this.#isDisposed) {
      throw new TypeError("Cannot predict: the model has been disposed of; load it again");
    }
    const { dimensions, inputNames, targetNames, normalisation, covers } = this.#model;
    const { rounds = covers?.rounds ?? 1, seed = covers?.seed ?? 0 } = options;
    const { maxEdges = this.#edgeRule.maxEdges, fitLength = covers?.fitLength ?? 0 } = options;
    requireInteger("Cannot predict: rounds", rounds, 1);
    requireInteger("Cannot predict: seed", seed, 0);
    requireInteger("Cannot predict: maxEdges", maxEdges, 1);
    if (chosenNodes !== undefined) requireInteger("Cannot predict: nodes", chosenNodes, 1);
    checkFitLength(fitLength);
    const { id = "mesh" } = mesh;
    const { valueOffset } = normalisation;
    const { rows, truth } = this.#inputsOf(mesh);
    const nodeCount = truth.length / inputNames.length;
    this.#warn(mesh.position, truth, onWarning);
    const position = fieldValues(rows, inputNames.length, { column: 0, components: dimensions });
    const isStratified = covers?.draw !== undefined || this.#edgeRule.draw !== undefined;
    const ranks = isStratified ? spatialOrder(position, dimensions) : undefined;
    const nodes: MeshNodes = { id, dimensions, position, ranks };
    const groupSize = groupSizeOf(this.#model, { mode, nodes: chosenNodes });
    const groups = { groupSize, rounds, seed, mesh: id, ranks: covers?.draw && ranks };
    const rule = { ...this.#edgeRule, maxEdges };
    const result = new RoundMean(id, nodeCount, targetNames.length, rounds);
    for (const group of coverMesh(nodeCount, groups)) {
      const draw = { seed, epoch: group.round };
      const graph = groupGraph(nodes, group.nodes, rule, draw);
      const [local] = localGraphs(graph, new Uint32Array(group.nodes.length), 1);
      const input = gatherRows(rows, inputNames.length, group.nodes);
      const inputs = { input, inputNames, valueOffset };
      const named = { ...local, nodes: group.nodes };
      const values = await predictGraph(this.#network, named, inputs, normalisation);
      result.add(group.round, group.nodes, values);
    }
    const mean = result.mean();
    const fitted = fitLength > 0
      ? localFit(mean, { position, dimensions, width: targetNames.length }, fitLength)
      : mean;
    const targetOffset = unpackOffsets(valueOffset, inputNames.length, targetNames.length);
    return Object.fromEntries(targetNames.map((name, column) => {
      const values = fieldValues(fitted, targetNames.length, { column, components: 1 });
      return [name, addOffsets(values, targetOffset.subarray(column, column + 1))];
    }));
  }

  #excessOf(position: ArrayLike<number>, truth: Float64Array): readonly RangeExcess[] {
    const { dimensions, inputNames, units, normalisation: { inputScale }, range } = this.#model;
    if (range === undefined) return [];
    const check = new RangeCheck({ inputNames, units, inputScale, range });
    check.add({ position, dimensions }, truth);
    return check.result();
  }

  /**
   * Checks that neighbours are many steps of float32 apart.
   *
   * @throws {DataError} If they are not, relative to the model's origin.
   */
  #checkRounding(
    position: Float32Array | Float64Array,
    onWarning: (sentence: string) => void,
  ): void {
    const { dimensions } = this.#model;
    const { origin } = this;
    const isFloat32 = position instanceof Float32Array;
    const { nodes, distances } = new SpacingMeter().measure({ position, dimensions });
    for (const [k, node] of nodes.entries()) {
      let farthest = 0;
      for (let axis = 0; axis < dimensions; axis++) {
        const place = position[node * dimensions + axis] - (isFloat32 ? 0 : origin[axis]);
        farthest = Math.max(farthest, Math.abs(place));
      }
      const step = 2 ** (Math.floor(Math.log2(farthest)) - 23);
      if (distances[k] >= MIN_POSITION_STEPS * step) continue;
      const steps = `float32 has steps of ${formatNumber(step)} at node ${node}, whose neighbour ` +
        `is ${formatNumber(distances[k])} away`;
      if (isFloat32) return onWarning(`Positions are rounded: ${steps}; pass them in float64`);
      throw new DataError(
        `Cannot predict: positions must be near the origin of the model, ` +
          `(${Array.from(origin).join(", ")}), this mesh is ${formatNumber(farthest)} away: ` +
          `${steps}; move it to the place of the training meshes`,
      );
    }
  }

  /** Warns of data unlike those of the training. */
  #warn(
    position: Float32Array | Float64Array,
    truth: Float64Array,
    onWarning: (sentence: string) => void,
  ): void {
    this.#checkRounding(position, onWarning);
    if (this.range === undefined) {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      onWarning(NO_RANGE);
    }
    for (const excess of this.#excessOf(position, truth)) onWarning(rangeText(excess));
  }

  /** Inputs of every node `[N, I]` with the derived ones: less their offsets, and true. */
  #inputsOf(mesh: MeshInput): { readonly rows: Float32Array; readonly truth: Float64Array } {
    const { dimensions, derived, normalisation, units } = this.#model;
    const given = givenInputs(mesh, dimensions, this.#givenNames);
    const width = this.#givenNames.length;
    const offsets = unpackOffsets(normalisation.valueOffset, 0, width);
    const input = Float32Array.from(given, (value, k) => value - offsets[k % width]);
    if (derived === undefined) return { rows: input, truth: given };
    const complete = this.#deriver.derive({
      id: mesh.id ?? "mesh",
      dimensions,
      position: fieldValues(input, width, { column: 0, components: dimensions }),
      cells: mesh.cells,
      input,
      offsets,
      inputNames: this.#givenNames,
      units: units.slice(0, width),
    });
    const total = complete.inputNames.length;
    const truth = Float64Array.from(complete.input, (value, k) => {
      const column = k % total;
      const node = (k - column) / total;
      return column < width ? given[node * width + column] : value + complete.offsets[column];
    });
    return { rows: complete.input, truth };
  }
}

/** @throws {RangeError} If the length of a fit is out of range. */
function checkFitLength(fitLength: number): void {
  if (fitLength >= 0 && fitLength <= MAX_FIT_LENGTH) return;
  throw new RangeError(
    `Cannot predict: fitLength must be from 0 to ${MAX_FIT_LENGTH}, received ${fitLength}`,
  );
}

function printWarning(sentence: string): void {
  console.warn(sentence);
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
  const { model } = await readModelOrCheckpoint(path);
  const { edges, radius, maxEdges: trainedMaxEdges, draw } = model.graphRule;
  if (edges === "given") {
    throw new DataError(
      `Cannot predict with "${path}": it was trained on given graphs and has no edge rule`,
    );
  }
  const maxEdges = model.covers?.maxEdges ?? trainedMaxEdges;
  return new Model(await createDevice(device), model, { edges, radius, maxEdges, draw });
}
