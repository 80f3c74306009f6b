/**
 * A C-mesh around an aerofoil: quadrilaterals in the plane, closed behind the trailing edge.
 *
 * @module
 */

import type { CMeshLines } from "./c_mesh_lines.ts";

/** Quadrilaterals around an aerofoil. */
export interface CMesh {
  /** Points `[N, 2]`. */
  readonly points: Float64Array;
  /** Corners of the cells, counter-clockwise `[C, 4]`. */
  readonly quads: Uint32Array;
  /** Closed loop of wall points, from the trailing edge along the lower and the upper side. */
  readonly wall: Uint32Array;
}

/**
 * Connects the lines of a C-mesh to cells; both sides of the wake share its points.
 *
 * @param wakeCells Lines on each side of the wake
 * @throws {RangeError} If a cell is folded
 */
export function joinCMesh({ lineCount, points }: CMeshLines, wakeCells: number): CMesh {
  const rows = points.length / 2 / lineCount;
  const nodes = new Uint32Array(lineCount * rows);
  const coordinates: number[] = [];
  let count = 0;
  for (let line = 0; line < lineCount; line++) {
    for (let row = 0; row < rows; row++) {
      const at = line * rows + row;
      const onUpperWake = row === 0 && line >= lineCount - 1 - wakeCells;
      if (onUpperWake) nodes[at] = nodes[(lineCount - 1 - line) * rows];
      else {
        nodes[at] = count++;
        coordinates.push(points[2 * at], points[2 * at + 1]);
      }
    }
  }
  const quads = new Uint32Array((lineCount - 1) * (rows - 1) * 4);
  let at = 0;
  for (let line = 0; line < lineCount - 1; line++) {
    for (let row = 0; row < rows - 1; row++, at += 4) {
      const corner = line * rows + row;
      quads.set(
        [nodes[corner], nodes[corner + rows], nodes[corner + rows + 1], nodes[corner + 1]],
        at,
      );
    }
  }
  const wall = Uint32Array.from(
    { length: lineCount - 2 * wakeCells - 1 },
    (_, i) => nodes[(wakeCells + i) * rows],
  );
  const mesh = { points: Float64Array.from(coordinates), quads, wall };
  checkFolds(mesh);
  return mesh;
}

/** Area of a quadrilateral, > 0 if its corners are counter-clockwise. */
export function quadArea({ points, quads }: Pick<CMesh, "points" | "quads">, cell: number): number {
  const [ax, ay, bx, by] = [0, 1].flatMap((d) => {
    const from = 2 * quads[4 * cell + d];
    const to = 2 * quads[4 * cell + d + 2];
    return [points[to] - points[from], points[to + 1] - points[from + 1]];
  });
  return (ax * by - bx * ay) / 2;
}

function checkFolds(mesh: CMesh): void {
  const cellCount = mesh.quads.length / 4;
  let folded = 0;
  for (let cell = 0; cell < cellCount; cell++) if (!(quadArea(mesh, cell) > 0)) folded++;
  if (folded === 0) return;
  throw new RangeError(
    `Cannot mesh aerofoil: every cell must have an area > 0, ${folded} of ${cellCount} cells are ` +
      "folded",
  );
}
