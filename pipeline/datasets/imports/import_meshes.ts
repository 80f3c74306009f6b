/**
 * Import of meshes from files of other programs.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { MeshSource } from "../../../io/mesh_file/mesh_file.ts";
import type { MeshStore, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { drawSplits } from "../draw_splits.ts";
import { openLazyStore } from "../lazy_store.ts";
import { chooseDimensions } from "./choose_dimensions.ts";
import { chooseFields, type ChosenFields } from "./choose_fields.ts";
import { chooseOrigin } from "./choose_origin.ts";
import type { DataSummary } from "./data_summary.ts";
import type { ImportOptions } from "./import_options.ts";
import { importSummary } from "./import_summary.ts";
import { parsePreparation, type Preparation } from "./preparation.ts";
import { type PreparedMesh, prepareMesh, storedAxes } from "./prepare_mesh.ts";
import { casesOf, sampleOrder, titleOf } from "./sample_order.ts";
import { readMesh, type Survey, surveyMeshes } from "./survey.ts";

/** A data set whose samples are read from its files on demand, with its summary. */
export interface ImportedMeshes {
  readonly store: MeshStore;
  readonly summary: DataSummary;
}

/**
 * Opens the samples of files as a mesh store. Reads all files once, to choose what all samples must
 * have in common: dimensions, origin, fields and their offsets.
 *
 * Copies of points, points that belong to no cell and coincident points with equal values are left
 * out. Samples are sorted by name, and the splits are drawn over their cases.
 *
 * @param source Files, as `openMeshFiles` opens them
 * @param onMesh Called after the first reading of every mesh with the number of finished ones
 * @throws {DataError} If a file is damaged, lacks an array, or has values that are none
 * @throws {UserError} If the options contradict each other
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openMeshFiles } from "../../../io/mesh_file/open_mesh_file.ts";
 * import { importMeshes } from "./import_meshes.ts";
 *
 * const source = await openMeshFiles(["tests/fixtures/flow_cases/plates/plate_0.vtu"]);
 * const { store, summary } = await importMeshes(source, { targets: ["swirl"] });
 * const { nodeCount, fields } = await store.read(0);
 * assert.equal(fields.swirl.length, 3 * nodeCount);
 * assert.equal(summary.dimensions.count, 2);
 * ```
 */
export async function importMeshes(
  source: MeshSource,
  options: ImportOptions = {},
  onMesh?: (done: number) => void,
): Promise<ImportedMeshes> {
  const order = sampleOrder(source);
  const ids = order.map((index) => source.samples[index].id);
  const survey = await surveyMeshes(source, order, options, onMesh);
  const cases = casesOf(source, order, survey, ids, options);
  const splits = drawSplits(ids, cases, options);
  const { meshes } = survey;
  const { dimensions, reason, flat } = chooseDimensions(meshes, options.dimensions);
  const coordinates = storedAxes(meshes[0].axes, flat);
  const placed = chooseOrigin(meshes, coordinates);
  // A single sample does not show what varies, nor do samples for prediction only.
  const keepsConstants = new Set(cases).size < 2 || splits.train.length === 0;
  const chosen = chooseFields(survey, ids, options, keepsConstants, flat);
  const mask = maskOf(survey, options, chosen);
  const preparation: Preparation = {
    version: 1,
    axes: meshes[0].axes,
    coordinates,
    flat,
    origin: placed.origin,
    cells: options.cells ?? "average",
    hasCells: hasCells(survey),
    hasCuts: meshes.some(({ counts }) => counts.coincident > 0),
    fields: [...chosen.fields],
    mask,
    missing: options.missing?.map((value) => Number.isNaN(value) ? "NaN" : value),
    source: openingOf(options),
  };
  const title = options.title ?? titleOf(source);
  const times = order.map((index) => source.samples[index].time);
  const summary = importSummary({
    title,
    source,
    ids,
    cases,
    survey,
    dimensions,
    reason,
    preparation,
    splits,
    options,
    leftOut: chosen.leftOut,
    notes: [...placed.notes, ...chosen.notes],
  });
  // Ids and splits are in the header.
  const { splits: _splits, path: _path, ...savedSummary } = summary;
  const header: MeshStoreHeader = {
    case: "files",
    title,
    dimensions,
    fields: storedFields(preparation),
    gridShape: commonGrid(survey, dimensions),
    cells: preparation.hasCells || undefined,
    plane: flat && { axis: flat.axis, value: flat.value },
    origin: placed.origin,
    origins: meshes.map(({ path }) => path),
    groups: cases,
    times: times.every((time) => time !== undefined) ? times : undefined,
    mask: mask?.name,
    splits,
    generator: { name: "haloflow convert", summary: savedSummary },
    preparation,
  };
  const store = openLazyStore({
    path: source.path,
    header,
    ids,
    nodeCounts: meshes.map(({ nodeCount }) => nodeCount),
    read: async (sample) => await prepareForModel(source, order[sample], preparation, "complete"),
  });
  return { store, summary };
}

/**
 * Prepares a sample of new files exactly as those of the data set of a preparation: for training
 * files, the result is the sample of the store.
 *
 * @param index Sample of the source
 * @param preparation As the header of a store or a model has it
 * @param mode Whether all fields are required, or only inputs, and others where the file has them
 * @throws {DataError} If the sample lacks an input or does not match the preparation
 */
export async function prepareForModel(
  source: MeshSource,
  index: number,
  preparation: unknown,
  mode: "complete" | "inputs" = "inputs",
): Promise<PreparedMesh> {
  const { id, time } = source.samples[index];
  const mesh = await readMesh(source, index);
  return prepareMesh(mesh, id, time, parsePreparation(preparation, source.path), mode);
}

/** The options of opening files that change the meshes. */
function openingOf({ source = {} }: ImportOptions): Preparation["source"] {
  const { position, sample, axes } = source;
  if (position === undefined && sample === undefined && axes === undefined) return undefined;
  return {
    position: position && [...position],
    sample: sample && [...sample],
    axes: axes && [...axes],
  };
}

function hasCells({ meshes }: Survey): boolean {
  const differing = meshes.find((mesh) => mesh.hasCells !== meshes[0].hasCells);
  if (differing === undefined) return meshes[0].hasCells;
  throw new DataError(
    `Cannot use "${differing.path}" with "${meshes[0].path}": all files must have cells, or none`,
  );
}

/** The mask of the targets, if some may be missing. */
function maskOf(
  { maskPlace }: Survey,
  { mask, missing = [] }: ImportOptions,
  { fields }: ChosenFields,
): Preparation["mask"] {
  if (maskPlace === undefined && missing.length === 0) return undefined;
  let name = "known";
  while (fields.some((field) => field.name === name)) name += "_";
  return { name, array: mask };
}

function storedFields({ fields, mask }: Preparation): MeshStoreHeader["fields"] {
  const stored = fields.map(({ name, stored, unit, role, offset }) => {
    const info = { components: stored.length, unit, role, offset };
    return [name, info] as const;
  });
  const known = mask ? [[mask.name, { components: 1, unit: "" }] as const] : [];
  return Object.fromEntries([...stored, ...known]);
}

function commonGrid({ meshes }: Survey, dimensions: number): number[] | undefined {
  const [{ gridShape }] = meshes;
  if (gridShape === undefined || gridShape.length !== dimensions) return undefined;
  const text = gridShape.join();
  return meshes.every((mesh) => mesh.gridShape?.join() === text) ? [...gridShape] : undefined;
}
