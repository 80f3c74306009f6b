/**
 * The space dimensions of a data set, by what all its meshes have in common.
 *
 * @module
 */

import { DataError, UserError } from "../../../errors.ts";
import { formatPercent, formatRound } from "../../../format.ts";
import type { Flatness } from "./flatness.ts";
import type { Preparation } from "./preparation.ts";

/** What is known of the shape of a mesh. */
export interface MeshShape {
  readonly path: string;
  readonly axes: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** The plane or layer; undefined if the mesh fills the space of its coordinates. */
  readonly flatness: Flatness | undefined;
  /** Unit normal of a tilted plane in which the mesh lies. */
  readonly tilt: readonly number[] | undefined;
  /** Axes without which nodes would fall on each other, where that matters. */
  readonly collapsing: readonly number[];
}

/** The dimensions of a data set, with the reason in words. */
export interface ChosenDimensions {
  readonly dimensions: number;
  readonly reason: string;
  readonly flat?: Preparation["flat"];
}

/** Coordinates of planes may differ by this share of the spacing from mesh to mesh. */
const SAME_PLANE = 1e-2;
/** Rounding of coordinates far from the origin. */
const ROUNDING = 1e-6;
/** Extent of thin meshes relative to their size. */
const THIN = 0.05;
/** Coordinates of the twins of a layer may differ by this share of the spacing. */
const TWINS = 1e-3;

/**
 * Chooses the dimensions.
 *
 * @param requested Dimensions that the user requests
 * @throws {DataError} If the meshes do not have the same
 */
export function chooseDimensions(
  shapes: readonly MeshShape[],
  requested: number | undefined,
): ChosenDimensions {
  const [{ axes, path }] = shapes;
  const other = shapes.find((shape) => shape.axes !== axes);
  if (other) {
    throw new DataError(
      `Cannot use "${other.path}" with "${path}": all meshes must have the same number of ` +
        `coordinates, received ${other.axes} and ${axes}`,
    );
  }
  if (axes < 3 || requested === 3) {
    if (requested !== undefined && requested !== axes) {
      throw new UserError(
        `Cannot use "${path}" in ${requested} dimensions: its points must have ${requested} ` +
          `coordinates, they have ${axes}`,
      );
    }
    const reason = requested === undefined ? `points have ${axes} coordinates` : "as requested";
    return { dimensions: axes, reason };
  }
  if (requested === 1) {
    throw new UserError(
      `Cannot use "${path}" in 1 dimension: its points must have 1 coordinate, they have ${axes}`,
    );
  }
  if (shapes.every(({ flatness }) => flatness === undefined)) {
    return requested === 2 ? projected(shapes) : { dimensions: 3, reason: spaceReason(shapes) };
  }
  const differing = shapes.find((shape) => !isSamePlane(shape, shapes[0]));
  if (differing === undefined) return commonPlane(shapes);
  if (requested === 2) return projected(shapes);
  throw new DataError(
    `Cannot use "${differing.path}" with "${path}": its points must lie in ` +
      `${planeText(shapes[0].flatness)}, found ${planeText(differing.flatness)}; choose ` +
      "3 dimensions, or 2 to leave out one coordinate",
  );
}

function commonPlane(shapes: readonly MeshShape[]): ChosenDimensions {
  const first = shapes[0].flatness!;
  const name = "xyz"[first.axis];
  const low = Math.min(...shapes.map(({ flatness }) => flatness!.low));
  const high = Math.max(...shapes.map(({ flatness }) => flatness!.high));
  const spacing = Math.min(...shapes.map(({ flatness }) => flatness!.spacing));
  const isLayer = first.kind === "layer";
  const flat = {
    kind: first.kind,
    axis: first.axis,
    // Adding 0 makes -0 the usual one.
    value: (isLayer ? first.low : low + (high - low) / 2) + 0,
    tolerance: isLayer ? TWINS * spacing : Math.max(high - low, SAME_PLANE * spacing),
  };
  const share = formatPercent((high - low) / spacing);
  const reason = isLayer
    ? `one layer of cells between ${name} = ${formatRound(low, 6)} and ` +
      `${formatRound(high, 6)}, with the same values on both sides; the lower side is used`
    : low === high
    ? `all points lie in the plane ${name} = ${formatRound(flat.value, 6)}`
    : `all points lie near the plane ${name} = ${formatRound(flat.value, 6)}: they are ` +
      `${formatRound(high - low)} apart across it, ${share} of the spacing`;
  return { dimensions: 2, reason, flat };
}

