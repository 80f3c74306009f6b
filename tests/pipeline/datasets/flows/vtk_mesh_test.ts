import assert from "node:assert/strict";
import {
  checkPlane,
  planeOf,
  type VtkMeshFile,
} from "../../../../pipeline/datasets/flows/vtk_mesh.ts";

/** A square at the height `z`, its points in double or single precision. */
function square(
  z: number,
  Points: typeof Float32Array | typeof Float64Array,
  size = 1,
): VtkMeshFile {
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]];
  return {
    path: "square.vtu",
    kind: "unstructured",
    pointCount: 4,
    points: Points.from(corners.flatMap(([x, y]) => [size * x, size * y, z])),
    cells: {
      connectivity: Uint32Array.of(0, 1, 2, 3),
      offsets: Uint32Array.of(0, 4),
      types: Uint8Array.of(9),
    },
    pointData: {},
    cellData: {},
    fieldData: {},
  };
}

Deno.test(
  "checkPlane() accepts float32 rounding of a plane, and rejects others at any size of the mesh",
  () => {
    for (const [z, size] of [[0.1, 1], [1000.1, 1], [-1000.1, 1e-3], [1e-7, 1e-6]]) {
      const plane = planeOf(square(z, Float64Array, size))!;
      assert.deepEqual(plane, { axis: 2, value: z });
      checkPlane(square(z, Float32Array, size), plane);
      const other = z + 1e-4 * Math.max(Math.abs(z), size);
      assert.throws(() => checkPlane(square(other, Float32Array, size), plane), {
        name: "DataError",
        message: /^Cannot use "square\.vtu": its points must lie in the plane z = .*, found z = /,
      });
    }
  },
);
