/**
 * Fields at the points of a mesh, and parts of them for VTK files.
 *
 * @module
 */

import type { VtkMesh } from "../../../io/vtk/write_vtk.ts";

/** Values at all points of a mesh `[N, components]`. */
export interface PointField {
  readonly values: Float64Array;
  readonly components: number;
}

/** The fields at some points, in single precision. */
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
