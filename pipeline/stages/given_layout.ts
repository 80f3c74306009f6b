/**
 * The fields of predicted meshes that results hold: all but the derived ones, which follow from the
 * others.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import { type FieldLayout, fieldLayout } from "../batches/field_layout.ts";
import { derivations, givenCount } from "../derived/derivation.ts";

/** The fields of `batch`, of schema FIELD, without derived inputs. */
export function givenLayout(batch: RecordBatch): FieldLayout {
  const layout = fieldLayout(batch);
  const derived = batch.value("derived", 0, "utf8");
  if (derived === "") return layout;
  const count = givenCount(derivations.parse(JSON.parse(derived)), {
    dimensions: batch.value("dimensions", 0, "int32"),
    inputNames: batch.texts("inputNames", 0),
  });
  return { ...layout, inputs: layout.inputs.filter(({ column }) => column < count) };
}
