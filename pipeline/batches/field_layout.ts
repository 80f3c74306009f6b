/**
 * Fields of predicted meshes and the columns that hold them.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import { type FieldColumns, fieldsOf } from "./field_names.ts";

/** The fields of a batch by their source. */
export interface FieldLayout {
  /** Inputs except the coordinates, which are the positions. */
  readonly inputs: readonly FieldColumns[];
  readonly targets: readonly FieldColumns[];
  readonly predicted: readonly FieldColumns[];
}

/** The fields of `batch`, of schema FIELD. */
export function fieldLayout(batch: RecordBatch): FieldLayout {
  const inputNames = batch.texts("inputNames", 0);
  const units = batch.texts("units", 0);
  const dimensions = batch.value("dimensions", 0, "int32");
  const targetUnits = units.slice(inputNames.length);
  // A field may have the name of a coordinate, which is no part of it.
  const inputs = fieldsOf(inputNames.slice(dimensions), units.slice(dimensions));
  return {
    inputs: inputs.map((field) => ({ ...field, column: field.column + dimensions })),
    targets: fieldsOf(batch.texts("targetNames", 0), targetUnits),
    predicted: fieldsOf(batch.texts("predictedNames", 0), targetUnits),
  };
}
