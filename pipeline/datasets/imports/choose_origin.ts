/**
 * The origin of the stored positions: where float32 would lose the spacing of the nodes, positions
 * are stored relative to a point near them.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import { formatPercent, formatRound } from "../../../format.ts";
import { distributionOf } from "./nearest_distances.ts";

/** Some nodes of a mesh. */
export interface ProbedMesh {
  readonly path: string;
  readonly axes: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Positions [Q, axes], and the distance of each to its nearest neighbour. */
  readonly probes: Float64Array;
  readonly spacings: Float64Array;
  /** Whether the file has positions in float32. */
  readonly isFloat32: boolean;
}

/** An origin, with what is lost nevertheless. */
export interface ChosenOrigin {
  /** Origin along the chosen axes; undefined if float32 holds the positions as they are. */
  readonly origin: number[] | undefined;
  readonly notes: readonly string[];
}

/** Rounding errors relative to the spacing from which positions are moved. */
const MOVED = 1e-3;
/** Rounding errors relative to the spacing that change the graph. */
const LOST = 5e-2;
/** Share of nodes of a mesh that may lose their spacing if another origin would hold them. */
const LOST_SHARE = 0.01;

/**
 * Chooses one origin for all meshes.
 *
 * @param chosen The axes that are stored
 * @throws {DataError} If two meshes are too far apart for one frame in float32
 */
export function chooseOrigin(
  meshes: readonly ProbedMesh[],
  chosen: readonly number[],
): ChosenOrigin {
  const still = chosen.map(() => 0);
  const lossOf = (origin: readonly number[], limit: number) =>
    meshes.reduce((sum, mesh) => sum + lostShare(mesh, chosen, origin, limit), 0);
  const loss = lossOf(still, MOVED);
  if (loss === 0) return { origin: undefined, notes: coarseNotes(meshes, chosen) };
  const moved = middleOf(meshes, chosen);
  const isBetter = lossOf(moved, MOVED) <= loss / 2;
  const origin = isBetter ? moved : still;
  const notes: string[] = [];
  for (const mesh of meshes) {
    const lost = lostShare(mesh, chosen, origin, LOST);
    if (lost === 0) continue;
    const own = lostShare(mesh, chosen, middleOf([mesh], chosen), LOST);
    if (lost > LOST_SHARE && own <= lost / 2) {
      const other = meshes.find((other) => other !== mesh && isFar(other, mesh, chosen)) ??
        meshes[0];
      throw new DataError(
        `Cannot use "${mesh.path}" with "${other.path}": all meshes of a data set must fit one ` +
          `frame in float32, they are ${formatRound(distance(mesh, other, chosen))} apart with ` +
          "nodes " + `${formatRound(leastOf(mesh.spacings))} apart; move each to its own origin, ` +
          "or import them as separate data sets",
      );
    }
    if (notes.length === 0) {
      notes.push(
        `Float32 does not resolve the spacing of ${formatPercent(lost)} of the nodes of ` +
          `"${mesh.path}"`,
      );
    }
  }
  return { origin: isBetter ? origin : undefined, notes };
}

/** A note on files in float32 that have lost the spacing themselves. */
function coarseNotes(meshes: readonly ProbedMesh[], chosen: readonly number[]): string[] {
  for (const { path, isFloat32, low, high, spacings } of meshes) {
    const size = Math.max(...chosen.flatMap((axis) => [Math.abs(low[axis]), Math.abs(high[axis])]));
    const step = 2 ** (Math.floor(Math.log2(size)) - 23);
    const { median } = distributionOf(spacings);
    if (!isFloat32 || !(size > 0) || step <= LOST * median) continue;
    const distance = formatRound(median);
    const length = formatRound(step);
    return [
      `"${path}" has positions in float32, whose steps are ${length} this far from the origin, ` +
      `while nodes are ${distance} apart: write it in float64`,
    ];
  }
  return [];
}

/** The share of probed nodes whose rounding error is more than `limit` of the spacing. */
function lostShare(
  { probes, spacings, axes }: ProbedMesh,
  chosen: readonly number[],
  origin: readonly number[],
  limit: number,
): number {
  let lost = 0;
  for (let k = 0; k < spacings.length; k++) {
    const error = Math.max(...chosen.map((axis, i) => {
      const position = probes[axes * k + axis] - origin[i];
      return Math.abs(Math.fround(position) - position);
    }));
    if (error > limit * spacings[k]) lost++;
  }
  return lost / spacings.length;
}

/** A short number near the middle of the meshes along each axis, 0 if that is within them. */
function middleOf(meshes: readonly ProbedMesh[], chosen: readonly number[]): number[] {
  return chosen.map((axis) => {
    const low = Math.min(...meshes.map((mesh) => mesh.low[axis]));
    const high = Math.max(...meshes.map((mesh) => mesh.high[axis]));
    const middle = low + (high - low) / 2;
    if (low <= 0 && high >= 0 && Math.abs(middle) < (high - low) / 2) return 0;
    return shortNumber(middle, high - low);
  });
}

/** A number with few digits within a tenth of `size` of `value`. */
export function shortNumber(value: number, size: number): number {
  if (!(size > 0)) return value;
  const unit = 10 ** Math.floor(Math.log10(size));
  const rounded = Math.round(value / unit);
  if (!Number.isSafeInteger(rounded)) return value;
  return Number((rounded * unit).toPrecision(15));
}

function isFar(a: ProbedMesh, b: ProbedMesh, chosen: readonly number[]): boolean {
  const size = Math.max(...chosen.map((axis) => a.high[axis] - a.low[axis]));
  return distance(a, b, chosen) > size;
}

function distance(a: ProbedMesh, b: ProbedMesh, chosen: readonly number[]): number {
  return Math.hypot(
    ...chosen.map((axis) => (a.low[axis] + a.high[axis] - b.low[axis] - b.high[axis]) / 2),
  );
}

function leastOf(spacings: Float64Array): number {
  return spacings.reduce((least, spacing) => Math.min(least, spacing), Infinity);
}
