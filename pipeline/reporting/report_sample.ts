/**
 * The samples that a report draws.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import { cellsOf } from "../batches/cell_columns.ts";
import { fieldValues } from "../batches/field_names.ts";
import { trueRows } from "../batches/value_offsets.ts";
import { bodyFigures, bodyOf, surfaceOf } from "./flow/flow_columns.ts";
import type { ReportSample } from "./report_data.ts";

/**
 * A predicted mesh as the report draws it: a field of several components by its components.
 *
 * @param batch One row of schema FIELD.
 * @param label Meaning of the sample, such as "median".
 */
export function reportSample(batch: RecordBatch, label: string, relativeL2: number): ReportSample {
  const dimensions = batch.value("dimensions", 0, "int32");
  const inputNames = batch.texts("inputNames", 0);
  const targetNames = batch.texts("targetNames", 0);
  const units = batch.texts("units", 0);
  const known = batch.list("known", 0, "float32");
  const isUnknown = (k: number) =>
    known.length > 0 && known[Math.floor(k / targetNames.length)] === 0;
  const truth = trueRows(batch, "target").map((value, k) => isUnknown(k) ? NaN : value);
  const predicted = trueRows(batch, "prediction");
  const input = trueRows(batch, "input");
  const [n, m] = batch.list("gridShape", 0, "uint32");
  const body = bodyOf(batch, surfaceOf(batch));
  return {
    label,
    id: batch.value("id", 0, "utf8"),
    relativeL2,
    dimensions,
    position: trueRows(batch, "position"),
    gridShape: dimensions === 2 && m !== undefined ? [n, m] : undefined,
    cells: cellsOf(batch),
    ...(body && bodyFigures(body, truth, predicted)),
    inputs: inputNames.slice(dimensions).map((name, k) => ({
      name,
      unit: units[dimensions + k],
      values: columnOf(input, inputNames, dimensions + k),
    })),
    targets: targetNames.map((name, k) => ({
      name,
      unit: units[inputNames.length + k],
      truth: columnOf(truth, targetNames, k),
      predicted: columnOf(predicted, targetNames, k),
    })),
    owner: batch.list("owner", 0, "uint32"),
  };
}

/** One column of rows `[N, names]`. */
function columnOf(
  rows: Float32Array | Float64Array,
  names: readonly string[],
  column: number,
): Float32Array | Float64Array {
  return fieldValues(rows, names.length, { components: 1, column });
}
