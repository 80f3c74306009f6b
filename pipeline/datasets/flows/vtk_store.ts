/**
 * VTK files of any program as a data set.
 *
 * @module
 */

import { basename, dirname, extname } from "node:path";
import { DataError, UserError } from "../../../errors.ts";
import type { FieldInfo, MeshStore, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { type LazySample, openLazyStore, statedNodeCounts } from "../lazy_store.ts";
import { splitSamples, type SplitShares } from "../splits.ts";
import { fieldNames } from "../stored_names.ts";
import {
  checkPlane,
  type Plane,
  planeOf,
  pointField,
  positionsOf,
  readVtkMesh,
  type VtkMeshFile,
  withoutComponent,
} from "./vtk_mesh.ts";

/** The fields to read from VTK files. */
export interface VtkStoreOptions {
  /** Point arrays that a network reads. */
  readonly inputs?: readonly string[] | undefined;
  /** Point arrays that a network predicts. */
  readonly targets?: readonly string[] | undefined;
  /** @default 2 if the points of the first file lie in a plane x, y or z = constant, else 3 */
  readonly dimensions?: 2 | 3 | undefined;
  /** Sizes of the splits. @default three quarters, a twentieth, a fifth */
  readonly shares?: SplitShares | undefined;
}

/** An array that becomes a field. */
interface FieldChoice {
  readonly array: string;
  readonly field: string;
  readonly info: FieldInfo;
  /** Whether its component across the plane, which is 0, is dropped. */
  readonly inPlane: boolean;
}

/**
 * Opens `.vtu` and `.vtp` files as a mesh store with one sample per file, read on demand. The first
 * file defines the fields and the plane, which all others must share.
 *
 * Fields are the arrays in `inputs` and `targets`, or by default all point arrays, without a role.
 * In a plane, vectors lose the component across it if that is 0. Characters that a field name
 * cannot have become `_`.
 *
 * @throws {DataError} If a file is missing, damaged, or lacks one of the fields
 * @throws {UserError} If an array is both input and target
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openVtkFiles } from "./vtk_store.ts";
 *
 * const paths = ["tests/fixtures/flow_cases/plates/plate_0.vtu"];
 * const plates = await openVtkFiles(paths, { targets: ["swirl"] });
 * const { nodeCount, fields } = await plates.read(0);
 * assert.equal(fields.swirl.length, 3 * nodeCount);
 * ```
 */
export async function openVtkFiles(
  paths: readonly string[],
  { inputs = [], targets = [], dimensions, shares }: VtkStoreOptions = {},
): Promise<MeshStore> {
  const first = await readVtkMesh(paths[0]);
  const found = planeOf(first);
  if (dimensions === 2 && found === undefined) {
    throw new DataError(
      `Cannot use "${first.path}" in 2 dimensions: its points must lie in a plane, found none`,
    );
  }
  const plane = dimensions === 3 ? undefined : found;
  const fields = fieldsOf(first, { inputs, targets }, plane);
  const hasCells = first.cells.types.length > 0;
  const ids = idsOf(paths);
  const header: MeshStoreHeader = {
    case: "vtk",
    dimensions: plane ? 2 : 3,
    fields: Object.fromEntries(fields.map(({ field, info }) => [field, info])),
    splits: splitSamples(paths.length, shares),
    cells: hasCells || undefined,
    plane,
    origins: [...paths],
    generator: { name: "haloflow convert vtu", arrays: fields.map(({ array }) => array) },
  };
  const nodeCounts = await statedNodeCounts(paths);
  const read = async (index: number): Promise<LazySample> => {
    const mesh = index === 0 ? first : await readVtkMesh(paths[index]);
    if (plane) checkPlane(mesh, plane);
    if (hasCells !== mesh.cells.types.length > 0) {
      throw new DataError(
        `Cannot use "${mesh.path}" with "${first.path}": all files must have cells, or none`,
      );
    }
    return {
      position: positionsOf(mesh, plane),
      cells: hasCells ? mesh.cells : undefined,
      fields: Object.fromEntries(
        fields.map((choice) => [choice.field, readField(mesh, choice, plane)]),
      ),
    };
  };
  return openLazyStore({ path: paths[0], header, ids, nodeCounts, read });
}

/** The arrays that become fields, as the first file has them. */
function fieldsOf(
  mesh: VtkMeshFile,
  { inputs, targets }: { readonly inputs: readonly string[]; readonly targets: readonly string[] },
  plane: Plane | undefined,
): readonly FieldChoice[] {
  const roles = new Map<string, FieldInfo["role"]>();
  for (const array of inputs) roles.set(array, "input");
  for (const array of targets) {
    if (roles.has(array)) {
      throw new UserError(`Cannot use array "${array}": it is both input and target; choose one`);
    }
    roles.set(array, "target");
  }
  if (roles.size === 0) Object.keys(mesh.pointData).forEach((array) => roles.set(array, undefined));
  const names = fieldNames([...roles.keys()], mesh.path);
  return [...roles].map(([array, role], k) => {
    const components = mesh.pointData[array]?.components ?? 1;
    const values = pointField(mesh, array, components);
    const inPlane = plane !== undefined && components === 3 && isZero(values, plane.axis);
    const info = { components: inPlane ? 2 : components, unit: "", role };
    return { array, field: names[k], inPlane, info };
  });
}

function readField(
  mesh: VtkMeshFile,
  { array, inPlane, info }: FieldChoice,
  plane: Plane | undefined,
): Float32Array {
  const components = inPlane ? 3 : info.components;
  const values = pointField(mesh, array, components);
  const actual = mesh.pointData[array].components;
  if (actual !== components) {
    throw new DataError(
      `Cannot read point array "${array}" of "${mesh.path}": it must have ${components} ` +
        `components, as in the first file, found ${actual}`,
    );
  }
  if (!inPlane) return values;
  const { axis } = plane!;
  if (isZero(values, axis)) return withoutComponent(values, axis);
  throw new DataError(
    `Cannot read point array "${array}" of "${mesh.path}": its ${"xyz"[axis]} must be 0, as in ` +
      "the first file; convert in 3 dimensions",
  );
}

/** Whether a component of vectors in space is 0 throughout. */
function isZero(vectors: Float32Array, component: number): boolean {
  for (let k = component; k < vectors.length; k += 3) if (vectors[k] !== 0) return false;
  return true;
}

/** File names without extension; with the folder before them if two would be equal. */
function idsOf(paths: readonly string[]): readonly string[] {
  const name = (path: string) => basename(path, extname(path));
  const names = paths.map(name);
  if (new Set(names).size === names.length) return names;
  return paths.map((path) => `${basename(dirname(path))}/${name(path)}`);
}
