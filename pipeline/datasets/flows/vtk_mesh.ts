/**
 * Meshes and fields of VTK files as samples of a store.
 *
 * @module
 */

import { DataError, didYouMean } from "../../../errors.ts";
import type { MeshStoreHeader } from "../../../io/mesh_store.ts";
import { toField } from "../../../io/vtk/vtk_field.ts";
import { readVtk, type VtkFile } from "../../../io/vtk/read_vtk.ts";

/** A VTK file with its path. */
export interface VtkMeshFile extends VtkFile {
  readonly path: string;
}

/** The plane of a mesh in two dimensions: its coordinate `axis` is `value`. */
type Plane = NonNullable<MeshStoreHeader["plane"]>;

/** Difference of coordinates across a plane, relative to the size of the mesh: float32 rounding. */
const FLATNESS = 1e-6;

/**
 * Reads a VTK file with points.
 *
 * @throws {DataError} If it cannot be read or has no points
 */
export async function readVtkMesh(path: string): Promise<VtkMeshFile> {
  const file = await readVtk(path);
  if (file.pointCount === 0) {
    throw new DataError(`Cannot read "${path}": a mesh must have points, found none`);
  }
  return { path, ...file };
}

/** The plane of constant z, y or x in which all points lie, if there is one. */
export function planeOf({ points }: VtkMeshFile): Plane | undefined {
  const extents = extentsOf(points);
  const size = Math.max(...extents);
  const axis = [2, 1, 0].find((axis) => extents[axis] <= FLATNESS * size);
  return axis === undefined || size === 0 ? undefined : { axis, value: points[axis] };
}

/** Checks that a mesh lies in the plane of the other meshes of its data set. */
export function checkPlane(mesh: VtkMeshFile, expected: Plane): void {
  const found = planeOf(mesh);
  const name = ({ axis, value }: Plane) => `${"xyz"[axis]} = ${value}`;
  // Far from the origin, rounding of float32 exceeds the size of the mesh.
  const scale = Math.max(Math.abs(expected.value), ...extentsOf(mesh.points));
  if (found?.axis === expected.axis && Math.abs(found.value - expected.value) <= FLATNESS * scale) {
    return;
  }
  throw new DataError(
    `Cannot use "${mesh.path}": its points must lie in the plane ${name(expected)}, found ` +
      (found ? name(found) : "no plane"),
  );
}

/** Lengths of the box around points `[N, 3]`. */
function extentsOf(points: VtkMeshFile["points"]): readonly number[] {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let k = 0; k < points.length; k++) {
    low[k % 3] = Math.min(low[k % 3], points[k]);
    high[k % 3] = Math.max(high[k % 3], points[k]);
  }
  return high.map((value, axis) => value - low[axis]);
}

/** The positions of the points: all three coordinates, or the two along a plane. */
export function positionsOf({ points }: VtkMeshFile, plane?: Plane): Float32Array {
  return plane ? withoutComponent(points, plane.axis) : Float32Array.from(points);
}

/**
 * A field at the points.
 *
 * @param components Components per point; further ones in the array are ignored
 * @throws {DataError} If there is no such point array, it has fewer components, or numbers that are
 * not finite
 */
export function pointField(mesh: VtkMeshFile, name: string, components: number): Float32Array {
  const { path, pointData, cellData, pointCount } = mesh;
  const fail = (reason: string) => {
    throw new DataError(`Cannot read point array "${name}" of "${path}": ${reason}`);
  };
  if (!Object.hasOwn(pointData, name)) {
    if (Object.hasOwn(cellData, name)) {
      fail(
        "it must be point data, found cell data; convert it, for example by Cell Data to Point " +
          "Data in ParaView",
      );
    }
    fail(`no such array, ${didYouMean(name, Object.keys(pointData))}`);
  }
  const array = pointData[name];
  if (array.components < components) {
    fail(`it must have ${components} components, found ${array.components}`);
  }
  const values = toField(array, name, path);
  if (array.components === components) return values;
  const field = new Float32Array(pointCount * components);
  for (let point = 0; point < pointCount; point++) {
    for (let c = 0; c < components; c++) {
      field[components * point + c] = values[array.components * point + c];
    }
  }
  return field;
}

/** Vectors in space without one of their components. */
function withoutComponent(vectors: ArrayLike<number>, axis: number): Float32Array {
  const [first, second] = [0, 1, 2].filter((component) => component !== axis);
  const plane = new Float32Array(vectors.length / 3 * 2);
  for (let row = 0; 3 * row < vectors.length; row++) {
    plane[2 * row] = vectors[3 * row + first];
    plane[2 * row + 1] = vectors[3 * row + second];
  }
  return plane;
}
