/** Writes predicted fields as `.vtu` files, which ParaView opens. @module */

import { join, resolve } from "node:path";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { type PendingDirectory, writeDirectoryAtomically } from "../../io/atomic_write.ts";
import { type MeshCells, uniformCells } from "../../io/mesh_cells.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { writeVtu } from "../../io/vtk/write_vtk.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { cellsOf, planeOf } from "../batches/cell_columns.ts";
import { fieldLayout } from "../batches/field_layout.ts";
import { type FieldColumns, fieldValues } from "../batches/field_names.ts";
import { FIELD } from "../batches/batch_schemas.ts";

/** A file name has up to 255 bytes, a letter up to three, and a temporary name is longer. */
const MAX_NAME_LETTERS = 64;

const PREDICTED_SUFFIX = "_predicted";
const ERROR_SUFFIX = "_error";

export default defineStage({
  name: "vtk",
  description:
    "Writes one `.vtu` file per sample: inputs, predictions (`NAME_predicted`) and, where " +
    "known, targets and errors (`NAME_error`).",
  options: z.strictObject({
    directory: z.string().default("vtk").describe(
      "Directory with one file per sample, relative to the directory of the run.",
    ),
    overwrite: z.boolean().default(false).describe("Whether to replace an existing directory."),
  }),
  inputs: [FIELD],
  repeats: { writes: ({ directory }) => [directory] },
  async run({ inputs: [fields], options, directory }) {
    let target: PendingDirectory | undefined;
    let done = false;
    const names = new Set<string>();
    try {
      for await (const batch of fields) {
        target ??= await writeDirectoryAtomically(resolve(directory, options.directory), options);
        const name = fileName(batch.value("id", 0, "utf8"), names);
        await writeVtu(join(target.temporary, name), meshOf(batch));
      }
      if (target === undefined) {
        throw new DataError(`Cannot write "${options.directory}": there is no field`);
      }
      await target.publish();
      done = true;
    } finally {
      if (!done) await target?.discard();
    }
  },
});

/** A new file name for a sample: its id in letters that every file system accepts. */
function fileName(id: string, taken: Set<string>): string {
  const plain =
    id.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^\.+/, "_").slice(0, MAX_NAME_LETTERS) ||
    "sample";
  let name = plain;
  // Some file systems ignore case.
  for (let k = 2; taken.has(name.toLowerCase()); k++) name = `${plain}_${k}`;
  taken.add(name.toLowerCase());
  return `${name}.vtu`;
}

/** The mesh in space with its fields; vectors get three components, as ParaView expects. */
function meshOf(batch: RecordBatch) {
  const { inputs, targets, predicted } = fieldLayout(batch);
  const dimensions = batch.value("dimensions", 0, "int32");
  const position = batch.list("position", 0, "float32");
  const nodeCount = position.length / dimensions;
  const { axis = 2, value = 0 } = planeOf(batch) ?? {};
  const space = (values: Float32Array, components: number, atPlane: number) => ({
    values: dimensions === 2 && components === 2 ? insertAxis(values, axis, atPlane) : values,
    components: dimensions === 2 && components === 2 ? 3 : components,
  });
  const arraysOf = (column: string, width: number, fields: readonly FieldColumns[], suffix = "") =>
    fields.map((field) => {
      const values = fieldValues(batch.list(column, 0, "float32"), width, field);
      return [field.name + suffix, space(values, field.components, 0)] as const;
    });
  const width = (names: "inputNames" | "targetNames" | "predictedNames") =>
    batch.texts(names, 0).length;
  const truth = arraysOf("target", width("targetNames"), targets);
  const prediction = arraysOf("prediction", width("predictedNames"), predicted);
  const errors = prediction.flatMap(([name, { values, components }]) => {
    const target = truth.find((field) => field[0] === name)?.[1].values;
    if (target === undefined) return [];
    const error = { values: values.map((value, k) => value - target[k]), components };
    return [[name + ERROR_SUFFIX, error] as const];
  });
  return {
    points: inSpace(position, dimensions, axis, value),
    cells: cellsOf(batch) ?? cellsOfNodes(nodeCount, batch.list("gridShape", 0, "uint32")),
    pointData: Object.fromEntries([
      ...arraysOf("input", width("inputNames"), inputs),
      ...truth,
      ...prediction.map(([name, array]) => [name + PREDICTED_SUFFIX, array] as const),
      ...errors,
    ]),
  };
}

/** Positions `[N, D]` as points `[N, 3]`. */
function inSpace(
  position: Float32Array,
  dimensions: number,
  axis: number,
  value: number,
): Float32Array {
  if (dimensions === 3) return position;
  if (dimensions === 2) return insertAxis(position, axis, value);
  return Float32Array.from(
    { length: 3 * position.length },
    (_, k) => k % 3 === 0 ? position[k / 3] : 0,
  );
}

/** Rows of three from rows of two, with `value` at `axis`. */
function insertAxis(rows: Float32Array, axis: number, value: number): Float32Array {
  const result = new Float32Array(rows.length / 2 * 3);
  for (let row = 0; row < rows.length / 2; row++) {
    let next = 2 * row;
    for (let k = 0; k < 3; k++) result[3 * row + k] = k === axis ? value : rows[next++];
  }
  return result;
}

/** Quadrilaterals between the vertices of a grid in two dimensions, else a vertex per node. */
function cellsOfNodes(nodeCount: number, gridShape: Uint32Array): MeshCells {
  const [n, m] = gridShape;
  if (gridShape.length !== 2) {
    return uniformCells(Uint32Array.from({ length: nodeCount }, (_, node) => node), "vertex");
  }
  const nodes: number[] = [];
  for (let i = 0; i + 1 < n; i++) {
    for (let j = 0; j + 1 < m; j++) {
      const node = i * m + j;
      nodes.push(node, node + m, node + m + 1, node + 1);
    }
  }
  return uniformCells(Uint32Array.from(nodes), "quadrilateral");
}
