/** Reads the meshes of a split of a store. @module */

import { z } from "zod";
import { DataError, didYouMean } from "../../errors.ts";
import type { MeshAttributes, MeshSample, MeshStore } from "../../io/mesh_attributes.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/stage.ts";
import { cellColumns } from "./cell_columns.ts";
import { AXES, componentNames } from "./field_names.ts";
import { MESH } from "./schemas.ts";

export default defineStage({
  name: "load",
  description: "Reads meshes with input and target fields from a Zarr store or an Arrow file.",
  options: z.strictObject({
    /** Path of the store (`.zarr`) or of the Arrow IPC file (`.arrow`). */
    store: z.string(),
    split: z.string().default("train"),
    /** Input fields beside the positions; by default those whose role is "input". */
    inputs: z.array(z.string()).optional(),
    /** Target fields; by default those whose role is "target". May be empty for prediction. */
    targets: z.array(z.string()).optional(),
    /** Whether to read the cells too, for results that go back to a program that draws meshes. */
    cells: z.boolean().default(false),
    /** Most samples to read. */
    limit: z.int().min(1).optional(),
  }),
  inputs: [],
  output: MESH,
  async *run({ options, progress }) {
    const store = await openMeshStore(options.store);
    const inputs = options.inputs ?? fieldsOfRole(store.attributes, "input");
    const targets = options.targets ?? fieldsOfRole(store.attributes, "target");
    checkFields(store, [...inputs, ...targets]);
    const samples = store.split(options.split).slice(0, options.limit);
    if (samples.length === 0) {
      throw new DataError(`Cannot load "${store.path}" as split "${options.split}" has no samples`);
    }
    for (const [k, index] of samples.entries()) {
      const sample = await store.read(index, { cells: options.cells });
      yield createRecordBatch(MESH, [
        meshRow(store, sample, { index, count: samples.length, inputs, targets }),
      ]);
      progress({ done: k + 1, total: samples.length });
    }
  },
});

interface MeshChoice {
  readonly index: number;
  readonly count: number;
  readonly inputs: readonly string[];
  readonly targets: readonly string[];
}

function meshRow(
  { attributes }: MeshStore,
  sample: MeshSample,
  { index, count, inputs, targets }: MeshChoice,
) {
  const position = { values: sample.position, components: sample.dimensions };
  const field = (name: string) => ({
    values: sample.fields[name],
    components: attributes.fields[name].components,
  });
  const columns = (names: readonly string[]) =>
    names.flatMap((name) => componentNames(name, attributes.fields[name].components));
  const units = (names: readonly string[]) =>
    names.flatMap((name) =>
      Array<string>(attributes.fields[name].components).fill(attributes.fields[name].unit)
    );
  return {
    index,
    id: sample.id,
    count,
    dimensions: sample.dimensions,
    position: sample.position,
    input: interleave(sample.nodeCount, [position, ...inputs.map(field)]),
    inputNames: [...AXES.slice(0, sample.dimensions), ...columns(inputs)],
    target: interleave(sample.nodeCount, targets.map(field)),
    targetNames: columns(targets),
    units: [...Array<string>(sample.dimensions).fill(""), ...units(inputs), ...units(targets)],
    gridShape: Uint32Array.from(attributes.gridShape ?? []),
    ...cellColumns(sample.cells, attributes.plane),
  };
}

function fieldsOfRole({ fields }: MeshAttributes, role: "input" | "target"): readonly string[] {
  return Object.entries(fields).filter(([, field]) => field.role === role).map(([name]) => name);
}

function checkFields({ attributes, path }: MeshStore, names: readonly string[]): void {
  for (const name of names) {
    if (Object.hasOwn(attributes.fields, name)) continue;
    throw new DataError(
      `Cannot load field "${name}" of "${path}": no field of that name, ${
        didYouMean(name, Object.keys(attributes.fields))
      }`,
    );
  }
}

/** Columns of several fields side by side: `[N, sum of components]`. */
function interleave(
  nodeCount: number,
  fields: readonly { readonly values: Float32Array; readonly components: number }[],
): Float32Array {
  const width = fields.reduce((sum, { components }) => sum + components, 0);
  const rows = new Float32Array(nodeCount * width);
  let column = 0;
  for (const { values, components } of fields) {
    for (let node = 0; node < nodeCount; node++) {
      for (let c = 0; c < components; c++) rows[node * width + column + c] = values[node * components + c];
    }
    column += components;
  }
  return rows;
}
