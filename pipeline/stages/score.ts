/** Measures predictions where the store has targets. @module */

import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { writeText } from "../../io/atomic_write.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { type MethodMeasures, MethodMeter } from "../reporting/metrics/method_meter.ts";
import { exactJson } from "../../io/exact_json.ts";
import { type RangeExcess, rangeText } from "../training/training_range.ts";
import { FarTargets } from "../training/far_targets.ts";
import { FieldRange, NO_RANGE } from "../training/range_of_fields.ts";
import { trueRows } from "../batches/value_offsets.ts";
import { fieldsOf } from "../batches/field_names.ts";
import { bodyOf, surfaceOf } from "../reporting/flow/flow_columns.ts";
import { firstBatch, readModel } from "../training/model_batch.ts";
import { FIELD, MODEL } from "../batches/batch_schemas.ts";

/** Name of the file in the run's directory that holds the `Prediction`. */
export const PREDICTION_FILE = "prediction.json";

/** Number of predicted samples, and their errors where the store has targets. */
export interface Prediction extends Partial<MethodMeasures> {
  readonly sampleCount: number;
  /** Inputs and spacings outside the range of the training; absent for a model without range. */
  readonly outsideRange?: readonly RangeExcess[] | undefined;
}

export default defineStage({
  name: "score",
  description:
    "Counts predicted samples, measures their errors where the store has targets, and warns of " +
    "inputs outside the range of the training; writes " +
    `\`${PREDICTION_FILE}\`.`,
  options: z.strictObject({}),
  inputs: [FIELD, MODEL],
  repeats: { writes: () => [PREDICTION_FILE] },
  async run({ inputs: [fields, models], directory, warn }) {
    const model = readModel(await firstBatch(models, "the trained model"));
    const { targetNames, inputNames, units, normalisation } = model;
    let meter: MethodMeter | undefined;
    const range = new FieldRange(model);
    const far = new FarTargets(model);
    let sampleCount = 0;
    for await (const batch of fields) {
      sampleCount++;
      range.add(batch);
      const truth = trueRows(batch, "target");
      const known = batch.list("known", 0, "float32");
      if (truth.length === 0 || (known.length > 0 && !known.includes(1))) continue;
      const id = batch.value("id", 0, "utf8");
      // A store may have only some of the targets.
      const names = batch.texts("targetNames", 0);
      const columns = names.map((name) => targetNames.indexOf(name));
      if (columns.includes(-1)) {
        throw new DataError(
          `Cannot measure sample "${id}": its targets must be of the ` +
            `model, ${targetNames.join(", ")}, received ${names.join(", ")}`,
        );
      }
      meter ??= new MethodMeter(
        fieldsOf(names, columns.map((column) => units[inputNames.length + column])),
        names,
        columns.map((column) => normalisation.targetDeviation[column]),
      );
      const predicted = takeColumns(
        trueRows(batch, "prediction"),
        targetNames.length,
        columns,
      );
      const surface = surfaceOf(batch);
      const body = bodyOf(batch, surface);
      columns.forEach((column, k) => {
        const values = truth.filter((_, row) => row % columns.length === k);
        far.add(id, column, values, known);
      });
      meter.add({
        id,
        truth,
        predicted,
        known: known.length === 0 ? undefined : known,
        surface,
        body,
      });
    }
    const outsideRange = range.result();
    if (outsideRange === undefined) warn(NO_RANGE);
    else for (const excess of outsideRange) warn(rangeText(excess));
    for (const sentence of far.sentences) warn(sentence);
    const prediction: Prediction = { sampleCount, outsideRange, ...meter?.result() };
    await writeText(join(directory, PREDICTION_FILE), exactJson(prediction));
  },
});

/** Some columns `[N, columns]` of rows `[N, width]`. */
function takeColumns(
  rows: Float32Array | Float64Array,
  width: number,
  columns: readonly number[],
): Float64Array {
  return Float64Array.from({ length: rows.length / width * columns.length }, (_, k) => {
    const column = k % columns.length;
    return rows[(k - column) / columns.length * width + columns[column]];
  });
}
