/**
 * Import of meshes from files of other programs.
 *
 * @module
 */

import { basename, dirname, extname, resolve } from "node:path";
import { DataError, UserError } from "../../../errors.ts";
import { formatCount, formatNumber } from "../../../format.ts";
import type { MeshSource } from "../../../io/mesh_file/mesh_file.ts";
import { naturalOrder } from "../../../io/mesh_file/mesh_format.ts";
import type { MeshStore, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { drawSplits } from "../draw_splits.ts";
import { openLazyStore } from "../lazy_store.ts";
import { DEFAULT_SPLIT_SHARES, type Splits } from "../splits.ts";
import { chooseDimensions } from "./choose_dimensions.ts";
import { chooseFields, type ChosenFields } from "./choose_fields.ts";
import { chooseOrigin } from "./choose_origin.ts";
import type { CleaningCounts } from "./clean_mesh.ts";
import { cellCounts, type DataSummary, type FieldSummary } from "./data_summary.ts";
import type { ImportOptions } from "./import_options.ts";
import { distributionOf } from "./nearest_distances.ts";
import { parsePreparation, type Preparation } from "./preparation.ts";
import { type PreparedMesh, prepareMesh, storedAxes } from "./prepare_mesh.ts";
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
  const summary: DataSummary = {
    title,
    path: source.path,
    format: source.format,
    meshes: ids.length,
    cases: new Set(cases).size,
    nodes: distributionOf(meshes.map(({ nodeCount }) => nodeCount)),
    dimensions: { count: dimensions, reason },
    box: {
      low: coordinates.map((axis) => Math.min(...meshes.map(({ low }) => low[axis]))),
      high: coordinates.map((axis) => Math.max(...meshes.map(({ high }) => high[axis]))),
    },
    origin: placed.origin,
    spacing: distributionOf(finiteSpacings(survey)),
    points: totalCounts(meshes.map(({ counts }) => counts)),
    cells: cellCounts(meshes.map(({ cellTypes }) => cellTypes)),
    nodePlace: preparation.cells === "centres" ? "centres of cells" : "points",
    fields: fieldSummaries(preparation, survey),
    missingTargets: missingTargets(survey, chosen),
    leftOut: chosen.leftOut,
    splits: Object.fromEntries(
      Object.entries(splits).map(([name, samples]) => [name, samples.map((k) => ids[k])]),
    ),
    notes: [
      ...survey.notes,
      ...placed.notes,
      ...placeNotes(preparation),
      ...layerNotes(survey, flat),
      ...chosen.notes,
      ...splitNotes(splits, survey, chosen, options),
      ...timeNotes(source, options),
    ],
  };
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

/** The samples in natural order of their cases, then times, then ids. */
function sampleOrder({ path, samples }: MeshSource): number[] {
  if (samples.length === 0) {
    throw new DataError(`Cannot read "${path}": it must have at least one sample, found none`);
  }
  const piece = samples.find(({ pieceOf }) => pieceOf !== undefined);
  if (piece?.pieceOf !== undefined) {
    throw new DataError(
      `Cannot use "${piece.id}" as a sample: it is a piece of one mesh, "${piece.pieceOf}"; ` +
        "name that file",
    );
  }
  const ranks = (names: readonly string[]) =>
    new Map(naturalOrder(new Set(names)).map((name, rank) => [name, rank]));
  const groups = ranks(samples.map(({ group }) => group));
  const ids = ranks(samples.map(({ id }) => id));
  if (ids.size < samples.length) {
    const id = samples.find(({ id }, k) => samples.findIndex((other) => other.id === id) < k)!.id;
    throw new UserError(
      `Cannot read "${path}": ids of samples must be unique, "${id}" occurs twice; name each ` +
        "file once",
    );
  }
  return [...samples.keys()].sort((a, b) =>
    groups.get(samples[a].group)! - groups.get(samples[b].group)! ||
    (samples[a].time ?? 0) - (samples[b].time ?? 0) ||
    ids.get(samples[a].id)! - ids.get(samples[b].id)!
  );
}

/** The case of each sample: that of its source, or its value of a field. */
function casesOf(
  { samples }: MeshSource,
  order: readonly number[],
  { arrays }: Survey,
  ids: readonly string[],
  { splitBy }: ImportOptions,
): string[] {
  if (splitBy === undefined) return order.map((index) => samples[index].group);
  const [component] = arrays.get(splitBy)!.components;
  return ids.map((id, k) => {
    const low = component.sampleLows[k];
    const high = component.sampleHighs[k];
    if (low === high) return `${splitBy}=${low}`;
    throw new DataError(
      `Cannot split by "${splitBy}": it must have one value per sample, sample "${id}" has ` +
        `${low} to ${high}`,
    );
  });
}

/** The name of the file of one case, or of the folder of several. */
function titleOf({ path, files, samples }: MeshSource): string {
  const isOne = samples.every(({ group }) => group === samples[0].group);
  const place = resolve(isOne || !files.includes(path) ? path : dirname(path));
  return basename(place, extname(place)) || "data";
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

function finiteSpacings({ meshes }: Survey): Float64Array {
  const all = meshes.flatMap(({ spacings }) => [...spacings]).filter(Number.isFinite);
  return Float64Array.from(all.length > 0 ? all : [0]);
}

function totalCounts(counts: readonly CleaningCounts[]): CleaningCounts {
  const sum = (name: keyof CleaningCounts) => counts.reduce((total, mesh) => total + mesh[name], 0);
  return {
    ghostCells: sum("ghostCells"),
    ghostPoints: sum("ghostPoints"),
    merged: sum("merged"),
    coincident: sum("coincident"),
    orphans: sum("orphans"),
  };
}

function fieldSummaries({ fields }: Preparation, { arrays }: Survey): FieldSummary[] {
  return fields.map(({ name, array, place, role, unit, stored, offset, categories }) => {
    const { components } = arrays.get(array)!;
    const shown = categories ? components : stored.map((c) => components[c]);
    return {
      name,
      array,
      place,
      role,
      unit,
      components: stored.length,
      low: shown.map(({ low }) => low),
      high: shown.map(({ high }) => high),
      offset,
      categories,
    };
  });
}

function missingTargets({ arrays }: Survey, { fields }: ChosenFields): number {
  const targets = fields.filter(({ role }) => role === "target");
  return Math.max(0, ...targets.map(({ array }) => arrays.get(array)!.missingCount));
}

/** Notes on data of cells and points that are used at the other place. */
function placeNotes({ cells, fields }: Preparation): string[] {
  const named = (place: string) =>
    fields.filter((field) => field.place === place).map(({ array }) => `"${array}"`).join(", ");
  const other = named(cells === "centres" ? "point" : "cell");
  if (cells === "centres") {
    const text = "The nodes are the centres of the cells";
    return [other === "" ? text : `${text}; ${other}: means over the points of each cell`];
  }
  return other === "" ? [] : [
    `Data of the cells became data of the points, the mean over the cells at each: ${other}; ` +
    "--cells centres makes the centres of the cells the nodes",
  ];
}

function layerNotes({ layerDifference }: Survey, flat: Preparation["flat"]): string[] {
  if (flat?.kind !== "layer" || layerDifference === 0) return [];
  return [
    `Values on the two sides of the layer differ by up to ${formatNumber(layerDifference)} of ` +
    "the largest value; their means are used",
  ];
}

/** Notes on files with different times that may be steps of one simulation. */
function timeNotes({ samples }: MeshSource, { splitBy }: ImportOptions): string[] {
  const times = samples.map(({ time }) => time);
  const isSeries = times.every((time) => time !== undefined) && new Set(times).size > 1 &&
    new Set(samples.map(({ group }) => group)).size === samples.length;
  if (!isSeries || splitBy !== undefined) return [];
  return [
    "The files have different times, each is a case of its own: steps of one simulation are kept " +
    "together in the splits if they are read from its .pvd file",
  ];
}

/** Notes on splits without samples and on inputs that vary only outside the training. */
function splitNotes(
  splits: Splits,
  { arrays, meshes }: Survey,
  { fields }: ChosenFields,
  { shares = DEFAULT_SPLIT_SHARES }: ImportOptions,
): string[] {
  const notes: string[] = [];
  const empty = Object.keys(splits).filter((name) =>
    splits[name as keyof Splits].length === 0 && shares[name as keyof Splits] > 0
  );
  if (empty.length > 0) {
    const verb = empty.length === 1 ? "is" : "are";
    notes.push(`${empty.join(" and ")} ${verb} empty: there are too few cases`);
  }
  const unused = meshes.length - Object.values(splits).flat().length;
  if (unused > 0) notes.push(`${formatCount(unused)} samples are in no split`);
  for (const { array, role } of fields) {
    const { components, largest } = arrays.get(array)!;
    if (role !== "input" || splits.train.length < 2 || largest === 0) continue;
    const isConstant = components.every(({ sampleLows, sampleHighs, low, high }) => {
      const lows = splits.train.map((k) => sampleLows[k]);
      const highs = splits.train.map((k) => sampleHighs[k]);
      return low !== high && Math.min(...lows) === Math.max(...highs);
    });
    if (isConstant) {
      notes.push(
        `"${array}" has one value in all training samples and others elsewhere: no network can ` +
          "learn from it",
      );
    }
  }
  return notes;
}
