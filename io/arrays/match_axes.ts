/**
 * The meaning of the axes of plain arrays.
 *
 * @module
 */

import { DataError, didYouMean, UserError } from "../../errors.ts";
import { type ArrayEntry, shapeText } from "./array_file.ts";

/** Axes that arrays can have; coordinates, or numbers of nodes, are the places of a mesh. */
export const AXIS_NAMES = ["sample", "time", "x", "y", "z", "node", "component"] as const;

export type AxisName = (typeof AXIS_NAMES)[number];

/** Axes of the places of a grid. */
export const GRID_AXES: readonly AxisName[] = ["x", "y", "z"];

/** Axes that an array may lack: it is then the same for all samples, or has one component. */
export const OPTIONAL_AXES: readonly AxisName[] = ["sample", "time", "component"];

/** The meaning of each axis of an array; undefined for one of extent 1 that means nothing. */
export type ArrayAxes = readonly (AxisName | undefined)[];

/**
 * Checks an order of axes.
 *
 * @throws {UserError} If a name is unknown or occurs twice, or none is a place
 */
export function parseAxes(names: readonly string[], path: string): readonly AxisName[] {
  const fail = (reason: string): never => {
    throw new UserError(`Cannot read "${path}" with the axes ${names.join(",")}: ${reason}`);
  };
  const isKnown = (name: string): name is AxisName => AXIS_NAMES.some((axis) => axis === name);
  const axes = names.map((name) =>
    isKnown(name) ? name : fail(`no axis "${name}", ${didYouMean(name, AXIS_NAMES)}`)
  );
  if (new Set(axes).size < axes.length) fail("an axis occurs twice");
  const grid = GRID_AXES.filter((axis) => axes.includes(axis));
  if (grid.length > 0 === axes.includes("node")) {
    fail("places are either x, y and z of a grid or node of a list of points");
  }
  if (grid.some((axis, k) => axis !== GRID_AXES[k])) {
    fail(`a grid of ${grid.length} dimensions has the axes ${GRID_AXES.slice(0, grid.length)}`);
  }
  return axes;
}

/**
 * Finds the meaning of the axes of arrays, in the order of a list. Arrays may lack samples, times
 * and components, or all places, and have further axes of extent 1.
 *
 * @returns Axes of each array by name, and the extent of each axis that they share
 * @throws {DataError} If an array does not fit, or fits in several ways
 */
export function matchAxes(
  path: string,
  entries: readonly ArrayEntry[],
  order: readonly AxisName[],
  known: Iterable<readonly [AxisName, number]> = [],
): { readonly axes: ReadonlyMap<string, ArrayAxes>; readonly extents: Map<AxisName, number> } {
  const extents = new Map<AxisName, number>(known);
  const axes = new Map<string, ArrayAxes>();
  // Those with more axes determine the extents for the others.
  for (const entry of [...entries].sort((a, b) => b.shape.length - a.shape.length)) {
    const placed = waysToMatch(entry.shape, order, extents);
    // An array without places has one value, or several components, per sample.
    const found = placed.length > 0
      ? placed
      : waysToMatch(entry.shape, order.filter((axis) => OPTIONAL_AXES.includes(axis)), extents);
    const action = `Cannot read array "${entry.name}" of "${path}"`;
    const text = `its axes, ${shapeText(entry.shape)}`;
    if (found.length === 0) {
      const given = [...extents].map(([axis, extent]) => `${axis} ${extent}`).join(", ");
      throw new DataError(
        `${action}: ${text}, must be ${order.join(", ")}` +
          (given === "" ? "" : `, with the extents of the other arrays, ${given}`) +
          "; state their order, such as --axes sample,x,y,component",
      );
    }
    if (found.length > 1) {
      const ways = found.map((way) => way.map((axis) => axis ?? "1").join(",")).join(" or ");
      throw new DataError(
        `${action}: ${text}, can mean ${ways}; state the order with all axes of this array`,
      );
    }
    axes.set(entry.name, found[0]);
    found[0].forEach((axis, k) => {
      if (axis !== undefined && axis !== "component") extents.set(axis, entry.shape[k]);
    });
  }
  return { axes, extents };
}

/** The ways to match that leave out the fewest axes of extent 1. */
function waysToMatch(
  shape: readonly number[],
  order: readonly AxisName[],
  extents: ReadonlyMap<AxisName, number>,
): readonly ArrayAxes[] {
  let ways: ArrayAxes[] = [];
  let fewest = Infinity;
  const visit = (way: ArrayAxes, next: number, omitted: number) => {
    if (omitted > fewest) return;
    const at = way.length;
    if (at === shape.length) {
      if (!order.slice(next).every((axis) => OPTIONAL_AXES.includes(axis))) return;
      if (omitted < fewest) ways = [];
      fewest = omitted;
      ways.push(way);
      return;
    }
    if (shape[at] === 1) visit([...way, undefined], next, omitted + 1);
    for (let k = next; k < order.length; k++) {
      const axis = order[k];
      const extent = axis === "component" ? undefined : extents.get(axis);
      if (extent === undefined || extent === shape[at]) visit([...way, axis], k + 1, omitted);
      if (!OPTIONAL_AXES.includes(axis)) break;
    }
  };
  visit([], 0, 0);
  return ways;
}
