/**
 * Flow over backward-facing steps in a channel, in three dimensions.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import type { MeshStore, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { chooseCases, readCaseFolder } from "./case_folder.ts";
import { openSource, type SourceSample, statedNodeCounts } from "../lazy_store.ts";
import { channelOf, wallDistances } from "./step_walls.ts";
import { pointField, positionsOf, readVtkMesh } from "./vtk_mesh.ts";

/**
 * The fields of a step. `wall` is 1 on a wall and 0 off it, as normals mark the surface of an
 * aerofoil: there the flow stands still, which a network hardly tells from the distance, as the
 * next nodes are millimetres away.
 */
const step3dFields: MeshStoreHeader["fields"] = {
  inletSpeed: { components: 1, unit: "m/s", role: "input" },
  stepHeight: { components: 1, unit: "m", role: "input" },
  distance: { components: 1, unit: "m", role: "input" },
  wall: { components: 1, unit: "", role: "input" },
  velocity: { components: 3, unit: "m/s", role: "target" },
  pressure: { components: 1, unit: "m²/s²", role: "target" },
};

/** Which cases of a folder are read. */
export interface Step3dOptions {
  /**
   * Whether the cases of other splits are taken too, such as those on a finer mesh. @default true
   */
  readonly others?: boolean | undefined;
  /** Most cases of each split. @default all */
  readonly limit?: number | undefined;
}

/**
 * How far the step of a mesh and the flow into it may be from those of the name, as a part of them.
 */
const nameTolerance = 0.05;

/**
 * Reads a folder of steps as a mesh store: 3-D meshes with cells, a case when it is asked for. The
 * splits `full_train` and `full_test` of the manifest are also `train` and `test`.
 *
 * @throws {DataError} when the manifest or a case is missing, or a file is not that of its case
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
    fields: step3dFields,
    splits,
    cells: true,
    origins: names.map((name) => `${name}/${name}.vtu`),
    generator: {
      name: "haloflow convert step3d",
      source: "step3d",
      ...(folder.rejected.length > 0 && { rejected: folder.rejected }),
    },
  };
  const nodeCounts = await statedNodeCounts(files);
  const read = async (index: number): Promise<SourceSample> => {
    const mesh = await readVtkMesh(files[index]);
    const { speed, height } = parameters[index];
    const position = positionsOf(mesh);
    const velocity = pointField(mesh, "U", 3);
    const channel = channelOf(position);
    checkNear(mesh.path, "step height", "m", channel.stepHeight, height);
    checkNear(
      mesh.path,
      "inlet speed",
      "m/s",
      inletSpeed(position, velocity, channel.inlet),
      speed,
    );
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
  return openSource({ path, header, ids: names, nodeCounts, read });
}

/**
 * Inlet speed in m/s and step height in m of a case by its name. @throws {DataError} when the name
 * is another
 */
export function stepOf(name: string): { readonly speed: number; readonly height: number } {
  const match = name.match(/^step3D_[A-Za-z]+_(\d+(?:\.\d+)?)_(\d+(?:\.\d+)?)(?:_\w+)?$/);
  if (match !== null) return { speed: Number(match[1]), height: Number(match[2]) };
  throw new DataError(
    `Cannot read case "${name}" as its name must be step3D_<model>_<speed>_<step height>: ` +
      "it is not",
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
  if (Math.abs(found - stated) <= nameTolerance * stated) return;
  throw new DataError(
    `Cannot use "${path}" as its ${what} must be that of its name, ${stated} ${unit}: it is ` +
      `${Number(found.toPrecision(4))} ${unit}; it may belong to another case`,
  );
}
