/**
 * Predicted meshes against the range of the training.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import { RangeCheck, type RangeExcess } from "./training_range.ts";
import { trueRows } from "../batches/value_offsets.ts";
import type { TrainedModel } from "./model_batch.ts";

/** Collects inputs and spacings of predicted meshes outside the range of a model's training. */
export class FieldRange {
  readonly #check: RangeCheck | undefined;

  constructor({ inputNames, units, normalisation, range }: TrainedModel) {
    const { inputScale } = normalisation;
    this.#check = range && new RangeCheck({ inputNames, units, inputScale, range });
  }

  /** Yields the batches, of schema FIELD, after adding them. */
  async *through(fields: AsyncIterable<RecordBatch>): AsyncGenerator<RecordBatch> {
    for await (const batch of fields) {
      this.add(batch);
      yield batch;
    }
  }

  /** Adds the mesh in the first row of a batch of schema FIELD. */
  add(batch: RecordBatch): void {
    const position = trueRows(batch, "position");
    const dimensions = batch.value("dimensions", 0, "int32");
    this.#check?.add({ position, dimensions }, trueRows(batch, "input"));
  }

  /** Inputs and spacings outside the range so far; undefined for a model without range. */
  result(): readonly RangeExcess[] | undefined {
    return this.#check?.result();
  }
}

/** Sentence about a model without range. */
export const NO_RANGE =
  "The model is of an earlier version: it has no range of its training data, " +
  "so inputs outside of it are not found";
