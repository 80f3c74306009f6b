/**
 * Darcy data sets in MATLAB files, as the authors of the Fourier neural operator publish them.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { DataError } from "../../../errors.ts";
import { readMatlab } from "../../../io/matlab.ts";
import { checkSampleIndex, meshFormat, splitOf } from "../../../io/mesh_attributes.ts";
import type { MeshAttributes, MeshSample, MeshStore } from "../../../io/mesh_store.ts";
import { darcyFields } from "./darcy_data.ts";
import { gridPositions } from "./unit_grid.ts";
import { splitSamples } from "../splits.ts";

/**
 * Reads a MATLAB file of version 5 or 7.3 with `coeff` and `sol`, `[sample, x, y]` on vertices with
 * the boundary included, as a mesh store in memory: fields `coefficient` and `solution`, ids such
 * as `name_of_the_file-0042`, default splits.
 *
 * @throws {DataError} If it is not such a file, or the two are not of one shape with square grids
 */
export async function openDarcyMatlab(path: string): Promise<MeshStore> {
  const { coeff, sol } = await readMatlab(path, ["coeff", "sol"]);
  const [sampleCount, n] = checkShapes(path, coeff.shape, sol.shape);
  const name = basename(path, extname(path));
  const attributes: MeshAttributes = {
    format: meshFormat,
    case: "darcy",
    dimensions: 2,
    fields: darcyFields,
    gridShape: [n, n],
    splits: splitSamples(sampleCount),
    generator: { name: "haloflow convert darcy", source: basename(path) },
    ids: Array.from({ length: sampleCount }, (_, i) => `${name}-${String(i).padStart(4, "0")}`),
  };
  const nodeCount = n * n;
  const sampleAt = (index: number): MeshSample => {
    checkSampleIndex(index, sampleCount, path);
    const part = (data: Float32Array | Float64Array) =>
      Float32Array.from(data.subarray(index * nodeCount, (index + 1) * nodeCount));
    return {
      id: attributes.ids[index],
      dimensions: 2,
      nodeCount,
      position: gridPositions(n),
      fields: { coefficient: part(coeff.data), solution: part(sol.data) },
    };
  };
  return {
    path,
    attributes,
    sampleCount,
    split: (split) => splitOf(attributes, split, path),
    read: (index) => Promise.try(sampleAt, index),
  };
}

/** @returns Samples, and vertices per side */
function checkShapes(
  path: string,
  coeff: readonly number[],
  sol: readonly number[],
): readonly [sampleCount: number, resolution: number] {
  const fail = (rule: string, value: string) => {
    throw new DataError(`Cannot read "${path}" as ${rule}: ${value}`);
  };
  const [samples, n, width] = coeff;
  if (coeff.length !== 3 || n !== width || n < 3 || samples < 1) {
    fail(`"coeff" must have the shape samples × n × n with n >= 3`, `it has ${coeff.join(" × ")}`);
  }
  if (sol.length !== 3 || sol.some((extent, axis) => extent !== coeff[axis])) {
    fail(`"sol" must have the shape of "coeff", ${coeff.join(" × ")}`, `it has ${sol.join(" × ")}`);
  }
  return [samples, n];
}
