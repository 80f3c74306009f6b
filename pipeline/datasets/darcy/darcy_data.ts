/**
 * The Darcy data set: pressure of a flow through a medium of two materials, from the map of the
 * materials.
 *
 * The recipe is that of Li et al., "Fourier neural operator for parametric partial differential
 * equations" (ICLR 2021): the coefficient is 12 where a Gaussian field is >= 0 and 3 elsewhere; the
 * solution has the source 1 and is 0 on the boundary.
 *
 * @module
 */

import type { MeshSample, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { type FaceMean, solveDarcy } from "./darcy_solver.ts";
import { gridPositions } from "./unit_grid.ts";
import { defaultModeCount, sampleRandomField } from "./random_field.ts";
import { splitSamples, type SplitShares } from "../splits.ts";

/** What the fields of a Darcy data set are; none has a unit. */
export const darcyFields = {
  coefficient: { components: 1, unit: "", role: "input" },
  solution: { components: 1, unit: "", role: "target" },
} as const;

/** The two values of the coefficient: where the random field is >= 0, and elsewhere. */
export const darcyCoefficients = { high: 12, low: 3 } as const;

/** Name of the generator in the attributes of a store. */
export const darcyGenerator = "haloflow generate darcy";

/** Largest number of vertices per side; the solver then takes about 3 GiB. */
export const largestDarcyResolution = 4097;

/** Which samples to generate. A sample depends on all of this but `count`. */
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

/** {@linkcode DarcyOptions} with every default filled in. */
export type ResolvedDarcyOptions = Required<DarcyOptions>;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {RangeError} If one is out of range
 */
export function resolveDarcyOptions(options: DarcyOptions): ResolvedDarcyOptions {
  const { faceMean = "arithmetic", modes = defaultModeCount } = options;
  const resolved = { ...options, faceMean, modes };
  const limits = {
    count: [1, 2 ** 31 - 1],
    resolution: [3, largestDarcyResolution],
    seed: [0, Number.MAX_SAFE_INTEGER],
    modes: [2, 4096],
  } as const;
  for (
    const [name, [least, most]] of Object.entries(limits) as [
      keyof typeof limits,
      readonly number[],
    ][]
  ) {
    const value = resolved[name];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new RangeError(
      `Cannot generate Darcy samples as ${name} must be an integer of ${least} to ${most}: ` +
        `received ${value}`,
    );
  }
  return resolved;
}

/**
 * Generates the samples 0, ..., count - 1 one after the other; see {@linkcode generateDarcySample}.
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
 * Generates one sample: the same at any time, on any grid up to its resolution, and whatever the
 * number of samples.
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
    coefficient[p] = field[p] >= 0 ? darcyCoefficients.high : darcyCoefficients.low;
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
export function darcySampleId(seed: number, sample: number): string {
  return `darcy-${seed}-${String(sample).padStart(4, "0")}`;
}

/**
 * What the store of a generated data set says of itself.
 *
 * @param shares Sizes of the splits. @default three quarters, a twentieth, a fifth
 */
export function darcyHeader(options: DarcyOptions, shares?: SplitShares): MeshStoreHeader {
  const { count, seed, resolution, faceMean, modes } = resolveDarcyOptions(options);
  return {
    case: "darcy",
    dimensions: 2,
    fields: darcyFields,
    gridShape: [resolution, resolution],
    splits: splitSamples(count, shares),
    generator: { name: darcyGenerator, count, resolution, faceMean, modes },
    seed,
  };
}
