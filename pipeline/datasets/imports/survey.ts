/**
 * The first pass over the files of a data set: everything that must be known of all meshes before
 * one of them can become a sample.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { FileMesh, MeshSource } from "../../../io/mesh_file/mesh_file.ts";
import { EACH_SAMPLE } from "../draw_splits.ts";
import { ArraySurvey } from "./array_survey.ts";
import type { MeshShape } from "./choose_dimensions.ts";
import type { CleaningCounts } from "./clean_mesh.ts";
import {
  axesWithout,
  boxOf,
  collapsesWithout,
  coordinatesOf,
  type Flatness,
  flatnessOf,
  tiltOf,
} from "./flatness.ts";
import { type ArrayPlace, placeOf, readFileArray } from "./file_arrays.ts";
import type { ImportOptions } from "./import_options.ts";
import { knownNodes } from "./known_nodes.ts";
import { type Layer, lowerSide } from "./layer.ts";
import type { MeshNodes } from "./mesh_nodes.ts";
import { type MeshValues, meshValues } from "./mesh_values.ts";
import { evenSample, nearestDistances } from "./nearest_distances.ts";
import { type LeftOut, type WantedArray, wantedArrays } from "./wanted_arrays.ts";

/** What is known of a mesh after the first pass. */
export interface MeshSurvey extends MeshShape {
  readonly nodeCount: number;
  readonly counts: CleaningCounts;
  /** Cells by VTK type, and whether the nodes have cells. */
  readonly cellTypes: ReadonlyMap<number, number>;
  readonly hasCells: boolean;
  /** Positions [Q, axes] of some nodes, and the distance of each to its nearest neighbour. */
  readonly probes: Float64Array;
  readonly spacings: Float64Array;
  /** Whether the file has positions in float32. */
  readonly isFloat32: boolean;
  readonly gridShape: readonly number[] | undefined;
}

/** What is known of a data set after the first pass. */
export interface Survey {
  readonly meshes: readonly MeshSurvey[];
  readonly wanted: readonly WantedArray[];
  readonly arrays: ReadonlyMap<string, ArraySurvey>;
  /** Arrays as the files have them whose means over cells or points are the values at the nodes. */
  readonly rawArrays: ReadonlyMap<string, ArraySurvey>;
  readonly maskPlace: ArrayPlace | undefined;
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
  /** Largest relative difference of the two sides of a layer. */
  readonly layerDifference: number;
}

/** Nodes of all meshes whose neighbours are searched, and of one mesh at least and at most. */
const PROBES = 400_000;
const MIN_PROBES = 64;
const MAX_PROBES = 2048;

/** Programs write such numbers where a point has no place. */
const ABSURD = 1e20;

/** Twins of a layer with values that differ by this share of the largest value are none. */
const LAYER_AGREEMENT = 1e-5;

/**
 * Reads all meshes of a source once.
 *
 * @param order Samples in the order of the store
 * @param onMesh Called after every mesh
 * @throws {DataError} If a file is damaged or lacks an array
 */
export async function surveyMeshes(
  source: MeshSource,
  order: readonly number[],
  options: ImportOptions,
  onMesh?: (done: number) => void,
): Promise<Survey> {
  const { cells = "average", mask, missing = [], targets = [], dimensions, splitBy } = options;
  const arrays = new Map<string, ArraySurvey>();
  const rawArrays = new Map<string, ArraySurvey>();
  const meshes: MeshSurvey[] = [];
  const notes = new Set(source.notes);
  let chosen: ReturnType<typeof wantedArrays> | undefined;
  let maskPlace: ArrayPlace | undefined;
  let layerDifference = 0;
  for (const [sample, index] of order.entries()) {
    const { time } = source.samples[index];
    const mesh = await readMesh(source, index);
    chosen ??= wantedArrays(mesh, time, options);
    maskPlace ??= mask === undefined ? undefined : placeOf(mesh, mask, time);
    const masks = maskPlace && mask !== undefined ? [{ array: mask, place: maskPlace }] : [];
    const values = meshValues(mesh, [...chosen.arrays, ...masks], {
      cells,
      merging: "equal",
      missing,
      maskable: new Set(targets),
      time,
    });
    let flatness = flatnessOf(values.nodes);
    if (flatness?.layer) {
      const difference = differenceOf(values, chosen.arrays, flatness.layer);
      layerDifference = Math.max(layerDifference, difference);
      if (difference > LAYER_AGREEMENT && dimensions !== 2) flatness = undefined;
    }
    const known = maskPlace && mask !== undefined
      ? knownNodes(values.nodes, mask, values.arrays.get(mask)!, maskPlace)
      : undefined;
    addValues({ arrays, rawArrays }, values, chosen.arrays, known, sample, options);
    addSplitValues(arrays, values, splitBy, chosen.arrays, sample, time);
    meshes.push(surveyOf(values, flatness, dimensions, order.length));
    // Reading an array may add one.
    mesh.notes.forEach((note) => notes.add(note));
    onMesh?.(sample + 1);
  }
  return {
    meshes,
    arrays,
    rawArrays,
    maskPlace,
    wanted: chosen!.arrays,
    leftOut: chosen!.leftOut,
    notes: [...notes],
    layerDifference,
  };
}

