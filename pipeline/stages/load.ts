/** Reads the meshes of a split from a store. @module */

import { z } from "zod";
import { DataError, didYouMean } from "../../errors.ts";
import type { MeshAttributes, MeshSample, MeshStore } from "../../io/mesh_attributes.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import { createRecordBatch } from "../../io/record_batch.ts";
import { nameMatcher } from "../datasets/name_pattern.ts";
import { countOf } from "../../format.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { cellColumns } from "../batches/cell_columns.ts";
import { AXES, componentNames } from "../batches/field_names.ts";
import { packOffsets } from "../batches/value_offsets.ts";
import { MESH } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "load",
  description:
    "Reads the meshes of a split, with input and target fields, from a Zarr store or an " +
    "Arrow file.",
  options: z.strictObject({
    store: z.string().describe(
      "Path of the mesh store (`.zarr`) or the Arrow IPC file (`.arrow`).",
    ),
    split: z.string().default("train").describe("Name of the split to read."),
    more: z.array(z.strictObject({
      store: z.string().describe("Path of the store."),
      split: z.string().default("train").describe("Name of the split to read."),
    })).default([]).describe(
      "Further stores with the same fields, read after it, such as data of another fidelity.",
    ),
    inputs: z.array(z.string()).optional().meta({
      description: "Input fields, in addition to the positions.",
      absent: "fields with the role `input`",
    }),
    targets: z.array(z.string()).optional().meta({
      description: "Target fields; an empty list for prediction without truth.",
      absent: "fields with the role `target`",
    }),
    cells: z.boolean().default(false).describe(
      "Whether to read the cells too, for results that are drawn and for given graphs.",
    ),
    only: z.array(z.string()).min(1).optional().meta({
      description: "Ids of the samples to read, or patterns with `*` and `?`.",
      absent: "all samples of the splits",
    }),
    except: z.array(z.string()).min(1).optional().meta({
      description: "Ids of samples to leave out, or patterns, as for cross-validation.",
      absent: "none",
    }),
    limit: z.int().min(1).optional().meta({
      description: "Largest number of samples to read.",
      absent: "all samples",
    }),
  }),
  inputs: [],
  output: MESH,
  repeats: { reads: ["store"] },
  usesDirectory: false,
  async *run({ options, progress }) {
    const opened = await openMeshes(options);
    const { splits, inputs, targets } = opened;
    const columns = meshColumns(opened);
    let firstIndex = 0;
    const all = splits.flatMap(({ store, samples }) => {
      const rows = samples.map((number) => ({ store, number, index: firstIndex + number }));
      firstIndex += store.sampleCount;
      return rows;
    });
    const samples = all.slice(0, options.limit);
    const count = samples.length;
    for (const [k, { store, number, index }] of samples.entries()) {
      const sample = await store.read(number, { cells: options.cells });
      const fields = { inputs, targets, columns };
      yield createRecordBatch(MESH, [meshRow(store, sample, { index, count, ...fields })]);
      progress({ done: k + 1, total: count });
    }
  },
});

/** The options of a `load` stage that decide which meshes and fields it reads. */
export interface MeshSelection extends Split {
  readonly more: readonly Split[];
  /** Ids or patterns of the samples to read; those of `except` are left out. */
  readonly only?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
  readonly inputs?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
}

interface Split {
  readonly store: string;
  readonly split: string;
}

/** The meshes that a `load` stage reads, before any is read. */
export interface OpenedMeshes {
  /** Stores, each with the sample numbers of its split. */
  readonly splits: readonly { readonly store: MeshStore; readonly samples: readonly number[] }[];
  /** Names of the input fields, positions not included. */
  readonly inputs: readonly string[];
  readonly targets: readonly string[];
}

/**
 * Opens the stores of a `load` stage and finds its fields.
 *
 * @throws {DataError} If a store is missing or damaged, a split or the selection has no samples, a
 * name or pattern matches no sample, a store lacks a field, or the fields of two stores differ.
 */
