/**
 * The summary of an import.
 *
 * @module
 */

import { formatCount, formatNumber } from "../../../format.ts";
import type { MeshSource } from "../../../io/mesh_file/mesh_file.ts";
import { DEFAULT_SPLIT_SHARES, type Splits } from "../splits.ts";
import type { CleaningCounts } from "./clean_mesh.ts";
import { cellCounts, type DataSummary, type FieldSummary } from "./data_summary.ts";
import type { ImportOptions } from "./import_options.ts";
import { distributionOf } from "./nearest_distances.ts";
import type { Preparation } from "./preparation.ts";
import type { Survey } from "./survey.ts";
import type { LeftOut } from "./wanted_arrays.ts";

/** Distances below this share of the median are reported. */
const CLOSE = 1e-6;

/** Choices of an import. */
export interface ImportChoices {
  readonly title: string;
  readonly source: MeshSource;
  readonly ids: readonly string[];
  readonly cases: readonly string[];
  readonly survey: Survey;
  readonly dimensions: number;
  /** The reason of the dimensions. */
  readonly reason: string;
  readonly preparation: Preparation;
  readonly splits: Splits;
  readonly options: ImportOptions;
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
}

/** Summarizes an import. */
export function importSummary({
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
  leftOut,
  notes,
}: ImportChoices): DataSummary {
  const { meshes } = survey;
  const { coordinates } = preparation;
  return {
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
    origin: preparation.origin,
    spacing: distributionOf(finiteSpacings(survey)),
    points: totalCounts(meshes.map(({ counts }) => counts)),
    cells: cellCounts(meshes.map(({ cellTypes }) => cellTypes)),
    nodePlace: preparation.cells === "centres" ? "centres of cells" : "points",
    fields: fieldSummaries(preparation, survey),
    missingTargets: missingTargets(survey, preparation),
    leftOut,
    splits: Object.fromEntries(
      Object.entries(splits).map(([name, samples]) => [name, samples.map((k) => ids[k])]),
    ),
    notes: [
      ...survey.notes,
      ...notes,
      ...closeNotes(survey),
      ...placeNotes(preparation),
      ...layerNotes(survey, preparation.flat),
      ...splitNotes(splits, survey, preparation, options),
      ...timeNotes(source, options),
    ],
  };
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

function missingTargets({ arrays }: Survey, { fields }: Preparation): number {
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

/** A note on nodes that are almost at one place. */
function closeNotes(survey: Survey): string[] {
  const { least, median } = distributionOf(finiteSpacings(survey));
  if (least === 0 || least > CLOSE * median) return [];
  return [
    `Some nodes are only ${formatNumber(least)} apart, while the median is ` +
    `${formatNumber(median)}: points that should be one are merged only if they are equal`,
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
  { fields }: Preparation,
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
