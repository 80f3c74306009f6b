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

/** Where a mesh in two dimensions lies in space: its coordinate `axis` is `value`. */
export type Plane = NonNullable<MeshStoreHeader["plane"]>;

/**
 * Coordinates across a plane may differ by this part of the size of the mesh: the rounding of
 * float32.
 */
const flatness = 1e-6;

/** Reads a file with points. @throws {DataError} when it cannot be read or has none */
export async function readVtkMesh(path: string): Promise<VtkMeshFile> {
  const file = await readVtk(path);
  if (file.pointCount === 0) {
    throw new DataError(`Cannot read "${path}" as a mesh must have points: it has none`);
  }
  return { path, ...file };
}

/** The plane of constant z, y or x in which all points lie, if there is one. */
export function planeOf({ points }: VtkMeshFile): Plane | undefined {
  const extents = extentsOf(points);
  const size = Math.max(...extents);
  const axis = [2, 1, 0].find((axis) => extents[axis] <= flatness * size);
  return axis === undefined || size === 0 ? undefined : { axis, value: points[axis] };
}

/** Throws unless a mesh lies in the plane of the other meshes of its data set. */
export function checkPlane(mesh: VtkMeshFile, expected: Plane): void {
  const found = planeOf(mesh);
  const name = ({ axis, value }: Plane) => `${"xyz"[axis]} = ${value}`;
  // Far from the origin float32 rounds coarser than the mesh is large.
  const scale = Math.max(Math.abs(expected.value), ...extentsOf(mesh.points));
  if (found?.axis === expected.axis && Math.abs(found.value - expected.value) <= flatness * scale) {
    return;
  }
  throw new DataError(
    `Cannot use "${mesh.path}" as its points must lie in the plane ${name(expected)}: ` +
      `they lie in ${found ? `the plane ${name(found)}` : "no plane"}`,
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
 * @param components Of each point; an array may have more, which are left out
 * @throws {DataError} when there is no such point array, it has fewer components, or numbers that
 * are not finite
 */
export function pointField(mesh: VtkMeshFile, name: string, components: number): Float32Array {
  const { path, pointData, cellData, pointCount } = mesh;
  const fail = (reason: string) => {
    throw new DataError(`Cannot read point array "${name}" of "${path}" ${reason}`);
  };
  if (!Object.hasOwn(pointData, name)) {
    if (Object.hasOwn(cellData, name)) {
      fail(
        "as it must stand at the points: it stands at the cells; convert it, as by " +
          "ParaView's Cell Data to Point Data",
      );
    }
    fail(`as it is missing: ${didYouMean(name, Object.keys(pointData))}`);
  }
  const array = pointData[name];
  if (array.components < components) {
    fail(`as it must have ${components} components: it has ${array.components}`);
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
export function withoutComponent(vectors: ArrayLike<number>, axis: number): Float32Array {
  const [first, second] = [0, 1, 2].filter((component) => component !== axis);
  const kept = new Float32Array(vectors.length / 3 * 2);
  for (let row = 0; 3 * row < vectors.length; row++) {
    kept[2 * row] = vectors[3 * row + first];
    kept[2 * row + 1] = vectors[3 * row + second];
  }
  return kept;
}
