/**
 * Flow around aerofoils in the layout of AirfRANS (Bonnet et al., 2022,
 * https://arxiv.org/abs/2212.07564).
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import type { MeshStore, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { type CaseFolder, chooseCases, readCaseFolder } from "./case_folder.ts";
import { openSource, type SourceSample, statedNodeCounts } from "../lazy_store.ts";
import {
  checkPlane,
  planeOf,
  pointField,
  positionsOf,
  readVtkMesh,
  type VtkMeshFile,
} from "./vtk_mesh.ts";

/**
 * The fields of an aerofoil. Distances are positive in the fluid; normals point into the body, and
 * are 0 off it.
 */
const airfransFields: MeshStoreHeader["fields"] = {
  velocityInlet: { components: 2, unit: "m/s", role: "input" },
  distance: { components: 1, unit: "m", role: "input" },
  normals: { components: 2, unit: "", role: "input" },
  velocity: { components: 2, unit: "m/s", role: "target" },
  pressure: { components: 1, unit: "m²/s²", role: "target" },
  nut: { components: 1, unit: "m²/s", role: "target" },
};

/** AirfRANS' divisions into training and test cases. */
export const airfransTasks = ["full", "scarce", "reynolds", "aoa"] as const;

/** Which cases of a folder are read. */
export interface AirfransOptions {
  /** @default "full" */
  readonly task?: (typeof airfransTasks)[number] | undefined;
  /** Most cases of each split. @default all */
  readonly limit?: number | undefined;
}

/**
 * Reads a folder of AirfRANS as a mesh store: 2-D meshes with cells, a case when it is asked for.
 *
 * A node is on the surface when its coordinates are those of a point of the aerofoil's file.
 * Distances are absolute values of AirfRANS' implicit distance, which is negative in the fluid.
 *
 * @param path The folder with `manifest.json`
 * @throws {DataError} when the manifest or a case is missing, or the files of a case do not fit
 * each other
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openAirfrans } from "./airfrans_data.ts";
 *
 * const flows = await openAirfrans("tests/fixtures/flow_cases/airfrans", { task: "aoa" });
 * const { nodeCount, fields } = await flows.read(flows.split("test")[0]);
 * assert.equal(fields.velocity.length, 2 * nodeCount);
 * ```
 */
export async function openAirfrans(
  path: string,
  { task = "full", limit }: AirfransOptions = {},
): Promise<MeshStore> {
  const folder = await readCaseFolder(path);
  const { names, splits } = chooseCases(folder, { task, others: false, limit });
  const fileOf = (name: string, part: string) => join(path, name, `${name}_${part}`);
  names.forEach(inletOf);
  const files = names.map((name) => fileOf(name, "internal.vtu"));
  const first = await readVtkMesh(files[0]);
  const plane = planeOf(first);
  if (plane === undefined) {
    throw new DataError(
      `Cannot use "${first.path}" as its points must lie in a plane: they do not`,
    );
  }
  const header: MeshStoreHeader = {
    case: "airfrans",
    dimensions: 2,
    fields: airfransFields,
    splits,
    cells: true,
    plane,
    origins: names.map((name) => `${name}/${name}_internal.vtu`),
    generator: {
      name: "haloflow convert airfrans",
      source: "airfrans",
      task,
      ...fidelityOf(folder, names),
      ...(folder.rejected.length > 0 && { rejected: folder.rejected }),
    },
  };
  const nodeCounts = await statedNodeCounts(files);
  const read = async (index: number): Promise<SourceSample> => {
    const mesh = await readVtkMesh(files[index]);
    checkPlane(mesh, plane);
    const position = positionsOf(mesh, plane);
    const inlet = inletOf(names[index]);
    const velocity = pointField(mesh, "U", 2);
    checkInlet(mesh, position, velocity, inlet);
    const aerofoil = await readVtkMesh(fileOf(names[index], "aerofoil.vtp"));
    return {
      position,
      cells: mesh.cells,
      fields: {
        velocityInlet: Float32Array.from({ length: position.length }, (_, k) => inlet[k % 2]),
        distance: pointField(mesh, "implicit_distance", 1).map(Math.abs),
        normals: surfaceNormals(mesh, position, aerofoil, positionsOf(aerofoil, plane)),
        velocity,
        pressure: pointField(mesh, "p", 1),
        nut: pointField(mesh, "nut", 1),
      },
    };
  };
  return openSource({ path, header, ids: names, nodeCounts, read });
}

