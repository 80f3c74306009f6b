/** Assembles the predictions of all ranks and groups into fields on meshes. @module */

import { z } from "zod";
import { createRecordBatch, type RecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { localFit } from "../prediction/local_fit.ts";
import { RoundMean } from "../prediction/round_mean.ts";
import { MAX_FIT_LENGTH } from "../training/model_file.ts";
import { FIELD, PREDICTION, SUBDOMAINS } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "stitch",
  description: "Assembles the predictions of all ranks, groups and rounds into fields on the " +
    "meshes: every node once per round, averaged over the rounds.",
  options: z.strictObject({
    fitLength: z.number().min(0).max(MAX_FIT_LENGTH).optional().meta({
      description: "Length of a local linear fit: each prediction becomes the value at its node " +
        "of a linear fit to those around it, with Gaussian weights of this length. It reduces " +
        "the noise of the covers and blurs layers of a few spacings, such as those at walls; " +
        "0 for none.",
      unit: "local spacings",
      absent: "no fit",
    }),
  }),
  inputs: [PREDICTION, SUBDOMAINS],
  output: FIELD,
  repeats: {},
  usesDirectory: false,
  async *run({ inputs: [predictions, subdomains], options: { fitLength = 0 }, progress, beat }) {
    const unread = subdomains[Symbol.asyncIterator]();
    const pending = new Map<number, PendingMesh>();
    const readMesh = async (): Promise<boolean> => {
      const next = await unread.next();
      if (next.done) return false;
      pending.set(next.value.value("index", 0, "int32"), new PendingMesh(next.value));
      return true;
    };
    let done = 0;
    for await (const batch of predictions) {
      const index = batch.value("index", 0, "int32");
      // Meshes are read only as predictions of them arrive: reading all of them first would hold up
      // the stages that predict the first ones.
      while (!pending.has(index) && await readMesh());
      const mesh = pending.get(index);
      if (mesh === undefined) {
        throw new RangeError(
          `Cannot stitch sample ${index}: every mesh must be predicted once, this one is unknown ` +
            "or complete",
        );
      }
      mesh.add(batch);
      // Fields leave in the order of the meshes, not in the order in which they become complete.
      for (const [first, firstMesh] of pending) {
        if (!firstMesh.isComplete) break;
        const field = firstMesh.field(fitLength, beat);
        yield field;
        pending.delete(first);
        progress({ done: ++done, total: field.value("count", 0, "int32") });
      }
    }
    while (await readMesh());
    for (const mesh of pending.values()) mesh.failIncomplete();
  },
});

/** A mesh that waits for the predictions of its nodes. */
class PendingMesh {
  readonly #mesh: RecordBatch;
  readonly #id: string;
  readonly #nodeCount: number;
  #mean: RoundMean | undefined;
  #predictedNames: readonly string[] = [];
  #predictedOffset = new Float64Array(0);

  constructor(mesh: RecordBatch) {
    this.#mesh = mesh;
    this.#id = mesh.value("id", 0, "utf8");
    this.#nodeCount = mesh.list("owner", 0, "uint32").length;
  }

  /** Whether every node has been predicted in every round. */
  get isComplete(): boolean {
    return this.#mean?.isComplete ?? false;
  }

  /** Adds the prediction of one rank's nodes of one graph. */
  add(part: RecordBatch): void {
    if (this.#mean === undefined) {
      this.#predictedNames = part.texts("targetNames", 0);
      this.#predictedOffset = part.list("predictedOffset", 0, "float64").slice();
      const rounds = part.value("rounds", 0, "int32");
      this.#mean = new RoundMean(this.#id, this.#nodeCount, this.#predictedNames.length, rounds);
    }
    const nodes = part.list("nodes", 0, "uint32");
    const values = part.list("prediction", 0, "float32");
    this.#mean.add(part.value("round", 0, "int32"), nodes, values);
  }

  /** @throws {RangeError} If a node has no prediction; the error names it. */
  failIncomplete(): never {
    const node = this.#mean?.missingNode ?? 0;
    throw new RangeError(
      `Cannot stitch sample "${this.#id}": every node must be predicted, node ${node} was not`,
    );
  }

  /** The mesh with its prediction: the mean over the rounds, or a fit of it. */
  field(fitLength: number, beat: () => void): RecordBatch {
    const mean = this.#mean!.mean();
    const nodes = {
      position: this.#mesh.list("position", 0, "float32"),
      dimensions: this.#mesh.value("dimensions", 0, "int32"),
      width: this.#predictedNames.length,
    };
    return createRecordBatch(FIELD, [{
      ...this.#mesh.row(0),
      prediction: fitLength > 0 ? localFit(mean, nodes, fitLength, beat) : mean,
      predictedNames: this.#predictedNames,
      predictedOffset: this.#predictedOffset,
    }]);
  }
}
