/**
 * Predictions that need no network: what a trained one has to beat.
 *
 * @module
 */

import { NearestNodes } from "../graph/nearest_nodes.ts";

/** Nodes on which samples of different meshes are compared: spread evenly over the node numbers. */
const PROBE_NODES = 1024;

/** A mesh with the values that go into a prediction. */
export interface BaselineQuery {
  /** D. */
  readonly dimensions: number;
  /** Node positions [N, D]. */
  readonly position: ArrayLike<number>;
  /** Input values [N, I]. */
  readonly input: ArrayLike<number>;
}

/** A training sample; its arrays are kept, not copied, and must not change. */
export interface BaselineSample extends BaselineQuery {
  readonly id: string;
  /** Target values [N, O]. */
  readonly target: ArrayLike<number>;
}

/** A prediction rule that is fed with training samples and then asked. */
export interface Baseline {
  add(sample: BaselineSample): void;
  /** Target values [N, O] at the nodes of the query. @throws {RangeError} when no sample was added. */
  predict(query: BaselineQuery): Float64Array;
}

/**
 * Predicts the mean of the training targets, node by node.
 *
 * Means are taken on the mesh of the first sample; a sample on another mesh gives each of its nodes the value of the
 * nearest node of its own, and so does a query.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const baseline = new MeanFieldBaseline();
 * const mesh = { dimensions: 1, position: [0, 1], input: [0, 0] };
 * baseline.add({ ...mesh, id: "a", target: [1, 2] });
 * baseline.add({ ...mesh, id: "b", target: [3, 6] });
 * assert.deepEqual([...baseline.predict(mesh)], [2, 4]);
 * ```
 */
export class MeanFieldBaseline implements Baseline {
  #mesh: MeshNodes | undefined;
  #sums = new Float64Array(0);
  #sampleCount = 0;

