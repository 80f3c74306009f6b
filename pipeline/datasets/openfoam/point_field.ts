/**
 * Fields at the points of a mesh, and the parts of them that go to VTK files.
 *
 * @module
 */

import type { VtkMesh } from "../../../io/vtk/write.ts";

/** Values at the points of a whole mesh `[N, components]`. */
export interface PointField {
  readonly values: Float64Array;
  readonly components: number;
}

/** VTK's types of the cells that are written, and their points. */
const cellTypes = { line: [3, 2], quadrilateral: [9, 4], hexahedron: [12, 8] } as const;

/** Cells of one type. @param corners Points `[cells, corners]` */
export function uniformCells(
  corners: Uint32Array<ArrayBuffer>,
  cellType: keyof typeof cellTypes,
): VtkMesh["cells"] {
  const [type, cornerCount] = cellTypes[cellType];
  const cellCount = corners.length / cornerCount;
  return {
    connectivity: corners,
    offsets: Uint32Array.from({ length: cellCount + 1 }, (_, cell) => cell * cornerCount),
    types: new Uint8Array(cellCount).fill(type),
  };
}

/** The rows of fields at some points, in single precision. */
export function pointData(
  fields: Readonly<Record<string, PointField>>,
  nodes: Uint32Array,
): VtkMesh["pointData"] {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { values, components }]) => {
      const rows = Float32Array.from(
        { length: nodes.length * components },
        (_, i) => values[nodes[Math.floor(i / components)] * components + i % components],
      );
      return [name, { values: rows, components }];
    }),
  );
}
