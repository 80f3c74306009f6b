/**
 * Predictions without a network, which a trained one has to beat.
 *
 * @module
 */

import { NearestNodes } from "../../graph/nearest_nodes.ts";

/** Nodes at which samples on different meshes are compared, spread evenly over the node numbers. */
const PROBE_COUNT = 1024;

/** A mesh with the inputs of a prediction. */
export interface BaselineQuery {
  /** Space dimensions D. */
  readonly dimensions: number;
  /** Node positions [N, D]. */
  readonly position: ArrayLike<number>;
  /** Input values [N, I]. */
  readonly input: ArrayLike<number>;
}

/** A training sample. */
export interface BaselineSample extends BaselineQuery {
  readonly id: string;
  /** Target values [N, O]. */
  readonly target: ArrayLike<number>;
  /** Per node [N]: 0 for a node whose target is not known. @default all known */
  readonly known?: ArrayLike<number> | undefined;
}

/**
 * Predicts the mean of the training targets, node by node.
 *
 * Means are taken on the mesh of the first sample. A sample on another mesh contributes to each
 * node the value at its nearest node, and a query on another mesh is answered in the same way. Only
 * the positions of the first sample are retained. Unknown targets are left out; where no sample has
 * a known one, the mean of all known targets is predicted.
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
export class MeanFieldBaseline {
  #mesh: MeshNodes | undefined;
  #sums = new Float64Array(0);
  /** Known targets of each node [N]. */
  #counts = new Uint32Array(0);

  /** Adds a training sample. */
  add(sample: BaselineSample): void {
    this.#mesh ??= new MeshNodes(sample);
    const width = columnCount(sample, sample.target);
    if (this.#counts.length === 0) {
      this.#sums = new Float64Array(this.#mesh.nodeCount * width);
      this.#counts = new Uint32Array(this.#mesh.nodeCount);
    }
    checkWidth(sample, "targets", width, this.#sums.length / this.#mesh.nodeCount);
    const nodes = new MeshNodes(sample).nodesAt(this.#mesh);
    for (let node = 0; node < this.#mesh.nodeCount; node++) {
      const from = nodes ? nodes[node] : node;
      if (sample.known && sample.known[from] === 0) continue;
      this.#counts[node]++;
      for (let o = 0; o < width; o++) {
        this.#sums[node * width + o] += sample.target[from * width + o];
      }
    }
  }

  /**
   * Target values [N, O] at the nodes of the query.
   *
   * @throws {RangeError} If no sample was added
   */
  predict(query: BaselineQuery): Float64Array {
    if (!this.#mesh) throw noTrainingSample();
    const width = this.#sums.length / this.#mesh.nodeCount;
    const counts = this.#counts;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const means = Array.from({ length: width }, (_, o) => {
      let sum = 0;
      for (let k = o; k < this.#sums.length; k += width) sum += this.#sums[k];
      return sum / total;
    });
    const mean = this.#sums.map((sum, k) => {
      const count = counts[Math.floor(k / width)];
      return count > 0 ? sum / count : means[k % width];
    });
    return gather(mean, width, new MeshNodes(query), this.#mesh);
  }
}

/**
 * Predicts the target of the training sample whose input field is nearest in the mean square.
 *
 * Each input is divided by its deviation over the training set, so units do not matter; inputs that
 * never vary are left out. On equal meshes every node is compared, otherwise up to 1,024 nodes of
 * the query with the nearest nodes of the training sample. Ties go to the sample added first. No
 * sample is retained: each call reads all of them once, for any number of queries. A query costs
 * O(S·N) on equal meshes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const mesh = { dimensions: 1, position: [0, 1] };
 * const samples = [
 *   { ...mesh, id: "a", input: [0, 0], target: [1, 2] },
 *   { ...mesh, id: "b", input: [4, 4], target: [3, 6] },
 * ];
 * const baseline = new NearestSampleBaseline((number) => Promise.resolve(samples[number]));
 * for (const sample of samples) baseline.add(sample);
 * const queries = [{ ...mesh, input: [3, 3] }, { ...mesh, input: [1, 1] }];
 * assert.deepEqual(await baseline.nearest(queries), [1, 0]);
 * ```
 */
export class NearestSampleBaseline {
  readonly #read: (number: number) => Promise<BaselineSample>;
  #moments: { sum: number; squares: number; shift: number }[] = [];
  #sampleCount = 0;
  #nodeCount = 0;

  /** @param read Reads a training sample again, by its number in the order of `add`, from 0 */
  constructor(read: (number: number) => Promise<BaselineSample>) {
    this.#read = read;
  }

