/**
 * Darcy data sets in MATLAB files, as published by the authors of the Fourier neural operator.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { DataError } from "../../../errors.ts";
import { readMatlab } from "../../../io/matlab.ts";
import type { MeshStore } from "../../../io/mesh_store.ts";
import { openLazyStore } from "../lazy_store.ts";
import { splitSamples } from "../splits.ts";
import { DARCY_FIELDS } from "./darcy_data.ts";
import { gridPositions } from "./unit_grid.ts";

/**
 * Opens a MATLAB file of version 5 or 7.3 with `coeff` and `sol`, `[sample, x, y]` on vertices
 * including the boundary, as a mesh store in memory: fields `coefficient` and `solution`, ids such
 * as `name_of_the_file-0042`, default splits.
 *
 * @throws {DataError} If it is not such a file, or the arrays differ in shape or lack square grids
 */
export async function openDarcyMatlab(path: string): Promise<MeshStore> {
  const { coeff, sol } = await readMatlab(path, ["coeff", "sol"]);
  const [sampleCount, n] = checkShapes(path, coeff.shape, sol.shape);
  const name = basename(path, extname(path));
  const nodeCount = n * n;
  const part = (data: Float32Array | Float64Array, index: number) =>
    Float32Array.from(data.subarray(index * nodeCount, (index + 1) * nodeCount));
  return openLazyStore({
    path,
    header: {
      case: "darcy",
      dimensions: 2,
      fields: DARCY_FIELDS,
      gridShape: [n, n],
      splits: splitSamples(sampleCount),
      generator: { name: "haloflow convert darcy", source: basename(path) },
    },
    ids: Array.from({ length: sampleCount }, (_, i) => `${name}-${String(i).padStart(4, "0")}`),
    read: (index) => ({
      position: gridPositions(n),
      fields: { coefficient: part(coeff.data, index), solution: part(sol.data, index) },
    }),
  });
}

/** @returns Samples, and vertices per side */
function checkShapes(
  path: string,
  coeff: readonly number[],
  sol: readonly number[],
): readonly [sampleCount: number, resolution: number] {
  const fail = (rule: string, value: string) => {
    throw new DataError(`Cannot read "${path}": ${rule}, found ${value}`);
  };
  const [samples, n, width] = coeff;
  if (coeff.length !== 3 || n !== width || n < 3 || samples < 1) {
    fail(`"coeff" must have the shape samples × n × n with n >= 3`, coeff.join(" × "));
  }
  if (sol.length !== 3 || sol.some((extent, axis) => extent !== coeff[axis])) {
    fail(`"sol" must have the shape of "coeff", ${coeff.join(" × ")}`, sol.join(" × "));
  }
  return [samples, n];
}