/** Projection along the axis across the plane of the first mesh or its thinnest extent. */
function projected(shapes: readonly MeshShape[]): ChosenDimensions {
  const extents = [0, 1, 2].map((axis) =>
    Math.max(...shapes.map(({ low, high }) => high[axis] - low[axis]))
  );
  const axis = shapes[0].flatness?.axis ?? extents.lastIndexOf(Math.min(...extents));
  const low = Math.min(...shapes.map((shape) => shape.low[axis]));
  const high = Math.max(...shapes.map((shape) => shape.high[axis]));
  const value = low + (high - low) / 2;
  const collapsing = shapes.find((shape) => shape.collapsing.includes(axis));
  if (collapsing) {
    throw new UserError(
      `Cannot use "${collapsing.path}" in 2 dimensions: its points must differ in other ` +
        `coordinates than ${"xyz"[axis]}, many would coincide; choose 3 dimensions`,
    );
  }
  const layers = shapes.filter(({ flatness }) => flatness?.kind === "layer");
  if (layers.length > 0) {
    throw new UserError(
      `Cannot use "${layers[0].path}" in 2 dimensions: it has one layer of cells along ` +
        `${"xyz"[layers[0].flatness!.axis]}, the other meshes have not; choose 3 dimensions`,
    );
  }
  return {
    dimensions: 2,
    flat: { kind: "projection", axis, value, tolerance: high - value },
    reason: `as requested: points are projected to ${"xyz"[axis]} = ${formatRound(value, 6)}, ` +
      `by up to ${formatRound(high - value)}`,
  };
}

function isSamePlane({ flatness: found }: MeshShape, { flatness: expected }: MeshShape): boolean {
  if (found?.kind !== expected?.kind || found?.axis !== expected?.axis) return false;
  // The sides of a layer may be anywhere: one of them is left out.
  if (found === undefined || expected === undefined || found.kind === "layer") return true;
  const slack = Math.max(SAME_PLANE * expected.spacing, ROUNDING * Math.abs(expected.low));
  return Math.abs(found.low - expected.low) <= slack &&
    Math.abs(found.high - expected.high) <= slack;
}

/** The plane of a mesh in words, as the error names it. */
function planeText(flatness: Flatness | undefined): string {
  if (flatness === undefined) return "no plane";
  const { kind, axis, low, high } = flatness;
  const name = "xyz"[axis];
  return kind === "plane"
    ? `the plane ${name} = ${low + (high - low) / 2}`
    : `one layer between ${name} = ${low} and ${high}`;
}

function spaceReason(shapes: readonly MeshShape[]): string {
  const extents = [0, 1, 2].map((axis) =>
    Math.max(...shapes.map(({ low, high }) => high[axis] - low[axis]))
  );
  const { tilt } = shapes[0];
  if (tilt !== undefined && shapes.every((shape) => shape.tilt !== undefined)) {
    const normal = tilt.map((value) => formatRound(value + 0)).join(", ");
    return `points lie in a plane tilted against the axes, of normal (${normal}): all three ` +
      "coordinates are used; turn the meshes into the plane z = 0 to use two";
  }
  const text = `points extend along x, y and z by ${extents.map((e) => formatRound(e)).join(", ")}`;
  const least = Math.min(...extents);
  return least > THIN * Math.max(...extents)
    ? text
    : `${text}; --dimensions 2 leaves out ${"xyz"[extents.indexOf(least)]}`;
}
