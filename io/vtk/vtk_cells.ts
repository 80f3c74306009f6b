/**
 * The cells of a VTK file, each checked to have the points that its type needs.
 *
 * @module
 */

import type { MeshCells } from "../mesh_cells.ts";
import type { VtkNumbers } from "./numbers.ts";

/** Last type of VTK's list, of Bézier pyramids and wedges. */
const LAST_TYPE = 81;

/** Points per cell of types with a fixed number: linear, quadratic and cubic ones. */
export const POINTS_PER_CELL: Readonly<Record<number, number>> = {
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
 * Checks cells and narrows their numbers to 32 bits. Polyhedra have their points, without faces.
 *
 * @param ends End of each cell in `connectivity`
 * @param types The type of each cell, or a function from the number of points to the type
 * @throws {SyntaxError} If cells and points do not match
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
      `cells must have points below ${pointCount}, entry ${unknown} of the connectivity is ` +
        cells.connectivity[unknown],
    );
  }
  const typeList = typeof types === "function" ? undefined : toIndices(types, "types");
  for (let cell = 0; cell < ends.length; cell++) {
    const points = cells.offsets[cell + 1] - cells.offsets[cell];
    if (points < 0) {
      throw new SyntaxError(
        `the offsets of cells must not descend, cell ${cell} has ${points} points`,
      );
    }
    const type = typeof types === "function" ? types(points) : typeList![cell];
    if (type > LAST_TYPE) {
      throw new SyntaxError(
        `the types of cells must be VTK's, 0 to ${LAST_TYPE}, cell ${cell} has type ${type}`,
      );
    }
    if (points !== (POINTS_PER_CELL[type] ?? points)) {
      throw new SyntaxError(
        `a cell of type ${type} has ${POINTS_PER_CELL[type]} points, cell ${cell} has ${points}`,
      );
    }
    cells.types[cell] = type;
  }
  if (cells.offsets[ends.length] !== connectivity.length) {
    throw new SyntaxError(
      `the last cell must end with the connectivity, at ${connectivity.length}, its offset is ` +
        cells.offsets[ends.length],
    );
  }
  return cells;
}

/**
 * Converts integers of any type to 32 bits.
 *
 * @throws {SyntaxError} If one is negative or too large
 */
export function toIndices(values: VtkNumbers, name: string): Uint32Array {
  if (values instanceof Float32Array || values instanceof Float64Array) {
    throw new SyntaxError(
      `the ${name} of cells must be integers, received ${values.constructor.name}`,
    );
  }
  if (values instanceof Uint32Array) return values;
  const wide = values instanceof BigInt64Array || values instanceof BigUint64Array;
  if (!wide) {
    const negative = values.findIndex((value) => value < 0);
    if (negative >= 0) refuseIndex(name, negative, values[negative]);
    return Uint32Array.from(values);
  }
  // Halves of 64 bits, lower one first (every machine of Deno is little-endian): far faster than
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
    `the ${name} of cells must be counts below 2^32, entry ${entry} is ${value}`,
  );
}
