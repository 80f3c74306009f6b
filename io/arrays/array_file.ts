/**
 * Files of plain arrays: numbers by name and shape, whose axes have no stated meaning.
 *
 * @module
 */

import type { DataError } from "../../errors.ts";
import type { FileNumbers } from "../mesh_file/mesh_file.ts";

/** An array that a file lists. */
export interface ArrayEntry {
  readonly name: string;
  /** Extents of the axes, in the order of the program that wrote the file. */
  readonly shape: readonly number[];
  /** Names of the arrays with the coordinates along each axis, where the file states them. */
  readonly dimensions?: readonly (string | undefined)[] | undefined;
}

/** Numbers of an array, the last axis fastest. */
export interface ArrayNumbers {
  readonly values: FileNumbers;
  readonly shape: readonly number[];
}

/** A file of arrays, which are read one at a time. */
export interface ArrayFile {
  readonly path: string;
  /** Name of the format for people. */
  readonly format: string;
  readonly entries: readonly ArrayEntry[];
  /** The reason why each array is left out, such as that it holds texts. */
  readonly excluded?: ReadonlyMap<string, DataError> | undefined;
  /** Sentences about what was assumed, for the summary. */
  readonly notes: readonly string[];
  /**
   * Reads an array, or the part of it at given indices of its first axes.
   *
   * @param index Index along each of the first axes, or undefined for all of an axis
   * @returns The complete axes, without those of an index
   * @throws {DataError} If it is damaged or not of numbers
   */
  read(name: string, index: readonly (number | undefined)[]): Promise<ArrayNumbers>;
}

/** The number of numbers of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A shape as text, such as `100 × 64 × 64`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? "one number" : shape.join(" × ");
}

/**
 * Numbers with their axes in another order.
 *
 * @param order Axis of the numbers that becomes each axis of the result
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const matrix = { values: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };
 * assert.deepEqual([...permuteAxes(matrix, [1, 0]).values], [1, 4, 2, 5, 3, 6]);
 * ```
 */
export function permuteAxes(
  { values, shape }: ArrayNumbers,
  order: readonly number[],
): ArrayNumbers {
  if (order.every((axis, k) => axis === k)) return { values, shape };
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const permuted = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const NumberArray = values.constructor as new (length: number) => FileNumbers;
  const result = new NumberArray(values.length);
  const index = order.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from];
    for (let axis = order.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < permuted[axis]) break;
      from -= steps[axis] * permuted[axis];
      index[axis] = 0;
    }
  }
  return { values: result, shape: permuted };
}

/** The part of an array at given indices of its axes. */
export function pickIndex(
  { values, shape }: ArrayNumbers,
  index: readonly (number | undefined)[],
): ArrayNumbers {
  const fixed = shape.flatMap((_, axis) => index[axis] === undefined ? [] : [axis]);
  if (fixed.length === 0) return { values, shape };
  const free = shape.flatMap((_, axis) => index[axis] === undefined ? [axis] : []);
  const rest = free.map((axis) => shape[axis]);
  const isFirst = fixed.every((axis, k) => axis === k);
  const first = isFirst ? { values, shape } : permuteAxes({ values, shape }, [...fixed, ...free]);
  const length = sizeOf(rest);
  let block = 0;
  for (const axis of fixed) block = block * shape[axis] + index[axis]!;
  return { values: first.values.slice(block * length, (block + 1) * length), shape: rest };
}