/**
 * The inlet velocity of a case by its name,
 * `airFoil2D_SST_<speed>_<angle in degrees>_<3 or 4 digits of NACA>`.
 *
 * @throws {DataError} when the name is another
 */
export function inletOf(name: string): readonly [x: number, y: number] {
  const number = String.raw`_(-?\d+(?:\.\d+)?)`;
  const match = name.match(new RegExp(`^airFoil2D_SST${number}${number}(?:${number}){3,4}$`));
  if (match === null) {
    throw new DataError(
      `Cannot read case "${name}" as its name must be airFoil2D_SST_<speed>_<angle>_<3 or ` +
        "4 digits of NACA>",
    );
  }
  const speed = Number(match[1]);
  const angle = Number(match[2]) * Math.PI / 180;
  return [speed * Math.cos(angle), speed * Math.sin(angle)];
}

/**
 * How far the flow at the upstream edge may be from that of the inlet, as a part of it; lift makes
 * up 0.1.
 */
const inletTolerance = 0.3;

/** Throws when the flow upstream is not that of the name. */
function checkInlet(
  { path }: VtkMeshFile,
  position: Float32Array,
  velocity: Float32Array,
  [x, y]: readonly [number, number],
): void {
  let upstream = 0;
  for (let node = 0; 2 * node < position.length; node++) {
    if (position[2 * node] < position[2 * upstream]) upstream = node;
  }
  const [u, v] = velocity.subarray(2 * upstream, 2 * upstream + 2);
  if (Math.hypot(u - x, v - y) <= inletTolerance * Math.hypot(x, y)) return;
  const words = (...vector: readonly number[]) =>
    vector.map((value) => value.toFixed(2)).join(", ");
  throw new DataError(
    `Cannot use "${path}" as its flow upstream must be near that of its name, ` +
      `(${words(x, y)}) m/s: ` +
      `it is (${words(u, v)}); it may belong to another case`,
  );
}

/**
 * The normals of the aerofoil at the nodes on it, and 0 elsewhere. @throws {DataError} when one of
 * its points is no node
 */
function surfaceNormals(
  mesh: VtkMeshFile,
  position: Float32Array,
  aerofoil: VtkMeshFile,
  surface: Float32Array,
): Float32Array {
  const values = pointField(aerofoil, "Normals", 2);
  const points = new Map<number, Map<number, number>>();
  for (let point = aerofoil.pointCount - 1; point >= 0; point--) {
    const [x, y] = surface.subarray(2 * point, 2 * point + 2);
    const column = points.get(x) ?? new Map<number, number>();
    points.set(x, column.set(y, point));
  }
  const normals = new Float32Array(position.length);
  const found = new Set<number>();
  for (let node = 0; node < mesh.pointCount; node++) {
    const point = points.get(position[2 * node])?.get(position[2 * node + 1]);
    if (point === undefined) continue;
    found.add(point);
    normals.set(values.subarray(2 * point, 2 * point + 2), 2 * node);
  }
  for (const [x, column] of points) {
    for (const [y, point] of column) {
      if (found.has(point)) continue;
      throw new DataError(
        `Cannot use "${aerofoil.path}" as each of its points must be a node of ` +
          `"${mesh.path}": point ${point} at ` +
          `(${x}, ${y}) is none`,
      );
    }
  }
  return normals;
}

/** The fidelity that the records of all cases agree on. */
function fidelityOf(
  { records }: CaseFolder,
  names: readonly string[],
): { readonly fidelity?: string | undefined } {
  const [fidelity, ...more] = new Set(names.map((name) => records.get(name)?.fidelity));
  if (fidelity === undefined || more.length > 0) return {};
  return { fidelity: { lf: "low", hf: "high" }[fidelity] ?? fidelity };
}
