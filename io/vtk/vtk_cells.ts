/**
 * The cells of a VTK file, checked: every cell has the points that its type needs, and these are
 * there.
 *
 * @module
 */

import type { MeshCells } from "../mesh_cells.ts";
import type { VtkNumbers } from "./numbers.ts";

/** The type of cells whose faces are lists of their own. */
export const polyhedron = 42;
/** What remains of them without: the hull of their points. */
const convexPointSet = 41;
/** Bézier pyramids and wedges end VTK's list. */
const lastType = 81;

/**
 * Points of a cell by its type, for types that have a fixed count: linear, quadratic and cubic
 * ones.
 */
export const pointsPerCell: Readonly<Record<number, number>> = {
  0: 0,
  1: 1,
  3: 2,
  5: 3,
  8: 4,
  9: 4,
  10: 4,
  11: 8,
  12: 8,
  13: 6,
  14: 5,
  15: 10,
  16: 12,
  21: 3,
  22: 6,
  23: 8,
  24: 10,
  25: 20,
  26: 15,
  27: 13,
  28: 9,
  29: 27,
  30: 6,
  31: 12,
  32: 18,
  33: 24,
  34: 7,
  35: 4,
  37: 19,
};

/**
 * Checks cells and narrows their numbers to 32 bits. Polyhedra become convex point sets, as their
 * faces are not read.
 *
 * @param ends Where each cell ends in `connectivity`
 * @param types The type of each cell, or a function that gives the type for a count of points
 * @throws {SyntaxError} when cells and points do not fit
 */
export function makeCells(
  connectivity: VtkNumbers,
  ends: VtkNumbers,
  types: VtkNumbers | ((points: number) => number),
  pointCount: number,
): MeshCells {
  const cells = {
    connectivity: toIndices(connectivity, "connectivity"),
    offsets: new Uint32Array(ends.length + 1),
    types: new Uint8Array(ends.length),
  };
  cells.offsets.set(toIndices(ends, "offsets"), 1);
  const unknown = cells.connectivity.findIndex((point) => point >= pointCount);
  if (unknown >= 0) {
    throw new SyntaxError(
      `cells must have points below ${pointCount}: entry ${unknown} of the connectivity is ` +
        cells.connectivity[unknown],
    );
  }
  const typeList = typeof types === "function" ? undefined : toIndices(types, "types");
  for (let cell = 0; cell < ends.length; cell++) {
    const points = cells.offsets[cell + 1] - cells.offsets[cell];
    if (points < 0) {
      throw new SyntaxError(
        `the offsets of cells must not descend: cell ${cell} has ${points} points`,
      );
    }
    const type = typeof types === "function" ? types(points) : typeList![cell];
    if (type > lastType) {
      throw new SyntaxError(
        `the types of cells must be VTK's, 0 to ${lastType}: cell ${cell} has type ${type}`,
      );
    }
    if (points !== (pointsPerCell[type] ?? points)) {
      throw new SyntaxError(
        `a cell of type ${type} has ${pointsPerCell[type]} points: cell ${cell} has ${points}`,
      );
    }
    cells.types[cell] = type === polyhedron ? convexPointSet : type;
  }
  if (cells.offsets[ends.length] !== connectivity.length) {
    throw new SyntaxError(
      `the last cell must end with the connectivity, at ${connectivity.length}: its offset is ` +
        cells.offsets[ends.length],
    );
  }
  return cells;
}

/**
 * One list of cells behind the other. @param firstPoints What to add to the points of each list;
 * all 0 by default
 */
export function joinCells(parts: readonly MeshCells[], firstPoints?: readonly number[]): MeshCells {
  const cellCount = parts.reduce((sum, { types }) => sum + types.length, 0);
  const joined = {
    connectivity: new Uint32Array(
      parts.reduce((sum, { connectivity }) => sum + connectivity.length, 0),
    ),
    offsets: new Uint32Array(cellCount + 1),
    types: new Uint8Array(cellCount),
  };
  let cell = 0, entry = 0;
  for (const [part, { connectivity, offsets, types }] of parts.entries()) {
    const firstPoint = firstPoints?.[part] ?? 0;
    joined.connectivity.set(connectivity.map((point) => point + firstPoint), entry);
    joined.offsets.set(offsets.map((offset) => offset + entry), cell);
    joined.types.set(types, cell);
    entry += connectivity.length;
    cell += types.length;
  }
  return joined;
}

/** Integers of any type as 32-bit ones. */
function toIndices(values: VtkNumbers, name: string): Uint32Array {
  if (values instanceof Float32Array || values instanceof Float64Array) {
    throw new SyntaxError(
      `the ${name} of cells must be integers: received ${values.constructor.name}`,
    );
  }
  if (values instanceof Uint32Array) return values;
  const wide = values instanceof BigInt64Array || values instanceof BigUint64Array;
  if (!wide) {
    const negative = values.findIndex((value) => value < 0);
    if (negative >= 0) refuseIndex(name, negative, values[negative]);
    return Uint32Array.from(values);
  }
  // Halves of the 64 bits, lower one first, as on every machine that Deno runs on; far faster than
  // bigints.
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const indices = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    if (halves[2 * i + 1] !== 0) refuseIndex(name, i, values[i]);
    indices[i] = halves[2 * i];
  }
  return indices;
}

function refuseIndex(name: string, entry: number, value: number | bigint): never {
  throw new SyntaxError(
    `the ${name} of cells must be counts below 2^32: entry ${entry} is ${value}`,
  );
}
