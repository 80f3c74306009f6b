/** Writes predicted fields to a Zarr store. @module */

import { resolve } from "node:path";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { createMeshStore, type FieldInfo, type MeshStoreWriter } from "../../io/mesh_store.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { cellsOf, planeOf } from "../batches/cell_columns.ts";
import { type FieldLayout, fieldLayout } from "../batches/field_layout.ts";
import { type FieldColumns, fieldValues } from "../batches/field_names.ts";
import { FIELD } from "../batches/batch_schemas.ts";

const PREDICTED_SUFFIX = "_predicted";

export default defineStage({
  name: "write",
  description:
    "Writes inputs, predictions (`NAME_predicted`) and, where known, targets to a Zarr store.",
  options: z.strictObject({
    store: z.string().default("predictions.zarr").describe(
      "Path of the store, relative to the directory of the run.",
    ),
    split: z.string().default("test").describe("Name of the split that holds all samples."),
    overwrite: z.boolean().default(false).describe("Whether to replace an existing store."),
  }),
  inputs: [FIELD],
  repeats: { writes: ({ store }) => [store] },
  async run({ inputs: [fields], options, directory }) {
    let writer: MeshStoreWriter | undefined;
    let done = false;
    try {
      for await (const batch of fields) {
        const layout = fieldLayout(batch);
        writer ??= await openWriter(batch, layout, resolve(directory, options.store), options);
        await writer.add(sampleOf(batch, layout));
      }
      if (writer === undefined) {
        throw new DataError(`Cannot write "${options.store}": there is no field`);
      }
      await writer.close();
      done = true;
    } finally {
      if (!done) await writer?.abort();
    }
  },
});

function openWriter(
  batch: RecordBatch,
  { inputs, targets, predicted }: FieldLayout,
  path: string,
  { split, overwrite }: { readonly split: string; readonly overwrite: boolean },
): Promise<MeshStoreWriter> {
  const info = (
    { name, components, unit }: FieldColumns,
    role?: "input" | "target",
    suffix = "",
  ): [string, FieldInfo] => [name + suffix, { components, unit, role }];
  const gridShape = [...batch.list("gridShape", 0, "uint32")];
  const plane = planeOf(batch);
  const count = batch.value("count", 0, "int32");
  return createMeshStore(path, {
    case: "prediction",
    dimensions: batch.value("dimensions", 0, "int32"),
    fields: Object.fromEntries([
      ...inputs.map((field) => info(field, "input")),
      ...targets.map((field) => info(field, "target")),
      ...predicted.map((field) => info(field, undefined, PREDICTED_SUFFIX)),
    ]),
    gridShape: gridShape.length > 0 ? gridShape : undefined,
    cells: cellsOf(batch) === undefined ? undefined : true,
    plane,
    splits: { [split]: Array.from({ length: count }, (_, k) => k) },
  }, { overwrite });
}

function sampleOf(batch: RecordBatch, { inputs, targets, predicted }: FieldLayout) {
  const cells = cellsOf(batch);
  const fieldsIn = (column: string, width: number, fields: readonly FieldColumns[], suffix = "") =>
    fields.map((field) => {
      const values = fieldValues(batch.list(column, 0, "float32"), width, field);
      return [field.name + suffix, values] as const;
    });
  return {
    id: batch.value("id", 0, "utf8"),
    position: batch.list("position", 0, "float32"),
    cells,
    fields: Object.fromEntries([
      ...fieldsIn("input", batch.texts("inputNames", 0).length, inputs),
      ...fieldsIn("target", batch.texts("targetNames", 0).length, targets),
      ...fieldsIn(
        "prediction",
        batch.texts("predictedNames", 0).length,
        predicted,
        PREDICTED_SUFFIX,
      ),
    ]),
  };
}