export async function openMeshes(options: MeshSelection): Promise<OpenedMeshes> {
  const complete = await Promise.all([options, ...options.more].map(openSplit));
  const splits = selectSamples(complete, options);
  const [{ store: firstStore }] = splits;
  const inputs = options.inputs ?? fieldsOfRole(firstStore.attributes, "input");
  const targets = options.targets ?? fieldsOfRole(firstStore.attributes, "target");
  const names = [...inputs, ...targets];
  for (const { store } of splits) {
    checkFields(store, names);
    checkMask(store, names);
    checkSameFields(firstStore, store, names);
  }
  return { splits, inputs, targets };
}

/** Columns of the inputs and targets of meshes, in the order of the record batches. */
export interface MeshColumns {
  /** Space dimensions D. */
  readonly dimensions: number;
  readonly inputNames: readonly string[];
  readonly targetNames: readonly string[];
  /** Units of the inputs, then of the targets. */
  readonly units: readonly string[];
}

/** The columns that the meshes of a `load` stage have. */
export function meshColumns({ splits, inputs, targets }: OpenedMeshes): MeshColumns {
  const { dimensions, fields } = splits[0].store.attributes;
  const columns = (names: readonly string[]) =>
    names.flatMap((name) => componentNames(name, fields[name].components));
  const units = (names: readonly string[]) =>
    names.flatMap((name) => Array<string>(fields[name].components).fill(fields[name].unit));
  return {
    dimensions,
    inputNames: [...AXES.slice(0, dimensions), ...columns(inputs)],
    targetNames: columns(targets),
    units: [...Array<string>(dimensions).fill(""), ...units(inputs), ...units(targets)],
  };
}

/**
 * A store with the sample numbers of a split.
 *
 * @throws {DataError} If the split has no samples.
 */
async function openSplit({ store: path, split }: Split) {
  const store = await openMeshStore(path);
  const samples = store.split(split);
  if (samples.length > 0) return { store, samples };
  const others = Object.entries(store.attributes.splits).filter(([, { length }]) => length > 0)
    .map(([name, { length }]) => `"${name}" (${length})`);
  throw new DataError(
    `Cannot load "${path}": split "${split}" has no samples; choose a split with samples: ` +
      `${others.join(", ") || "there is none"}`,
  );
}

/**
 * The samples that are named by `only` and not by `except`.
 *
 * @throws {DataError} If a name or pattern matches no sample, or none is left.
 */
function selectSamples(
  splits: OpenedMeshes["splits"],
  { only, except = [], store: path }: MeshSelection,
): OpenedMeshes["splits"] {
  const ids = splits.flatMap(({ store, samples }) => samples.map((k) => store.attributes.ids[k]));
  const matcherOf = (patterns: readonly string[]) => {
    const matchers = patterns.map(nameMatcher);
    const unmatched = matchers.findIndex((matches) => !ids.some(matches));
    if (unmatched >= 0) {
      throw new DataError(
        `Cannot load samples "${patterns[unmatched]}" of "${path}": no sample of that name in ` +
          `the split, ${didYouMean(patterns[unmatched], ids)}`,
      );
    }
    return (id: string) => matchers.some((matches) => matches(id));
  };
  const isRead = only === undefined ? () => true : matcherOf(only);
  const isLeftOut = matcherOf(except);
  const selected = splits.map(({ store, samples }) => ({
    store,
    samples: samples.filter((number) => {
      const id = store.attributes.ids[number];
      return isRead(id) && !isLeftOut(id);
    }),
  }));
  if (selected.some(({ samples }) => samples.length > 0)) return selected;
  throw new DataError(
    `Cannot load "${path}": at least one sample must remain, options only and except leave none ` +
      `of ${countOf(ids.length, "sample")}`,
  );
}

interface MeshChoice {
  readonly index: number;
  readonly count: number;
  readonly inputs: readonly string[];
  readonly targets: readonly string[];
  readonly columns: MeshColumns;
}

