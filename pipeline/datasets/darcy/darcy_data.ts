/**
 * The Darcy data set: pressure of a flow through a medium of two materials.
 *
 * As in Li et al., "Fourier neural operator for parametric partial differential equations" (ICLR
 * 2021), the coefficient is 12 where a Gaussian field is >= 0 and 3 elsewhere; the source is 1, and
 * the solution is 0 on the boundary.
 *
 * @module
 */

import type { MeshSample, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { type FaceMean, solveDarcy } from "./darcy_solver.ts";
import { gridPositions } from "./unit_grid.ts";
import { DEFAULT_MODE_COUNT, sampleRandomField } from "./random_field.ts";
import { splitSamples, type SplitShares } from "../splits.ts";

/** The fields of a Darcy data set, without units. */
export const DARCY_FIELDS = {
  coefficient: { components: 1, unit: "", role: "input" },
  solution: { components: 1, unit: "", role: "target" },
} as const;

/** The coefficient where the random field is >= 0, and elsewhere. */
const COEFFICIENTS = { high: 12, low: 3 } as const;

/** Name of the generator in the attributes of a store. */
const GENERATOR_NAME = "haloflow generate darcy";

/** Largest number of vertices per side, for which the solver needs about 3 GiB. */
export const MAX_DARCY_RESOLUTION = 4097;

/** The samples to generate. A sample depends on all options except `count`. */
export interface DarcyOptions {
  /** Number of samples, 0, ..., count - 1. */
  readonly count: number;
  /** Vertices per side, 3 to 4,097. */
  readonly resolution: number;
  readonly seed: number;
  /** @default "arithmetic" */
  readonly faceMean?: FaceMean | undefined;
  /** Modes of the random field per direction. @default 421 */
  readonly modes?: number | undefined;
}

/** Ranges of the options, ends included. */
const LIMITS = {
  count: [1, 2 ** 31 - 1],
  resolution: [3, MAX_DARCY_RESOLUTION],
  seed: [0, Number.MAX_SAFE_INTEGER],
  modes: [2, 4096],
} as const;

/** Checks the options and fills in the defaults. */
function resolveDarcyOptions(options: DarcyOptions): Required<DarcyOptions> {
  const { faceMean = "arithmetic", modes = DEFAULT_MODE_COUNT } = options;
  const resolved = { ...options, faceMean, modes };
  for (const name of ["count", "resolution", "seed", "modes"] as const) {
    const [low, high] = LIMITS[name];
    const value = resolved[name];
    if (Number.isInteger(value) && value >= low && value <= high) continue;
    throw new RangeError(
      `Cannot generate Darcy samples: ${name} must be an integer from ${low} to ${high}, ` +
        `received ${value}`,
    );
  }
  return resolved;
}

/**
 * Generates the samples 0, ..., count - 1 in order; see {@linkcode generateDarcySample}.
 *
 * @throws {RangeError} If an option is out of range
 */
export async function* generateDarcySamples(
  options: DarcyOptions,
): AsyncGenerator<MeshSample, void, void> {
  const resolved = resolveDarcyOptions(options);
  for (let sample = 0; sample < resolved.count; sample++) {
    yield generateDarcySample(sample, resolved);
  }
}

/**
 * Generates one sample, which does not depend on the number of samples nor, at common vertices, on
 * the resolution.
 *
 * @param sample Number of the sample under the seed
 * @returns Fields `coefficient` and `solution` `[n * n, 1]` on the vertices of
 * {@linkcode gridPositions}
 */
export function generateDarcySample(sample: number, options: DarcyOptions): MeshSample {
  const { resolution, seed, faceMean, modes } = resolveDarcyOptions(options);
  const field = sampleRandomField(resolution, { seed, sample, modes });
  const coefficient = new Float32Array(field.length);
  for (let p = 0; p < field.length; p++) {
    coefficient[p] = field[p] >= 0 ? COEFFICIENTS.high : COEFFICIENTS.low;
  }
  const { solution } = solveDarcy(coefficient, resolution, { faceMean });
  return {
    id: darcySampleId(seed, sample),
    dimensions: 2,
    nodeCount: field.length,
    position: gridPositions(resolution),
    fields: { coefficient, solution: Float32Array.from(solution) },
  };
}

/** Name of a generated sample, such as `darcy-1-0042`: the same at every resolution. */
function darcySampleId(seed: number, sample: number): string {
  return `darcy-${seed}-${String(sample).padStart(4, "0")}`;
}

/**
 * The header of the store of a generated data set.
 *
 * @param shares Sizes of the splits. @default three quarters, a twentieth, a fifth
 * @throws {RangeError} If an option is out of range
 */
export function darcyHeader(options: DarcyOptions, shares?: SplitShares): MeshStoreHeader {
  const { count, seed, resolution, faceMean, modes } = resolveDarcyOptions(options);
  return {
    case: "darcy",
    dimensions: 2,
    fields: DARCY_FIELDS,
    gridShape: [resolution, resolution],
    splits: splitSamples(count, shares),
    generator: { name: GENERATOR_NAME, count, resolution, faceMean, modes },
    seed,
  };
}
