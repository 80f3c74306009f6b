/**
 * Flow over backward-facing steps in a channel, in three dimensions.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import type { MeshStore, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { chooseCases, readCaseFolder } from "./case_folder.ts";
import { type LazySample, openLazyStore, statedNodeCounts } from "../lazy_store.ts";
import { channelOf, wallDistances } from "./step_walls.ts";
import { pointField, positionsOf, readVtkMesh } from "./vtk_mesh.ts";

/**
 * The fields of a step. `wall` is 1 on a wall, where the flow is at rest, and 0 off it: a network
 * hardly recognises that from the distance, since the next nodes are millimetres away.
 */
const FIELDS: MeshStoreHeader["fields"] = {
  inletSpeed: { components: 1, unit: "m/s", role: "input" },
  stepHeight: { components: 1, unit: "m", role: "input" },
  distance: { components: 1, unit: "m", role: "input" },
  wall: { components: 1, unit: "", role: "input" },
  velocity: { components: 3, unit: "m/s", role: "target" },
  pressure: { components: 1, unit: "m²/s²", role: "target" },
};

/** The cases of a folder to read. */
export interface Step3dOptions {
  /** Whether cases of other splits are read too, such as those on a finer mesh. @default true */
  readonly others?: boolean | undefined;
  /** Maximum number of cases per split. @default all */
  readonly limit?: number | undefined;
}

/** Relative difference of the step and the inlet flow of a mesh from those of its name. */
const NAME_TOLERANCE = 0.05;

/**
 * Opens a folder of steps as a mesh store of 3-D meshes with cells, which reads cases on demand.
 * The splits `full_train` and `full_test` of the manifest are also `train` and `test`.
 *
 * @throws {DataError} If the manifest or a case is missing, or a file does not match its name
 */
export async function openStep3d(
  path: string,
  { others = true, limit }: Step3dOptions = {},
): Promise<MeshStore> {
  const folder = await readCaseFolder(path);
  const { names, splits } = chooseCases(folder, { task: "full", others, limit });
  const files = names.map((name) => join(path, name, `${name}.vtu`));
  const parameters = names.map(stepOf);
  const header: MeshStoreHeader = {
    case: "step3d",
    dimensions: 3,
    fields: FIELDS,
    splits,
    cells: true,
    origins: names.map((name) => `${name}/${name}.vtu`),
    generator: {
      name: "haloflow convert step3d",
      source: "step3d",
      rejected: folder.rejected.length > 0 ? folder.rejected : undefined,
    },
  };
  const nodeCounts = await statedNodeCounts(files);
  const read = async (index: number): Promise<LazySample> => {
    const mesh = await readVtkMesh(files[index]);
    const { speed, height } = parameters[index];
    const position = positionsOf(mesh);
    const velocity = pointField(mesh, "U", 3);
    const channel = channelOf(position);
    checkNear(mesh.path, "step height", "m", channel.stepHeight, height);
    const foundSpeed = inletSpeed(position, velocity, channel.inlet);
    checkNear(mesh.path, "inlet speed", "m/s", foundSpeed, speed);
    const distance = wallDistances(position, channel);
    const constant = (value: number) => new Float32Array(mesh.pointCount).fill(value);
    return {
      position,
      cells: mesh.cells,
      fields: {
        inletSpeed: constant(speed),
        stepHeight: constant(height),
        distance,
        wall: distance.map((metres) => metres === 0 ? 1 : 0),
        velocity,
        pressure: pointField(mesh, "p", 1),
      },
    };
  };
  return openLazyStore({ path, header, ids: names, nodeCounts, read });
}

/**
 * Inlet speed in m/s and step height in m in the name of a case.
 *
 * @throws {DataError} If the name has another form
 */
export function stepOf(name: string): { readonly speed: number; readonly height: number } {
  const match = name.match(/^step3D_[A-Za-z]+_(\d+(?:\.\d+)?)_(\d+(?:\.\d+)?)(?:_\w+)?$/);
  if (match !== null) return { speed: Number(match[1]), height: Number(match[2]) };
  throw new DataError(
    `Cannot read case "${name}": its name must be step3D_<model>_<speed>_<step height>`,
  );
}

/** The largest speed along the channel at its inlet. */
function inletSpeed(position: Float32Array, velocity: Float32Array, inlet: number): number {
  let speed = 0;
  for (let k = 0; k < position.length; k += 3) {
    if (position[k] === inlet) speed = Math.max(speed, velocity[k]);
  }
  return speed;
}

function checkNear(path: string, what: string, unit: string, found: number, stated: number): void {
  if (Math.abs(found - stated) <= NAME_TOLERANCE * stated) return;
  throw new DataError(
    `Cannot use "${path}": its ${what} must be that of its name, ${stated} ${unit}, found ` +
      `${Number(found.toPrecision(4))} ${unit}; it may belong to another case`,
  );
}