function meshRow(
  { attributes }: MeshStore,
  sample: MeshSample,
  { index, count, inputs, targets, columns }: MeshChoice,
) {
  const position = { values: sample.position, components: sample.dimensions };
  const field = (name: string) => ({
    values: sample.fields[name],
    components: attributes.fields[name].components,
  });
  const offsets = (names: readonly string[]) =>
    names.flatMap((name) => {
      const { components, offset } = attributes.fields[name];
      return offset ?? Array<number>(components).fill(0);
    });
  const origin = attributes.origin ?? Array<number>(sample.dimensions).fill(0);
  const { mask, title = "", preparation } = attributes;
  return {
    index,
    id: sample.id,
    count,
    position: sample.position,
    input: interleave(sample.nodeCount, [position, ...inputs.map(field)]),
    target: interleave(sample.nodeCount, targets.map(field)),
    ...columns,
    gridShape: Uint32Array.from(attributes.gridShape ?? []),
    ...cellColumns(sample.cells, attributes.plane),
    valueOffset: packOffsets([...origin, ...offsets(inputs), ...offsets(targets)]),
    known: mask === undefined || targets.length === 0 ? new Float32Array(0) : sample.fields[mask],
    title,
    preparation: preparation === undefined ? "" : JSON.stringify(preparation),
  };
}

function fieldsOfRole({ fields }: MeshAttributes, role: "input" | "target"): readonly string[] {
  return Object.entries(fields).filter(([, field]) => field.role === role).map(([name]) => name);
}

/** @throws {DataError} If the store lacks a field. */
function checkFields({ attributes, path }: MeshStore, names: readonly string[]): void {
  for (const name of names) {
    if (Object.hasOwn(attributes.fields, name)) continue;
    throw new DataError(
      `Cannot load field "${name}" of "${path}": no field of that name, ` +
        `${didYouMean(name, Object.keys(attributes.fields))}`,
    );
  }
}

/** @throws {DataError} If the mask of the targets is an input or a target itself. */
function checkMask({ attributes: { mask }, path }: MeshStore, names: readonly string[]): void {
  if (mask === undefined || !names.includes(mask)) return;
  throw new DataError(
    `Cannot load field "${mask}" of "${path}": inputs and targets must be fields of the ` +
      "solution, this one is the mask of known targets; leave it out",
  );
}

/** @throws {DataError} If the fields, units or dimensions of two stores differ. */
function checkSameFields(first: MeshStore, other: MeshStore, names: readonly string[]): void {
  for (const name of names) {
    const expected = first.attributes.fields[name]?.unit;
    const actual = other.attributes.fields[name].unit;
    // Files of other programs often have no units.
    if (expected === actual || !expected || actual === "") continue;
    throw new DataError(
      `Cannot load "${other.path}" with "${first.path}": "${name}" must be in ${expected}, it is ` +
        `in ${actual}; convert it`,
    );
  }
  const shapeOf = ({ attributes: { dimensions, fields } }: MeshStore) => {
    const components = names.map((name) => `${name} of ${fields[name].components}`);
    return `${dimensions} dimensions, ${components.join(", ")}`;
  };
  if (shapeOf(first) === shapeOf(other)) return;
  throw new DataError(
    `Cannot load "${other.path}" with "${first.path}": both must have ${shapeOf(first)}, it has ` +
      shapeOf(other),
  );
}

/** Rows of all fields `[N, sum of components]`. */
function interleave(
  nodeCount: number,
  fields: readonly { readonly values: Float32Array; readonly components: number }[],
): Float32Array {
  const width = fields.reduce((sum, { components }) => sum + components, 0);
  const rows = new Float32Array(nodeCount * width);
  let column = 0;
  for (const { values, components } of fields) {
    for (let node = 0; node < nodeCount; node++) {
      for (let c = 0; c < components; c++) {
        rows[node * width + column + c] = values[node * components + c];
      }
    }
    column += components;
  }
  return rows;
}
