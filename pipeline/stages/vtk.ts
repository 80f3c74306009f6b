/** Writes predicted fields as `.vtu` files, which ParaView opens. @module */

import { join, resolve } from "node:path";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { type PendingDirectory, writeDirectoryAtomically } from "../../io/atomic_write.ts";
import { type MeshCells, uniformCells } from "../../io/mesh_cells.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { writeVtu } from "../../io/vtk/write_vtk.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { givenLayout } from "./given_layout.ts";
import { cellsOf, planeOf } from "../batches/cell_columns.ts";
import { type FieldColumns, fieldValues } from "../batches/field_names.ts";
import { offsetsOf, trueRows } from "../batches/value_offsets.ts";
import { FIELD } from "../batches/batch_schemas.ts";

/** A file name has up to 255 bytes, a letter up to three, and a temporary name is longer. */
const MAX_NAME_LETTERS = 64;

const PREDICTED_SUFFIX = "_predicted";
const ERROR_SUFFIX = "_error";

/** Array that is 1 where targets are known, if they are not known everywhere. */
const KNOWN = "known";

/** Largest rounding error of the coordinate of a plane, as a share of the size of the mesh. */
const PLANE_TOLERANCE = 1e-6;

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

/**
 * The mesh in space with the true values of its fields, in float64 where float32 would lose them;
 * vectors get three components, as ParaView expects. Truth and error are NaN where targets are not
 * known.
 */
function meshOf(batch: RecordBatch) {
  const { inputs, targets, predicted } = givenLayout(batch);
  const dimensions = batch.value("dimensions", 0, "int32");
  const position = trueRows(batch, "position");
  const nodeCount = position.length / dimensions;
  const { axis = 2, value = 0 } = planeOf(batch) ?? {};
  const space = (values: Float32Array | Float64Array, components: number, atPlane: number) => ({
    values: dimensions === 2 && components === 2 ? insertAxis(values, axis, atPlane) : values,
    components: dimensions === 2 && components === 2 ? 3 : components,
  });
  const known = batch.list("known", 0, "float32");
  const arraysOf = (
    rows: "input" | "target" | "prediction",
    width: number,
    fields: readonly FieldColumns[],
    suffix = "",
  ) =>
    fields.map((field) => {
      const { column, components } = field;
      const hasOffset = offsetsOf(batch, rows).slice(column, column + components).some(Boolean);
      const values = fieldValues(
        hasOffset ? trueRows(batch, rows) : batch.list(rows, 0, "float32"),
        width,
        field,
      );
      if (rows === "target" && known.length > 0) {
        values.forEach((_, k) => {
          if (known[Math.floor(k / components)] === 0) values[k] = NaN;
        });
      }
      return [field.name + suffix, space(values, components, 0)] as const;
    });
  const width = (names: "inputNames" | "targetNames" | "predictedNames") =>
    batch.texts(names, 0).length;
  const truth = arraysOf("target", width("targetNames"), targets);
  const prediction = arraysOf("prediction", width("predictedNames"), predicted);
  const errors = prediction.flatMap(([name, { values, components }]) => {
    const target = truth.find((field) => field[0] === name)?.[1].values;
    if (target === undefined) return [];
    const error = { values: differences(values, target), components };
    return [[name + ERROR_SUFFIX, error] as const];
  });
  return {
    points: inSpace(position, dimensions, axis, value),
    cells: cellsOf(batch) ?? cellsOfNodes(nodeCount, batch.list("gridShape", 0, "uint32")),
    pointData: Object.fromEntries([
      ...(known.length === 0 ? [] : [[KNOWN, { values: known, components: 1 }] as const]),
      ...arraysOf("input", width("inputNames"), inputs),
      ...truth,
      ...prediction.map(([name, array]) => [name + PREDICTED_SUFFIX, array] as const),
      ...errors,
    ]),
  };
}

/** Differences in the precision of the first values, taken in float64. */
function differences(
  values: Float32Array | Float64Array,
  others: Float32Array | Float64Array,
): Float32Array | Float64Array {
  return values.map((value, k) => value - others[k]);
}

/** Positions `[N, D]` as points `[N, 3]`. */
function inSpace(
  position: Float32Array | Float64Array,
  dimensions: number,
  axis: number,
  value: number,
): Float32Array | Float64Array {
  if (dimensions === 3) return position;
  if (dimensions === 2) {
    const needsFloat64 = Math.abs(Math.fround(value) - value) > PLANE_TOLERANCE * extent(position);
    return insertAxis(needsFloat64 ? Float64Array.from(position) : position, axis, value);
  }
  const points = position instanceof Float64Array
    ? new Float64Array(3 * position.length)
    : new Float32Array(3 * position.length);
  position.forEach((x, node) => points[3 * node] = x);
  return points;
}

/** Largest difference of two numbers. */
function extent(values: Float32Array | Float64Array): number {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low;
}

/** Rows of three from rows of two, with `value` at `axis`, in the precision of the rows. */
function insertAxis(
  rows: Float32Array | Float64Array,
  axis: number,
  value: number,
): Float32Array | Float64Array {
  const length = rows.length / 2 * 3;
  const result = rows instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
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
