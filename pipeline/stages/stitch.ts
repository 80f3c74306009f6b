/** Puts the predictions of all ranks and groups together on whole meshes. @module */

import { z } from "zod";
import { createRecordBatch, type RecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { FIELD, PREDICTION, SUBDOMAINS } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "stitch",
  description:
    "Puts predictions together on whole meshes, every node exactly once per round, rounds " +
    "averaged.",
  options: z.strictObject({}),
  inputs: [PREDICTION, SUBDOMAINS],
  output: FIELD,
  repeats: {},
  usesDirectory: false,
  async *run({ inputs: [predictions, subdomains], progress }) {
    const arriving = subdomains[Symbol.asyncIterator]();
    const meshes = new Map<number, WholeMesh>();
    const takeMesh = async (): Promise<boolean> => {
      const next = await arriving.next();
      if (next.done) return false;
      meshes.set(next.value.value("index", 0, "int32"), new WholeMesh(next.value));
      return true;
    };
    let done = 0;
    for await (const batch of predictions) {
      const index = batch.value("index", 0, "int32");
      // Meshes are taken as they are needed: whoever waits for all of them holds up those who
      // predict the first.
      while (!meshes.has(index) && await takeMesh());
      const mesh = meshes.get(index);
      if (mesh === undefined) {
        throw new RangeError(
          `Cannot stitch sample ${index} as every mesh is predicted once: it is unknown or ` +
            "complete",
        );
      }
      mesh.add(batch);
      // Meshes leave in the order in which they came, whichever is complete first.
      for (const [first, whole] of meshes) {
        if (!whole.isComplete) break;
        const field = whole.field();
        yield field;
        meshes.delete(first);
        progress({ done: ++done, total: field.value("count", 0, "int32") });
      }
    }
    while (await takeMesh());
    for (const mesh of meshes.values()) mesh.failIncomplete();
  },
});

/** A mesh that waits for the predictions of its nodes. */
class WholeMesh {
  readonly #mesh: RecordBatch;
  readonly #nodeCount: number;
  /** Whether each node has been predicted, by round. */
  readonly #seen: Uint8Array[] = [];
  #sums = new Float64Array(0);
  #missing = 0;
  #rounds = 0;
  #predictedNames: readonly string[] = [];

  constructor(mesh: RecordBatch) {
    this.#mesh = mesh;
    this.#nodeCount = mesh.list("owner", 0, "uint32").length;
  }

  /** Whether every node has been predicted in every round. */
  get isComplete(): boolean {
    return this.#rounds > 0 && this.#missing === 0;
  }

  /** Takes a part in. */
  add(part: RecordBatch): void {
    const nodes = part.list("nodes", 0, "uint32");
    const values = part.list("prediction", 0, "float32");
    const names = part.texts("targetNames", 0);
    const width = names.length;
    if (this.#rounds === 0) {
      this.#predictedNames = names;
      this.#rounds = part.value("rounds", 0, "int32");
      this.#missing = this.#rounds * this.#nodeCount;
      this.#sums = new Float64Array(this.#nodeCount * width);
      for (let round = 0; round < this.#rounds; round++) {
        this.#seen.push(new Uint8Array(this.#nodeCount));
      }
    }
    const round = part.value("round", 0, "int32");
    const seen = this.#seen[round];
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k];
      if (node >= this.#nodeCount || seen[node] === 1) {
        throw new RangeError(
          `Cannot stitch sample "${this.#mesh.value("id", 0)}" as every node is predicted ` +
            "once per round: node " +
            `${node} of ${this.#nodeCount} came again in round ${round}`,
        );
      }
      seen[node] = 1;
      for (let c = 0; c < width; c++) this.#sums[node * width + c] += values[k * width + c];
    }
    this.#missing -= nodes.length;
  }

  /** @throws {RangeError} Naming the first node without a prediction. */
  failIncomplete(): never {
    const node = this.#seen.length === 0
      ? 0
      : this.#seen.map((seen) => seen.indexOf(0)).find((at) => at >= 0);
    throw new RangeError(
      `Cannot stitch sample "${this.#mesh.value("id", 0)}" as every node must be ` +
        `predicted: node ${node} was not`,
    );
  }

  /** The mesh with its prediction: the mean over the rounds. */
  field(): RecordBatch {
    const prediction = Float32Array.from(this.#sums, (sum) => sum / this.#rounds);
    return createRecordBatch(FIELD, [{
      ...this.#mesh.row(0),
      prediction,
      predictedNames: this.#predictedNames,
    }]);
  }
}
