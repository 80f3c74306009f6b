/**
 * The faces of a mesh in two dimensions, for figures and for integrals along the wall.
 *
 * @module
 */

/** The cells of a mesh, in VTK's numbering of nodes and types. */
export interface CellList {
  /** Nodes of all cells, cell after cell. */
  readonly connectivity: ArrayLike<number>;
  /** Start of each cell in `connectivity` [cells + 1]. */
  readonly offsets: ArrayLike<number>;
  /** VTK type of each cell [cells]. */
  readonly types: ArrayLike<number>;
}

const TRIANGLE = 5;
const POLYGON = 7;
const PIXEL = 8;
const QUAD = 9;
/** Quadratic faces list their corners, then the middles of their sides, then their center. */
const QUADRATIC_CORNERS: Readonly<Record<number, number>> = { 22: 3, 34: 3, 23: 4, 28: 4 };
const QUADRATIC_POLYGON = 36;

/**
 * The nodes of a face in order around it, with the middles of its sides if it has them; empty for a
 * cell that is no face.
 */
export function outlineNodes(cells: CellList, cell: number): number[] {
  const type = cells.types[cell];
  const nodes = Array.from(
    { length: cells.offsets[cell + 1] - cells.offsets[cell] },
    (_, k) => cells.connectivity[cells.offsets[cell] + k],
  );
  const corners = type === QUADRATIC_POLYGON ? nodes.length / 2 : QUADRATIC_CORNERS[type];
  if (corners === undefined) return faceNodes(cells, cell);
  return nodes.slice(0, corners).flatMap((node, k) => [node, nodes[corners + k]]);
}

/** The nodes of a face in order around it; empty for a cell that is no face with straight sides. */
export function faceNodes({ connectivity, offsets, types }: CellList, cell: number): number[] {
  const nodes: number[] = [];
  for (let k = offsets[cell]; k < offsets[cell + 1]; k++) nodes.push(connectivity[k]);
  switch (types[cell]) {
    case TRIANGLE:
    case POLYGON:
    case QUAD:
      return nodes;
    case PIXEL:
      // A pixel lists its nodes row by row.
      return [nodes[0], nodes[1], nodes[3], nodes[2]];
    default:
      return [];
  }
}

/** Twice the area of a face; positive where its nodes run counter-clockwise. */
export function doubleArea(nodes: readonly number[], position: ArrayLike<number>): number {
  let area = 0;
  for (let k = 0; k < nodes.length; k++) {
    const a = nodes[k];
    const b = nodes[(k + 1) % nodes.length];
    area += position[2 * a] * position[2 * b + 1] - position[2 * b] * position[2 * a + 1];
  }
  return area;
}
