/**
 * Positions of the nodes of plain arrays: given arrays, or a regular grid.
 *
 * @module
 */

import { DataError, UserError } from "../../errors.ts";
import { type ArrayFile, permuteAxes, shapeText, sizeOf } from "./array_file.ts";
import { type AxisName, GRID_AXES } from "./match_axes.ts";

/** Points of a mesh, and what was assumed of them. */
export interface ArrayPoints {
  /** Coordinates [N, axes]. */
  readonly points: Float64Array;
  readonly axes: 1 | 2 | 3;
  /** Points along x, y and z of a grid, the last axis fastest. */
  readonly gridShape?: readonly number[] | undefined;
  readonly notes: readonly string[];
}

/** The name of an array with the coordinates along an axis: `x`, `x-coordinate`, `x_coord`. */
const COORDINATE_SUFFIXES = ["", "-coordinate", "_coordinate", "-coord", "_coord"];

/** The array that is called after an axis and has a number per place along it, if there is one. */
export function coordinatesAlong(
  { entries }: ArrayFile,
  axis: AxisName,
  extent?: number,
): string | undefined {
  const names = COORDINATE_SUFFIXES.map((suffix) => axis + suffix);
  if (axis === "time") names.push("t", "t-coordinate", "t_coordinate");
  return entries.find(({ name, shape }) =>
    names.includes(name) && shape.length === 1 && (extent === undefined || shape[0] >= extent)
  )?.name;
}

/**
 * The points of a grid. Coordinates along each axis, or at each point, are those of the arrays that
 * the user names, or of arrays that are called after the axes; otherwise points are evenly spaced,
 * from 0 to 1 along the axis with the most of them.
 *
 * @param position Names of arrays with the coordinates @default none
 */
export async function gridPoints(
  file: ArrayFile,
  shape: readonly number[],
  position: readonly string[] | undefined,
): Promise<ArrayPoints> {
  const axes = shape.length as 1 | 2 | 3;
  const gridNames = GRID_AXES.slice(0, axes);
  const found = gridNames.map((axis, k) => coordinatesAlong(file, axis, shape[k]));
  const isFound = found.every((name, k) => name !== undefined && extentOf(file, name) === shape[k]);
  const names = position ?? (isFound ? found as string[] : undefined);
  if (names !== undefined && names.length !== axes) {
    throw new UserError(
      `Cannot read "${file.path}": a grid of ${axes} dimensions has an array of coordinates ` +
        `along each axis, received ${names.join(", ")}`,
    );
  }
  const step = 1 / Math.max(1, Math.max(...shape) - 1);
  const even = (k: number) => Float64Array.from({ length: shape[k] }, (_, i) => i * step);
  const columns: Float64Array[] = [];
  for (const k of shape.keys()) {
    const name = names?.[k];
    columns.push(await gridColumn(file, name, shape, k, name === undefined ? even(k) : undefined));
  }
  const points = new Float64Array(sizeOf(shape) * axes);
  columns.forEach((column, k) => column.forEach((value, node) => points[node * axes + k] = value));
  const notes = [
    names === undefined
      ? `Points lie on a grid of ${shapeText(shape)}, evenly from 0 to 1 along its longest side; ` +
        "--position names arrays with coordinates"
      : `Coordinates are the arrays ${names.join(", ")}`,
  ];
  return { points, axes, gridShape: shape, notes };
}

/** A coordinate of every point of a grid. */
async function gridColumn(
  file: ArrayFile,
  name: string | undefined,
  shape: readonly number[],
  axis: number,
  even: Float64Array | undefined,
): Promise<Float64Array> {
  const size = sizeOf(shape);
  const along = (values: ArrayLike<number | bigint>) => {
    const stride = sizeOf(shape.slice(axis + 1));
    const column = new Float64Array(size);
    for (let node = 0; node < size; node++) {
      column[node] = Number(values[Math.floor(node / stride) % shape[axis]]);
    }
    return column;
  };
  if (name === undefined) return along(even!);
  const { values, shape: found } = await file.read(name, []);
  const extents = found.filter((extent) => extent > 1);
  if (extents.join() === shape.filter((extent) => extent > 1).join() && values.length === size) {
    return Float64Array.from(values as ArrayLike<number>, Number);
  }
  if (values.length === shape[axis]) return along(values as ArrayLike<number>);
  throw new DataError(
    `Cannot read coordinates "${name}" of "${file.path}": they must have ${shape[axis]} numbers, ` +
      `or one per point of the grid ${shapeText(shape)}, found ${shapeText(found)}`,
  );
}

function extentOf({ entries }: ArrayFile, name: string): number | undefined {
  return entries.find((entry) => entry.name === name)?.shape[0];
}

/**
 * The points of a list: an array with the coordinates of every node, or one array per coordinate.
 *
 * @param index Reads the part of an array that belongs to the sample: its nodes, then components
 */
export async function listedPoints(
  path: string,
  position: readonly string[],
  read: (name: string) => Promise<{ readonly values: ArrayLike<number>; components: number }>,
): Promise<ArrayPoints> {
  const columns = [];
  for (const name of position) columns.push(await read(name));
  const axes = columns.reduce((sum, { components }) => sum + components, 0);
  if (axes > 3) {
    throw new UserError(
      `Cannot read "${path}": points have at most 3 coordinates, ${position.join(", ")} have ` +
        axes,
    );
  }
  const nodeCount = columns[0].values.length / columns[0].components;
  const points = new Float64Array(nodeCount * axes);
  let first = 0;
  for (const { values, components } of columns) {
    for (let node = 0; node < nodeCount; node++) {
      for (let c = 0; c < components; c++) {
        points[node * axes + first + c] = values[node * components + c];
      }
    }
    first += components;
  }
  const notes = [`Coordinates are the arrays ${position.join(", ")}`];
  return { points, axes: axes as 1 | 2 | 3, notes };
}

/** Numbers of a sample in the order x, y, z, then components. */
export function inGridOrder(
  { values, shape }: Parameters<typeof permuteAxes>[0],
  axes: readonly AxisName[],
): { readonly values: ArrayLike<number | bigint>; readonly components: number } {
  const wanted: readonly AxisName[] = [...GRID_AXES, "node", "component"];
  const order = wanted.flatMap((axis) => axes.includes(axis) ? [axes.indexOf(axis)] : []);
  const permuted = permuteAxes({ values, shape }, order);
  const components = axes.includes("component") ? shape[axes.indexOf("component")] : 1;
  return { values: permuted.values, components };
}