  /** Adds a training sample. */
  add(sample: BaselineSample): void {
    const width = columnCount(sample, sample.input);
    if (this.#sampleCount === 0) {
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
    this.#nodeCount += sample.input.length / width;
    this.#sampleCount++;
  }

  /**
   * The number of the training sample with the nearest input field, for each query.
   *
   * @throws {RangeError} If no sample was added
   */
  async nearest(queries: readonly BaselineQuery[]): Promise<number[]> {
    if (this.#sampleCount === 0) throw noTrainingSample();
    const weights = this.#weights();
    const searches = queries.map((query) => new NearestSearch(query, weights));
    let mesh: MeshNodes | undefined;
    for (let number = 0; number < this.#sampleCount; number++) {
      const sample = await this.#read(number);
      const next = new MeshNodes(sample);
      // One search tree serves all samples on the same mesh.
      if (!mesh?.equals(next)) mesh = next;
      for (const search of searches) search.compare(number, sample.input, mesh);
    }
    return searches.map(({ nearest }) => nearest);
  }

  /**
   * Target values [N, O] at the nodes of each query, one query after the other; NaN where that of
   * the training sample is not known.
   *
   * @throws {RangeError} If no sample was added
   */
  async *predict(queries: readonly BaselineQuery[]): AsyncGenerator<Float64Array> {
    const nearest = await this.nearest(queries);
    for (const [k, query] of queries.entries()) {
      const sample = await this.#read(nearest[k]);
      yield gather(
        knownTargets(sample),
        columnCount(sample, sample.target),
        new MeshNodes(query),
        new MeshNodes(sample),
      );
    }
  }

  /** One over the variance of each input, 0 for one that never varies. */
  #weights(): number[] {
    return this.#moments.map(({ sum, squares }) => {
      const variance = (squares - sum * sum / this.#nodeCount) / this.#nodeCount;
      return variance > 0 ? 1 / variance : 0;
    });
  }
}

/** Targets of a sample [N, O], NaN where they are not known. */
function knownTargets(sample: BaselineSample): ArrayLike<number> {
  const { target, known } = sample;
  if (known === undefined) return target;
  const width = columnCount(sample, target);
  return Float64Array.from(
    target,
    (value, k) => known[Math.floor(k / width)] === 0 ? NaN : value,
  );
}

/** The search of one query through the training samples. */
class NearestSearch {
  nearest = 0;
  readonly #query: BaselineQuery;
  readonly #mesh: MeshNodes;
  readonly #weights: readonly number[];
  #least = Infinity;
  #pairedMesh: MeshNodes | undefined;
  #pairs: readonly [ArrayLike<number>, ArrayLike<number>] | undefined;

  constructor(query: BaselineQuery, weights: readonly number[]) {
    this.#query = query;
    this.#mesh = new MeshNodes(query);
    this.#weights = weights;
  }

  compare(number: number, input: ArrayLike<number>, mesh: MeshNodes): void {
    if (mesh !== this.#pairedMesh) {
      this.#pairedMesh = mesh;
      this.#pairs = this.#mesh.equals(mesh) ? undefined : probes(this.#mesh, mesh);
    }
    const distance = meanSquare(
      this.#query.input,
      input,
      this.#weights,
      this.#mesh.nodeCount,
      this.#pairs,
      this.#least,
    );
    if (!(distance < this.#least)) return;
    this.nearest = number;
    this.#least = distance;
  }
}

/** The nodes of one mesh, with a search tree that is built on first use. */
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
    for (let k = 0; k < this.position.length; k++) {
      if (this.position[k] !== other.position[k]) return false;
    }
    return true;
  }

  nearest(point: ArrayLike<number>): number {
    this.#tree ??= new NearestNodes(this.position, this.dimensions);
    return this.#tree.nearest(point);
  }

  /** Per node of `other`, the nearest node of this mesh; undefined if the meshes are equal. */
  nodesAt(other: MeshNodes): Uint32Array | undefined {
    if (this.equals(other)) return undefined;
    const nodes = new Uint32Array(other.nodeCount);
    for (let node = 0; node < nodes.length; node++) nodes[node] = this.nearest(other.point(node));
    return nodes;
  }

  point(node: number): number[] {
    return Array.from(
      { length: this.dimensions },
      (_, axis) => this.position[node * this.dimensions + axis],
    );
  }
}

/** Nodes of `mesh`, evenly spread, and the nearest ones of `other`. */
function probes(mesh: MeshNodes, other: MeshNodes): readonly [Uint32Array, Uint32Array] {
  const count = Math.min(PROBE_COUNT, mesh.nodeCount);
  const nodes = Uint32Array.from(
    { length: count },
    (_, k) => Math.floor((k + 0.5) * mesh.nodeCount / count),
  );
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
  const maxSum = limit * count;
  let sum = 0;
  for (let k = 0; k < count && sum < maxSum; k++) {
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
function gather(
  values: ArrayLike<number>,
  width: number,
  to: MeshNodes,
  from: MeshNodes,
): Float64Array {
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
    `Cannot add training sample "${sample.id}": every node must have the same number of values, ` +
      `received ${values.length} values for ${sample.position.length / sample.dimensions} nodes`,
  );
}

function checkWidth(sample: BaselineSample, what: string, width: number, expected: number): void {
  if (width === expected) return;
  throw new TypeError(
    `Cannot add training sample "${sample.id}": all samples must have the same number of ` +
      `${what} per node, received ${width} after ${expected}`,
  );
}

function noTrainingSample(): RangeError {
  return new RangeError(
    "Cannot predict from the training samples: there must be at least one, received none; " +
      "connect the training split to the report",
  );
}