  add(sample: BaselineSample): void {
    this.#mesh ??= new MeshNodes(sample);
    const width = columnCount(sample, sample.target);
    if (this.#sampleCount === 0) this.#sums = new Float64Array(this.#mesh.nodeCount * width);
    checkWidth(sample, "targets", width, this.#sums.length / this.#mesh.nodeCount);
    const nodes = new MeshNodes(sample).nodesAt(this.#mesh);
    for (let node = 0; node < this.#mesh.nodeCount; node++) {
      const from = nodes ? nodes[node] : node;
      for (let o = 0; o < width; o++) this.#sums[node * width + o] += sample.target[from * width + o];
    }
    this.#sampleCount++;
  }

  predict(query: BaselineQuery): Float64Array {
    if (!this.#mesh) throw noTrainingSample();
    const width = this.#sums.length / this.#mesh.nodeCount;
    const mean = this.#sums.map((sum) => sum / this.#sampleCount);
    return gather(mean, width, new MeshNodes(query), this.#mesh);
  }
}

/**
 * Predicts the target of the training sample whose input field is nearest in the mean square.
 *
 * Each input is divided by its deviation over the training set, so units do not matter; inputs that never vary are
 * left out. On equal meshes every node is compared, otherwise up to 1,024 nodes of the query with the nearest nodes
 * of the training sample. Equal distances go to the sample added first. Keeps every training sample: memory is that
 * of the training set, and a query costs O(S·N) on equal meshes.
 */
export class NearestSampleBaseline implements Baseline {
  readonly #samples: { readonly mesh: MeshNodes; readonly sample: BaselineSample }[] = [];
  #moments: { sum: number; squares: number; shift: number }[] = [];
  #nodeCount = 0;

  add(sample: BaselineSample): void {
    const latest = this.#samples[this.#samples.length - 1]?.mesh;
    const mesh = new MeshNodes(sample);
    const width = columnCount(sample, sample.input);
    if (this.#moments.length === 0) {
      this.#moments = Array.from(
        { length: width },
        (_, i) => ({ sum: 0, squares: 0, shift: sample.input[i] }),
      );
    }
    checkWidth(sample, "inputs", width, this.#moments.length);
    for (let k = 0; k < sample.input.length; k++) {
      const moment = this.#moments[k % width];
      const value = sample.input[k] - moment.shift;
      moment.sum += value;
      moment.squares += value * value;
    }
    this.#nodeCount += mesh.nodeCount;
    // One search tree serves all samples on the same mesh.
    this.#samples.push({ mesh: latest && mesh.equals(latest) ? latest : mesh, sample });
  }

  /** The training sample with the nearest input field. @throws {RangeError} when no sample was added. */
  nearest(query: BaselineQuery): BaselineSample {
    return this.#nearest(new MeshNodes(query), query).sample;
  }

  predict(query: BaselineQuery): Float64Array {
    const mesh = new MeshNodes(query);
    const nearest = this.#nearest(mesh, query);
    return gather(
      nearest.sample.target,
      columnCount(nearest.sample, nearest.sample.target),
      mesh,
      nearest.mesh,
    );
  }

  #nearest(mesh: MeshNodes, query: BaselineQuery) {
    if (this.#samples.length === 0) throw noTrainingSample();
    const weights = this.#weights();
    let nearest = this.#samples[0];
    let best = Infinity;
    let knownMesh: MeshNodes | undefined;
    let pairs: readonly [ArrayLike<number>, ArrayLike<number>] | undefined;
    for (const candidate of this.#samples) {
      if (candidate.mesh !== knownMesh) {
        knownMesh = candidate.mesh;
        pairs = mesh.equals(knownMesh) ? undefined : probes(mesh, knownMesh);
      }
      const distance = meanSquare(query.input, candidate.sample.input, weights, mesh.nodeCount, pairs, best);
      if (distance < best) [nearest, best] = [candidate, distance];
    }
    return nearest;
  }

  /** One over the variance of each input, 0 for one that never varies. */
  #weights(): number[] {
    return this.#moments.map(({ sum, squares }) => {
      const variance = (squares - sum * sum / this.#nodeCount) / this.#nodeCount;
      return variance > 0 ? 1 / variance : 0;
    });
  }
}

/** The nodes of one mesh, with a search tree made when it is first needed. */
class MeshNodes {
  readonly dimensions: number;
  readonly position: ArrayLike<number>;
  readonly nodeCount: number;
  #tree: NearestNodes | undefined;

  constructor({ dimensions, position }: BaselineQuery) {
    this.dimensions = dimensions;
    this.position = position;
    this.nodeCount = position.length / dimensions;
  }

  equals(other: MeshNodes): boolean {
    if (this.position === other.position) return this.dimensions === other.dimensions;
    if (this.dimensions !== other.dimensions || this.nodeCount !== other.nodeCount) return false;
    for (let k = 0; k < this.position.length; k++) if (this.position[k] !== other.position[k]) return false;
    return true;
  }

  nearest(point: ArrayLike<number>): number {
    this.#tree ??= new NearestNodes(this.position, this.dimensions);
    return this.#tree.nearest(point);
  }

  /** Per node of `other`, the nearest node of this mesh; undefined where the meshes are equal. */
  nodesAt(other: MeshNodes): Uint32Array | undefined {
    if (this.equals(other)) return undefined;
    const nodes = new Uint32Array(other.nodeCount);
    for (let node = 0; node < nodes.length; node++) nodes[node] = this.nearest(other.point(node));
    return nodes;
  }

  point(node: number): number[] {
    return Array.from({ length: this.dimensions }, (_, axis) => this.position[node * this.dimensions + axis]);
  }
}

/** Nodes of `mesh`, evenly spread, and the nearest ones of `other`. */
function probes(mesh: MeshNodes, other: MeshNodes): readonly [Uint32Array, Uint32Array] {
  const count = Math.min(PROBE_NODES, mesh.nodeCount);
  const nodes = Uint32Array.from({ length: count }, (_, k) => Math.floor((k + 0.5) * mesh.nodeCount / count));
  return [nodes, nodes.map((node) => other.nearest(mesh.point(node)))];
}

/** Weighted mean square of a − b over paired nodes; stops early once it cannot be below `limit`. */
function meanSquare(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  weights: readonly number[],
  nodeCount: number,
  pairs: readonly [ArrayLike<number>, ArrayLike<number>] | undefined,
  limit: number,
): number {
  const width = weights.length;
  const count = pairs ? pairs[0].length : nodeCount;
  const most = limit * count;
  let sum = 0;
  for (let k = 0; k < count && sum < most; k++) {
    const i = pairs ? pairs[0][k] : k;
    const j = pairs ? pairs[1][k] : k;
    for (let c = 0; c < width; c++) {
      const gap = a[i * width + c] - b[j * width + c];
      sum += weights[c] * gap * gap;
    }
  }
  return sum / count;
}

/** The values [N, width] of `from` at the nodes of `to`. */
function gather(values: ArrayLike<number>, width: number, to: MeshNodes, from: MeshNodes): Float64Array {
  const nodes = from.nodesAt(to);
  if (!nodes) return Float64Array.from(values);
  const result = new Float64Array(nodes.length * width);
  for (let node = 0; node < nodes.length; node++) {
    for (let o = 0; o < width; o++) result[node * width + o] = values[nodes[node] * width + o];
  }
  return result;
}

function columnCount(sample: BaselineSample, values: ArrayLike<number>): number {
  const width = values.length / (sample.position.length / sample.dimensions);
  if (Number.isInteger(width)) return width;
  throw new TypeError(
    `Cannot add training sample "${sample.id}" as every node must have the same number of values: received ` +
      `${values.length} values for ${sample.position.length / sample.dimensions} nodes`,
  );
}

function checkWidth(sample: BaselineSample, what: string, width: number, expected: number): void {
  if (width === expected) return;
  throw new TypeError(
    `Cannot add training sample "${sample.id}" as all samples must have the same number of ${what} per node: ` +
      `received ${width} after ${expected}`,
  );
}

function noTrainingSample(): RangeError {
  return new RangeError(
    "Cannot predict from the training samples as there must be at least one: received none; " +
      "give the training split to the report",
  );
}
