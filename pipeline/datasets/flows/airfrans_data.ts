/**
 * Flow around aerofoils in the file layout of AirfRANS (Bonnet et al., 2022,
 * https://arxiv.org/abs/2212.07564).
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import type { MeshStore, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { type CaseFolder, chooseCases, readCaseFolder } from "./case_folder.ts";
import { type LazySample, openLazyStore, statedNodeCounts } from "../lazy_store.ts";
import {
  checkPlane,
  planeOf,
  pointField,
  positionsOf,
  readVtkMesh,
  type VtkMeshFile,
} from "./vtk_mesh.ts";

/** Fields of an aerofoil. Distances are positive; normals point into the body, and are 0 off it. */
const FIELDS: MeshStoreHeader["fields"] = {
  velocityInlet: { components: 2, unit: "m/s", role: "input" },
  distance: { components: 1, unit: "m", role: "input" },
  normals: { components: 2, unit: "", role: "input" },
  velocity: { components: 2, unit: "m/s", role: "target" },
  pressure: { components: 1, unit: "m²/s²", role: "target" },
  nut: { components: 1, unit: "m²/s", role: "target" },
};

/** Divisions of AirfRANS into training and test cases. */
export const AIRFRANS_TASKS = ["full", "scarce", "reynolds", "aoa"] as const;

/** The cases of a folder to read. */
export interface AirfransOptions {
  /** @default "full" */
  readonly task?: (typeof AIRFRANS_TASKS)[number] | undefined;
  /** Maximum number of cases per split. @default all */
  readonly limit?: number | undefined;
}

/**
 * Opens a folder of AirfRANS as a mesh store of 2-D meshes with cells, which reads cases on demand.
 *
 * A node is on the surface if its coordinates equal those of a point in the file of the aerofoil.
 * Distances are absolute values of the implicit distance of AirfRANS, which is negative in the
 * fluid.
 *
 * @param path The folder with `manifest.json`
 * @throws {DataError} If the manifest or a case is missing, or the files of a case do not match
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
      `Cannot use "${first.path}": its points must lie in a plane, found none`,
    );
  }
  const header: MeshStoreHeader = {
    case: "airfrans",
    dimensions: 2,
    fields: FIELDS,
    splits,
    cells: true,
    plane,
    origins: names.map((name) => `${name}/${name}_internal.vtu`),
    generator: {
      name: "haloflow convert airfrans",
      source: "airfrans",
      task,
      fidelity: fidelityOf(folder, names),
      rejected: folder.rejected.length > 0 ? folder.rejected : undefined,
    },
  };
  const nodeCounts = await statedNodeCounts(files);
  const read = async (index: number): Promise<LazySample> => {
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
  return openLazyStore({ path, header, ids: names, nodeCounts, read });
}

/**
 * The inlet velocity in the name of a case,
 * `airFoil2D_SST_<speed>_<angle in degrees>_<3 or 4 digits of NACA>`.
 *
 * @throws {DataError} If the name has another form
 */
export function inletOf(name: string): readonly [x: number, y: number] {
  const number = String.raw`_(-?\d+(?:\.\d+)?)`;
  const match = name.match(new RegExp(`^airFoil2D_SST${number}${number}(?:${number}){3,4}$`));
  if (match === null) {
    throw new DataError(
      `Cannot read case "${name}": its name must be airFoil2D_SST_<speed>_<angle>_<3 or ` +
        "4 digits of NACA>",
    );
  }
  const speed = Number(match[1]);
  const angle = Number(match[2]) * Math.PI / 180;
  return [speed * Math.cos(angle), speed * Math.sin(angle)];
}

/** Relative difference of the flow at the upstream edge from that of the inlet; lift causes 0.1. */
const INLET_TOLERANCE = 0.3;

/** Checks that the flow upstream is that of the name. */
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
  if (Math.hypot(u - x, v - y) <= INLET_TOLERANCE * Math.hypot(x, y)) return;
  const text = (...vector: readonly number[]) => vector.map((value) => value.toFixed(2)).join(", ");
  throw new DataError(
    `Cannot use "${path}": its flow upstream must be near that of its name, (${text(x, y)}) m/s, ` +
      `found (${text(u, v)}); it may belong to another case`,
  );
}

/** The normals of the aerofoil at the nodes on it, and 0 elsewhere. */
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
        `Cannot use "${aerofoil.path}": each of its points must be a node of "${mesh.path}", ` +
          `point ${point} at (${x}, ${y}) is not`,
      );
    }
  }
  return normals;
}

/** The fidelity of all cases; undefined if their records differ or have none. */
function fidelityOf({ records }: CaseFolder, names: readonly string[]): string | undefined {
  const fidelities = new Set(names.map((name) => records.get(name)?.fidelity));
  const [fidelity] = fidelities;
  if (fidelity === undefined || fidelities.size > 1) return undefined;
  return { lf: "low", hf: "high" }[fidelity] ?? fidelity;
}
