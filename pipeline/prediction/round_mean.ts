/**
 * The mean prediction of a mesh over several covers.
 *
 * @module
 */

/** Collects predictions of groups of nodes until every node is predicted once per round. */
export class RoundMean {
  readonly #id: string;
  readonly #nodeCount: number;
  readonly #width: number;
  readonly #sums: Float64Array;
  /** 1 for a predicted node `[rounds][N]`. */
  readonly #predicted: readonly Uint8Array[];
  #missingCount: number;

  /**
   * @param id Id of the mesh, for errors.
   * @param nodeCount The number of nodes N.
   * @param width Values per node O.
   */
  constructor(id: string, nodeCount: number, width: number, rounds: number) {
    this.#id = id;
    this.#nodeCount = nodeCount;
    this.#width = width;
    this.#sums = new Float64Array(nodeCount * width);
    this.#predicted = Array.from({ length: rounds }, () => new Uint8Array(nodeCount));
    this.#missingCount = rounds * nodeCount;
  }

  /** Whether every node has been predicted in every round. */
  get isComplete(): boolean {
    return this.#missingCount === 0;
  }

  /** A node that lacks a prediction in some round; undefined if the mesh is complete. */
  get missingNode(): number | undefined {
    return this.#predicted.map((nodes) => nodes.indexOf(0)).find((node) => node >= 0);
  }

  /**
   * Adds the predictions of some nodes.
   *
   * @param nodes Node numbers in the mesh.
   * @param values Their predictions `[nodes, O]`.
   * @throws {RangeError} If a node is not in the mesh or already has a prediction in the round.
   */
  add(round: number, nodes: Uint32Array, values: Float32Array): void {
    const width = this.#width;
    const predicted = this.#predicted[round];
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k];
      if (node >= this.#nodeCount || predicted[node] === 1) {
        throw new RangeError(
          `Cannot stitch sample "${this.#id}": every node must be predicted once per round, ` +
            `node ${node} of ${this.#nodeCount} is unknown or predicted again in round ${round}`,
        );
      }
      predicted[node] = 1;
      for (let c = 0; c < width; c++) this.#sums[node * width + c] += values[k * width + c];
    }
    this.#missingCount -= nodes.length;
  }

  /** The mean over the rounds `[N, O]`. */
  mean(): Float32Array<ArrayBuffer> {
    return Float32Array.from(this.#sums, (sum) => sum / this.#predicted.length);
  }
}
