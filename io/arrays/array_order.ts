/**
 * The order of the axes of plain arrays: stated by the user, or evident from the coordinates.
 *
 * @module
 */

import { DataError, UserError } from "../../errors.ts";
import type { SourceOptions } from "../mesh_file/mesh_file.ts";
import { type ArrayEntry, type ArrayFile, shapeText } from "./array_file.ts";
import { coordinatesAlong } from "./array_positions.ts";
import {
  type ArrayAxes,
  type AxisName,
  GRID_AXES,
  matchAxes,
  OPTIONAL_AXES,
  parseAxes,
} from "./match_axes.ts";

/** The meaning of the axes of arrays. */
export interface ArrayOrder {
  readonly axes: ReadonlyMap<string, ArrayAxes>;
  readonly extents: ReadonlyMap<AxisName, number>;
  /** Whether the user stated it. */
  readonly isStated: boolean;
}

/** A possible order, with the extents that the coordinates give. */
interface Candidate {
  readonly order: readonly AxisName[];
  readonly known: readonly (readonly [AxisName, number])[];
  /** Arrays that are matched in addition. */
  readonly positions: readonly ArrayEntry[];
}

/**
 * Finds the order of the axes of arrays. It is never guessed: without `axes`, arrays with the
 * coordinates must leave one meaning only.
 *
 * @param entries Arrays that become fields
 * @param position Arrays with coordinates
 * @throws {UserError} If the order must be stated
 * @throws {DataError} If an array does not fit it
 */
export function findOrder(
  file: ArrayFile,
  entries: readonly ArrayEntry[],
  position: readonly ArrayEntry[],
  { axes }: SourceOptions,
): ArrayOrder {
  if (axes !== undefined) {
    const order = parseAxes(axes, file.path);
    // Coordinates along an axis have no others.
    const positions = order.includes("node") ? position : [];
    return { ...matchAxes(file.path, [...entries, ...positions], order), isStated: true };
  }
  const fitting = candidates(file, entries, position).flatMap(({ order, known, positions }) => {
    try {
      const matched = matchAxes(file.path, [...entries, ...positions], order, known);
      // Arrays without places do not show that the places are understood.
      const isPlaced = ({ name }: ArrayEntry) =>
        matched.axes.get(name)!.some((axis) => axis !== undefined && !OPTIONAL_AXES.includes(axis));
      return positions.every(isPlaced) && entries.some(isPlaced) ? [matched] : [];
    } catch (error) {
      if (error instanceof DataError) return [];
      throw error;
    }
  });
  if (fitting.length === 1) return { ...fitting[0], isStated: false };
  const shapes = [...entries, ...position].map(({ name, shape }) => `${name} ${shapeText(shape)}`);
  throw new UserError(
    `Cannot read "${file.path}": plain arrays do not state what their axes are: ` +
      `${shapes.join(", ")}; state their order, such as --axes ${proposal(entries)}, and name ` +
      "arrays with coordinates by --position",
  );
}

/** Orders that the coordinates suggest. */
function candidates(
  file: ArrayFile,
  entries: readonly ArrayEntry[],
  position: readonly ArrayEntry[],
): readonly Candidate[] {
  const timeName = coordinatesAlong(file, "time");
  const time: readonly AxisName[] = timeName === undefined ? [] : ["time"];
  const orderOf = (places: readonly AxisName[]): readonly AxisName[] => [
    "sample",
    ...time,
    ...places,
    "component",
  ];
  const grids = (coordinates: readonly ArrayEntry[]): readonly Candidate[] => {
    const places = GRID_AXES.slice(0, coordinates.length);
    const known = places.map((axis, k) => [axis, coordinates[k].shape[0]] as const);
    const axisOf = new Map(coordinates.map(({ name }, k) => [name, places[k]]));
    if (timeName !== undefined) axisOf.set(timeName, "time");
    const stated = statedOrder(entries, axisOf);
    if (stated !== undefined) {
      const isComplete = stated.every((axis) => axis !== undefined);
      const named = stated.filter((axis) => axis !== undefined);
      const order: readonly AxisName[] = isComplete
        ? [...named, "component"]
        : orderOf(named.filter((axis) => axis !== "time"));
      return [{ order, known, positions: [] }];
    }
    const orders = [places];
    // Coordinates of equal extents fit in both orders, so that the user has to state one.
    if (position.length > 1) orders.push(places.toReversed());
    return orders.map((order) => ({ order: orderOf(order), known, positions: [] }));
  };
  if (position.length === 0) {
    const found = GRID_AXES.map((axis) => coordinatesAlong(file, axis));
    const count = found.findIndex((name) => name === undefined);
    const names = found.slice(0, count < 0 ? found.length : count);
    if (names.length === 0) return [];
    return grids(names.map((name) => file.entries.find((entry) => entry.name === name)!));
  }
  const [first] = position;
  const places = orderOf(["node"]);
  const isLine = position.every(({ shape }) => shape.length === 1);
  const nodes = isLine || first.shape.length === 2 ? first.shape[0] : first.shape[1];
  const list: Candidate = { order: places, known: [["node", nodes]], positions: position };
  if (!isLine || position.length > 3) return [list];
  const isAlongAxes = entries.some(({ dimensions = [] }) =>
    position.every(({ name }) => dimensions.includes(name))
  );
  return isAlongAxes ? grids(position) : [...grids(position), list];
}

/** The axes of the array with the most, if the file states that all coordinates are along them. */
function statedOrder(
  entries: readonly ArrayEntry[],
  axisOf: ReadonlyMap<string, AxisName>,
): readonly (AxisName | undefined)[] | undefined {
  const orders = entries.map(({ dimensions = [] }) => dimensions.map((name) => axisOf.get(name!)));
  const places = [...axisOf.values()].filter((axis) => axis !== "time");
  return orders
    .filter((order) => places.every((axis) => order.includes(axis)))
    .sort((a, b) => b.length - a.length)
    .at(0);
}

/** An order for the array with the most axes, for the error. */
function proposal(entries: readonly ArrayEntry[]): string {
  const ranks = entries.map(({ shape }) => shape.filter((extent) => extent > 1).length);
  const rank = Math.max(2, ...ranks);
  return ["sample,x", "sample,x,y", "sample,time,x,y"][Math.min(rank, 4) - 2];
}