/** Reads a mesh with points. @throws {DataError} If it is damaged or has none */
export async function readMesh(source: MeshSource, index: number): Promise<FileMesh> {
  const mesh = await source.read(index);
  if (mesh.pointCount === 0) {
    throw new DataError(`Cannot read "${mesh.path}": a mesh must have points, found none`);
  }
  for (let k = 0; k < mesh.points.length; k++) {
    if (Math.abs(mesh.points[k]) < ABSURD) continue;
    const point = Math.floor(k / mesh.axes);
    throw new DataError(
      `Cannot read "${mesh.path}": coordinates must be finite and below 1e20, point ${point} has ` +
        mesh.points[k],
    );
  }
  return mesh;
}

function addValues(
  { arrays, rawArrays }: Record<"arrays" | "rawArrays", Map<string, ArraySurvey>>,
  { mesh, nodes, arrays: read }: MeshValues,
  wanted: readonly WantedArray[],
  known: Uint8Array | undefined,
  sample: number,
  { missing = [], targets = [] }: ImportOptions,
): void {
  for (const { array, place } of wanted) {
    const file = read.get(array)!;
    const survey = surveyNamed(arrays, array);
    if (survey.components.length > 0 && survey.components.length !== file.components) {
      throw new DataError(
        `Cannot read array "${array}" of "${mesh.path}": it must have ` +
          `${survey.components.length} components, as in other files, found ${file.components}`,
      );
    }
    const isTarget = targets.includes(array);
    const isMissing = (value: number, node: number) =>
      isTarget && (known?.[node] === 0 || (missing.length > 0 && Number.isNaN(value)));
    survey.add(sample, nodes.values(file, place), file, (node) => nodes.nameOf(node), isMissing);
    // A mean hides a number that stands for "no value".
    const means = isTarget && known ? undefined : nodes.meansOf(file, place);
    if (means === undefined) continue;
    const { values, nameOf } = means;
    const isAbsent = (value: number) => isTarget && missing.length > 0 && Number.isNaN(value);
    surveyNamed(rawArrays, array).add(sample, values, file, nameOf, isAbsent);
  }
}

/** Adds the values of an array that only distributes samples to splits. */
function addSplitValues(
  arrays: Map<string, ArraySurvey>,
  { mesh, nodes }: MeshValues,
  splitBy: string | undefined,
  wanted: readonly WantedArray[],
  sample: number,
  time: number | undefined,
): void {
  if (splitBy === undefined || splitBy === EACH_SAMPLE) return;
  if (wanted.some(({ array }) => array === splitBy)) return;
  const place = placeOf(mesh, splitBy, time);
  const file = readFileArray(mesh, splitBy, place, time);
  const name = (node: number) => nodes.nameOf(node);
  surveyNamed(arrays, splitBy).add(sample, nodes.values(file, place), file, name, () => false);
}

function surveyNamed(surveys: Map<string, ArraySurvey>, array: string): ArraySurvey {
  let survey = surveys.get(array);
  if (survey === undefined) surveys.set(array, survey = new ArraySurvey(array));
  return survey;
}

/** The largest difference of twins, relative to the largest value of each array. */
function differenceOf(
  { nodes, arrays }: MeshValues,
  wanted: readonly WantedArray[],
  { lower, upper }: Layer,
): number {
  let largest = 0;
  for (const { array, place } of wanted) {
    const file = arrays.get(array)!;
    const values = nodes.values(file, place);
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (!(scale > 0 && scale < Infinity)) continue;
    for (let k = 0; k < lower.length; k++) {
      for (let c = 0; c < file.components; c++) {
        const first = values[file.components * lower[k] + c];
        const second = values[file.components * upper[k] + c];
        if (first !== second) largest = Math.max(largest, Math.abs(first - second) / scale);
      }
    }
  }
  return largest;
}

function surveyOf(
  { mesh, nodes: all }: MeshValues,
  flatness: Flatness | undefined,
  dimensions: number | undefined,
  meshCount: number,
): MeshSurvey {
  const isFlat = flatness !== undefined && dimensions !== 3;
  const nodes = isFlat && flatness.layer ? lowerSide(all, flatness.layer) : all;
  const chosen = axesWithout(nodes.axes, isFlat ? flatness.axis : undefined);
  const positions = coordinatesOf(nodes, chosen);
  const count = Math.min(MAX_PROBES, Math.max(MIN_PROBES, Math.floor(PROBES / meshCount)));
  const probes = evenSample(nodes.nodeCount, count);
  const { axes, position } = nodes;
  return {
    path: mesh.path,
    axes,
    ...boxOf(all),
    flatness,
    tilt: flatness || dimensions !== undefined ? undefined : tiltOf(all),
    collapsing: dimensions === 2 && flatness === undefined && all.axes === 3
      ? [0, 1, 2].filter((axis) => collapsesWithout(all, axis))
      : [],
    nodeCount: nodes.nodeCount,
    counts: nodes.counts,
    cellTypes: countsOf(nodes.cells?.types ?? mesh.cells.types),
    hasCells: nodes.cells !== undefined,
    probes: Float64Array.from(
      { length: axes * probes.length },
      (_, k) => position[axes * probes[Math.floor(k / axes)] + k % axes],
    ),
    spacings: nearestDistances(positions, chosen.length, probes),
    isFloat32: mesh.points instanceof Float32Array,
    gridShape: isComplete(mesh, nodes) ? mesh.gridShape : undefined,
  };
}

/** Whether nodes are the points of a mesh in their order. */
function isComplete({ pointCount }: FileMesh, { nodeCount, nodeOf }: MeshNodes): boolean {
  return nodeCount === pointCount && nodeOf.every((node, point) => node === point);
}

function countsOf(types: Uint8Array): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
