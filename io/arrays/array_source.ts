/**
 * Files of plain arrays as sources of meshes: grids or lists of points, one per sample.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { DataError, didYouMean, UserError } from "../../errors.ts";
import { uniformCells } from "../mesh_cells.ts";
import { rowMajorCells } from "../mesh_file/grid_mesh.ts";
import {
  arraysOf,
  type FileArray,
  type FileMesh,
  type MeshSource,
  type SourceOptions,
  type SourceSample,
} from "../mesh_file/mesh_file.ts";
import { selectSteps, stepNotes } from "../mesh_file/time_steps.ts";
import { type ArrayEntry, type ArrayFile, shapeText } from "./array_file.ts";
import { findOrder } from "./array_order.ts";
import {
  type ArrayPoints,
  coordinatesAlong,
  gridPoints,
  inGridOrder,
  listedPoints,
} from "./array_positions.ts";
import { type AxisName, GRID_AXES } from "./match_axes.ts";

/** Up to this many arrays are named in an error. */
const MAX_NAMED = 20;

/**
 * Opens a file of plain arrays. Its fields are the arrays in `inputs`, `targets` and `others`; the
 * meaning of their axes is stated by `axes` or follows from arrays with the coordinates. Arrays
 * without places have a value per sample.
 *
 * @throws {UserError} If no array is named, or the order of the axes must be stated
 * @throws {DataError} If an array is missing or does not fit
 */
export async function openArraySource(
  file: ArrayFile,
  options: SourceOptions,
): Promise<MeshSource> {
  const { path } = file;
  const position = (options.position ?? []).map((name) => entryOf(file, name));
  const names = [options.inputs, options.targets, options.others].flatMap((list) => list ?? []);
  if (names.length === 0) {
    throw new UserError(
      `Cannot read "${path}": the arrays that become fields must be named by --inputs and ` +
        `--targets; it has ${listOf(file.entries)}`,
    );
  }
  const fields = [...new Set(names)].map((name) => entryOf(file, name));
  const { axes, extents, isStated } = findOrder(file, fields, position, options);
  const isList = extents.has("node");
  const shape = GRID_AXES.flatMap((axis) => extents.get(axis) ?? []);
  const steps = await timeSteps(file, extents.get("time"), options);
  const samples = samplesOf(path, extents.get("sample"), steps.times);
  const part = async (name: string, sample: number, time: number) => {
    const meaning = axes.get(name)!;
    const index = meaning.map((axis) =>
      axis === "sample" ? sample : axis === "time" ? time : axis === undefined ? 0 : undefined
    );
    const left = meaning.filter((axis): axis is AxisName =>
      axis !== undefined && axis !== "sample" && axis !== "time"
    );
    return { ...inGridOrder(await file.read(name, index), left), left };
  };
  const meaning = fields.map(({ name }) =>
    `${name} ${axes.get(name)!.map((axis) => axis ?? "1").join(",")}`
  );
  const order = `The axes of the arrays are ${meaning.join("; ")}`;
  let grid: Promise<ArrayPoints> | undefined;
  const pointsOf = async (sample: number, time: number): Promise<ArrayPoints> => {
    if (!isList) return await (grid ??= gridPoints(file, shape, options.position));
    if (position.length === 0) {
      throw new UserError(
        `Cannot read "${path}": a list of nodes has no coordinates of its own; name arrays with ` +
          `them by --position; it has ${listOf(file.entries)}`,
      );
    }
    return await listedPoints(path, options.position!, async (name) => {
      const { values, components } = await part(name, sample, time);
      return { values: Float64Array.from(values as ArrayLike<number>, Number), components };
    });
  };
  const read = async (index: number): Promise<FileMesh> => {
    const stepCount = steps.steps.length;
    const sample = Math.floor(index / stepCount);
    const time = steps.steps[index % stepCount];
    const { points, axes: count, gridShape, notes } = await pointsOf(sample, time);
    const pointData: Record<string, FileArray> = {};
    const fieldData: Record<string, FileArray> = {};
    for (const { name } of fields) {
      const { values, components, left } = await part(name, sample, time);
      const array = { values, components } as FileArray;
      if (left.every((axis) => axis === "component")) fieldData[name] = array;
      else pointData[name] = array;
    }
    return {
      path,
      pointCount: points.length / count,
      points,
      axes: count,
      cells: gridShape === undefined
        ? uniformCells(new Uint32Array(0), "vertex")
        : rowMajorCells(gridShape),
      pointData: arraysOf(pointData),
      cellData: arraysOf({}),
      fieldData: arraysOf(fieldData),
      gridShape,
      notes: [...file.notes, ...(isStated ? [] : [order]), ...notes, ...steps.notes],
    };
  };
  return { path, format: file.format, samples, files: [path], read };
}

/** The steps that are read, and their times if the arrays have any. */
async function timeSteps(file: ArrayFile, extent: number | undefined, options: SourceOptions) {
  if (extent === undefined) return { steps: [0], times: undefined, notes: [] };
  const name = coordinatesAlong(file, "time", extent);
  const all = name === undefined
    ? Array.from({ length: extent }, (_, step) => step)
    : Array.from((await file.read(name, [])).values as ArrayLike<number>, Number).slice(0, extent);
  const steps = selectSteps(file.path, all, options.times);
  const source = name === undefined
    ? "Times are the numbers of the steps, from 0"
    : `Times are those of the array ${name}`;
  return {
    steps,
    times: steps.map((step) => all[step]),
    notes: [source, ...stepNotes(basename(file.path), all, steps)],
  };
}

function samplesOf(
  path: string,
  count: number | undefined,
  times: readonly number[] | undefined,
): readonly SourceSample[] {
  const stem = basename(path, extname(path));
  const digits = String((count ?? 1) - 1).length;
  const number = (sample: number) => String(sample).padStart(Math.max(4, digits), "0");
  return Array.from({ length: count ?? 1 }, (_, sample) => {
    const group = count === undefined ? stem : `${stem}-${number(sample)}`;
    if (times === undefined) return [{ id: group, group }];
    return times.map((time) => ({
      id: times.length === 1 ? group : `${group}-${time}`,
      group,
      time,
    }));
  }).flat();
}

function entryOf({ path, entries, excluded }: ArrayFile, name: string): ArrayEntry {
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const names = entries.map((entry) => entry.name);
  throw excluded?.get(name) ?? new DataError(
    `Cannot read array "${name}" of "${path}": no array of that name, ${didYouMean(name, names)}`,
  );
}

function listOf(entries: readonly ArrayEntry[]): string {
  if (entries.length === 0) return "no arrays of numbers";
  const shown = entries.slice(0, MAX_NAMED)
    .map(({ name, shape }) => `${name} (${shapeText(shape)})`);
  return shown.join(", ") + (entries.length > MAX_NAMED ? `, ... (${entries.length} in all)` : "");
}
