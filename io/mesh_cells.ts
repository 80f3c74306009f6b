/**
 * The cells of a mesh: the nodes of each triangle, quadrilateral, hexahedron, ... Networks do not
 * read them; programs that draw the results need them.
 *
 * @module
 */

import { DataError } from "../errors.ts";

/** The cells of one mesh, laid out as in VTK. */
export interface MeshCells {
  /** Node numbers of all cells, cell after cell. */
  readonly connectivity: Uint32Array;
  /** Where each cell starts in `connectivity` `[cells + 1]`. */
  readonly offsets: Uint32Array;
  /**
   * VTK type of each cell `[cells]`: 5 triangle, 9 quadrilateral, 12 hexahedron, ... A polyhedron,
   * 42, has its faces in `connectivity`: see `polyhedra.ts`.
   */
  readonly types: Uint8Array;
}

/** VTK types of cells that are created here, each with its number of nodes. */
export const CELL_TYPES = {
  vertex: [1, 1],
  line: [3, 2],
  quadrilateral: [9, 4],
  hexahedron: [12, 8],
} as const;

/**
 * Creates cells of one type.
 *
 * @param connectivity Node numbers of all cells, cell after cell; not copied
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const { offsets, types } = uniformCells(Uint32Array.of(0, 1, 1, 2), "line");
 * assert.deepEqual([[...offsets], [...types]], [[0, 2, 4], [3, 3]]);
 * ```
 */
export function uniformCells(
  connectivity: Uint32Array,
  cellType: keyof typeof CELL_TYPES,
): MeshCells {
  const [type, nodeCount] = CELL_TYPES[cellType];
  const cellCount = connectivity.length / nodeCount;
  return {
    connectivity,
    offsets: Uint32Array.from({ length: cellCount + 1 }, (_, cell) => nodeCount * cell),
    types: new Uint8Array(cellCount).fill(type),
  };
}

/** Throws unless the arrays of cells match each other and name existing nodes. */
export function checkCells(
  { connectivity, offsets, types }: MeshCells,
  nodeCount: number,
  what: string,
  path: string,
): void {
  const fail = (reason: string) => {
    throw new DataError(`Cannot use cells of ${what} of "${path}": ${reason}`);
  };
  if (offsets.length !== types.length + 1) {
    fail(
      `there must be ${types.length + 1} offsets for ${types.length} types, there are ` +
        `${offsets.length}`,
    );
  }
  if (types.length === 0) fail("there must be at least one");
  if (offsets[0] !== 0) fail(`the first offset must be 0, it is ${offsets[0]}`);
  for (let cell = 0; cell < types.length; cell++) {
    if (offsets[cell + 1] < offsets[cell]) {
      fail(`offsets must not descend, they do after cell ${cell}`);
    }
  }
  if (offsets[types.length] !== connectivity.length) {
    fail(
      `the last offset must be the length of connectivity, ${connectivity.length}, it is ` +
        `${offsets[types.length]}`,
    );
  }
  let outside = 0;
  while (outside < connectivity.length && connectivity[outside] < nodeCount) outside++;
  if (outside < connectivity.length) {
    fail(
      `nodes must be below ${nodeCount}, cell ${cellOf(outside, offsets)} has ` +
        `${connectivity[outside]}`,
    );
  }
}

/** The cell of an entry of the connectivity. */
function cellOf(entry: number, offsets: Uint32Array): number {
  return offsets.findIndex((offset) => offset > entry) - 1;
}

/** Offsets `[cells + 1]` from the number of nodes of each cell. */
export function cellOffsets(sizes: Uint32Array): Uint32Array {
  const offsets = new Uint32Array(sizes.length + 1);
  for (let cell = 0; cell < sizes.length; cell++) offsets[cell + 1] = offsets[cell] + sizes[cell];
  return offsets;
}

/** The number of nodes of each cell. */
export function cellSizes(offsets: Uint32Array): Uint32Array {
  const sizes = new Uint32Array(offsets.length - 1);
  for (let cell = 0; cell < sizes.length; cell++) sizes[cell] = offsets[cell + 1] - offsets[cell];
  return sizes;
}
