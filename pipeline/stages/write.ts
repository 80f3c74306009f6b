/** Writes predicted fields to a Zarr store. @module */

import { resolve } from "node:path";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { createMeshStore, type FieldInfo, type MeshStoreWriter } from "../../io/mesh_store.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { givenLayout } from "./given_layout.ts";
import { cellsOf, planeOf } from "../batches/cell_columns.ts";
import type { FieldLayout } from "../batches/field_layout.ts";
import { type FieldColumns, fieldValues } from "../batches/field_names.ts";
import { changeOffsets, type MeshRows, offsetsOf } from "../batches/value_offsets.ts";
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
    let frame: Frame | undefined;
    let done = false;
    try {
      for await (const batch of fields) {
        const layout = givenLayout(batch);
        writer ??= await openWriter(batch, layout, resolve(directory, options.store), options);
        frame ??= frameOf(batch);
        await writer.add(sampleOf(batch, layout, frame));
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

/** Offsets of the values that the store holds: those of the first sample. */
type Frame = Readonly<Record<MeshRows, Float64Array>>;

function frameOf(batch: RecordBatch): Frame {
  return {
    position: offsetsOf(batch, "position"),
    input: offsetsOf(batch, "input"),
    target: offsetsOf(batch, "target"),
    prediction: offsetsOf(batch, "prediction"),
  };
}

/** Name of the field that is 1 where the targets are known. */
function maskName({ inputs, targets, predicted }: FieldLayout): string {
  const taken = [
    ...[...inputs, ...targets].map(({ name }) => name),
    ...predicted.map(({ name }) => name + PREDICTED_SUFFIX),
  ];
  let name = "known";
  while (taken.includes(name)) name += "_";
  return name;
}

function openWriter(
  batch: RecordBatch,
  layout: FieldLayout,
  path: string,
  { split, overwrite }: { readonly split: string; readonly overwrite: boolean },
): Promise<MeshStoreWriter> {
  const { inputs, targets, predicted } = layout;
  const frame = frameOf(batch);
  const info = (
    { name, components, unit, column }: FieldColumns,
    rows: MeshRows,
    role?: "input" | "target",
    suffix = "",
  ): [string, FieldInfo] => {
    const offset = [...frame[rows].slice(column, column + components)];
    return [name + suffix, {
      components,
      unit,
      role,
      offset: offset.some(Boolean) ? offset : undefined,
    }];
  };
  const known = batch.list("known", 0, "float32").length > 0 ? maskName(layout) : undefined;
  const gridShape = [...batch.list("gridShape", 0, "uint32")];
  const plane = planeOf(batch);
  const count = batch.value("count", 0, "int32");
  return createMeshStore(path, {
    case: "prediction",
    dimensions: batch.value("dimensions", 0, "int32"),
    fields: Object.fromEntries([
      ...inputs.map((field) => info(field, "input", "input")),
      ...targets.map((field) => info(field, "target", "target")),
      ...predicted.map((field) => info(field, "prediction", undefined, PREDICTED_SUFFIX)),
      ...(known === undefined ? [] : [[known, { components: 1, unit: "" }] as const]),
    ]),
    gridShape: gridShape.length > 0 ? gridShape : undefined,
    cells: cellsOf(batch) === undefined ? undefined : true,
    plane,
    origin: frame.position.some(Boolean) ? [...frame.position] : undefined,
    mask: known,
    title: batch.value("title", 0, "utf8") || undefined,
    splits: { [split]: Array.from({ length: count }, (_, k) => k) },
  }, { overwrite });
}

function sampleOf(batch: RecordBatch, layout: FieldLayout, frame: Frame) {
  const { inputs, targets, predicted } = layout;
  const cells = cellsOf(batch);
  const id = batch.value("id", 0, "utf8");
  const rowsOf = (rows: MeshRows) =>
    changeOffsets(
      batch.list(rows, 0, "float32"),
      offsetsOf(batch, rows),
      frame[rows],
      `${rows} of sample "${id}"`,
    );
  const fieldsIn = (
    rows: "input" | "target" | "prediction",
    width: number,
    fields: readonly FieldColumns[],
    suffix = "",
  ) => {
    const values = rowsOf(rows);
    return fields.map((field) => [field.name + suffix, fieldValues(values, width, field)] as const);
  };
  const known = batch.list("known", 0, "float32");
  return {
    id,
    position: rowsOf("position"),
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
      ...(known.length === 0 ? [] : [[maskName(layout), known] as const]),
    ]),
  };
}
