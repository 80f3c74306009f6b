/**
 * The lines of a C-mesh around an aerofoil, from the section and its wake to the far field.
 *
 * Lines are numbered from the end of the wake along its lower side to the trailing edge, around the
 * section, and back along the upper side of the wake.
 *
 * @module
 */

import { geometricDistance, growthRatio, stretchedPoints } from "../spacing.ts";
import { type NacaSection, surfacePoints } from "./naca.ts";

/** Sizes of a C-mesh; lengths in chords. */
export interface CMeshSettings {
  /** Cells along each side of the section. */
  readonly sideCells: number;
  /** Cells along the wake. */
  readonly wakeCells: number;
  /** Cells from the wall to the far field. */
  readonly normalCells: number;
  /** Length of the first cell at the leading edge. */
  readonly leadingSpacing: number;
  /** Length of the first cell at the trailing edge. */
  readonly trailingSpacing: number;
  /** Height of the first cell at the wall. */
  readonly firstHeight: number;
  /** Distance of the far field. */
  readonly radius: number;
  /**
   * Whether the cells at the wall resolve the viscous sublayer; their height then grows slowly
   * along the wake.
   */
  readonly wallResolved: boolean;
}

/** Points of the lines `[lineCount, normalCells + 1, 2]`. */
export interface CMeshLines {
  readonly lineCount: number;
  readonly points: Float64Array;
}

/** Distance from the wall over which lines turn from its normal to the far field, by 1 - 1/e. */
const NORMAL_REACH = 0.15;

/** Distance over which the wake turns to the direction of the chord, by 1 - 1/e. */
const WAKE_REACH = 0.3;

/** Share of a side from which lines turn towards those of the wake. */
const TURN_START = 0.75;

/** Lays the lines of a C-mesh; they may cross if a section is too curved for the settings. */
export function layCMeshLines(section: NacaSection, settings: CMeshSettings): CMeshLines {
  const { sideCells, wakeCells, normalCells, leadingSpacing, trailingSpacing, radius } = settings;
  const shares = stretchedPoints(sideCells, leadingSpacing, trailingSpacing);
  const upper = surfacePoints(section, "upper", shares);
  const lower = surfacePoints(section, "lower", shares);
  closeEdges(upper, lower);
  const behind = wakeDistances(trailingSpacing, radius, wakeCells);
  const wake = wakePoints(upper, lower, behind);
  const inner = joined(reversed(wake), reversed(lower), upper.subarray(2), wake);
  const outer = outerPoints(shares, wake, upper.subarray(-2), settings);
  const normals = innerNormals(upper, lower, wake, shares);

  const lineCount = inner.length / 2;
  const points = new Float64Array(lineCount * (normalCells + 1) * 2);
  for (let line = 0; line < lineCount; line++) {
    const [x, y] = inner.subarray(2 * line);
    const [farX, farY] = outer.subarray(2 * line);
    const length = Math.hypot(farX - x, farY - y);
    const outwardX = (farX - x) / length;
    const outwardY = (farY - y) / length;
    const wakeCell = Math.max(wakeCells - 1 - line, line - (wakeCells + 2 * sideCells + 1));
    const height = firstHeight(settings, wakeCell < 0 ? 0 : behind[wakeCell]);
    const ratio = growthRatio(height, length, normalCells);
    for (let j = 0; j <= normalCells; j++) {
      const distance = geometricDistance(height, ratio, j);
      const share = Math.exp(-distance / NORMAL_REACH);
      const at = 2 * (line * (normalCells + 1) + j);
      points[at] = x + distance * (share * normals[2 * line] + (1 - share) * outwardX);
      points[at + 1] = y + distance * (share * normals[2 * line + 1] + (1 - share) * outwardY);
    }
    points.set([farX, farY], 2 * (line * (normalCells + 1) + normalCells));
  }
  return { lineCount, points };
}

/** Moves the ends of both sides to common points. */
function closeEdges(upper: Float64Array, lower: Float64Array): void {
  for (const i of [0, 1, upper.length - 2, upper.length - 1]) {
    upper[i] = lower[i] = (upper[i] + lower[i]) / 2;
  }
}

/** Distances of the wake points behind the trailing edge `[wakeCells]`. */
function wakeDistances(first: number, length: number, wakeCells: number): Float64Array {
  const ratio = growthRatio(first, length, wakeCells);
  return Float64Array.from({ length: wakeCells }, (_, k) => geometricDistance(first, ratio, k + 1));
}

/** The wake, from the bisector of the trailing edge to the direction of the chord. */
function wakePoints(upper: Float64Array, lower: Float64Array, behind: Float64Array): Float64Array {
  const [edgeX, edgeY] = upper.subarray(-2);
  let dx = 0;
  let dy = 0;
  for (const side of [upper, lower]) {
    const [x, y] = side.subarray(-4);
    const length = Math.hypot(edgeX - x, edgeY - y);
    dx += (edgeX - x) / length;
    dy += (edgeY - y) / length;
  }
  const points = new Float64Array(2 * behind.length);
  behind.forEach((distance, k) => {
    points[2 * k] = edgeX + distance;
    points[2 * k + 1] = edgeY + dy / dx * WAKE_REACH * (1 - Math.exp(-distance / WAKE_REACH));
  });
  return points;
}

/** A semicircle around the trailing edge and straight lines above and below the wake. */
function outerPoints(
  shares: Float64Array,
  wake: Float64Array,
  [edgeX]: Float64Array,
  { radius, wakeCells, wallResolved }: CMeshSettings,
): Float64Array {
  const sideCells = shares.length - 1;
  const arc = Float64Array.from({ length: 2 * shares.length }, (_, i) => {
    const k = i >> 1;
    const crowded = (1 - Math.exp(-shares[k] / 0.12)) / (1 - Math.exp(-1 / 0.12));
    const angle = Math.PI - Math.PI / 2 * (0.55 * k / sideCells + 0.45 * crowded);
    return i % 2 === 0 ? edgeX + radius * Math.cos(angle) : radius * Math.sin(angle);
  });
  // In fine meshes, this avoids slivers at the far field above the trailing edge.
  const spread = wallResolved ? wakeDistances(0.005 * radius, radius, wakeCells) : undefined;
  const straight = Float64Array.from(
    wake,
    (x, i) => i % 2 === 1 ? radius : spread === undefined ? x : edgeX + spread[i >> 1],
  );
  return joined(reversed(mirrored(straight)), reversed(mirrored(arc)), arc.subarray(2), straight);
}

/** Unit directions of the lines at the section and the wake. */
function innerNormals(
  upper: Float64Array,
  lower: Float64Array,
  wake: Float64Array,
  shares: Float64Array,
): Float64Array {
  const sideCells = shares.length - 1;
  const foil = curveNormals(joined(reversed(lower), upper.subarray(2)));
  const behind = curveNormals(joined(upper.slice(-2), wake));
  // The section meets the wake in a concave corner: turn the directions gradually before it.
  shares.forEach((share, k) => {
    const t = Math.min(Math.max((share - TURN_START) / (1 - TURN_START), 0), 1);
    const turn = t * t * (3 - 2 * t);
    turnTowards(foil, sideCells + k, behind[0], behind[1], turn);
    turnTowards(foil, sideCells - k, -behind[0], -behind[1], turn);
  });
  const wakeNormals = behind.subarray(2);
  return joined(reversed(wakeNormals.map((component) => -component)), foil, wakeNormals);
}

/** Unit normals on the left of a curve, by central differences. */
function curveNormals(curve: Float64Array): Float64Array {
  const last = curve.length / 2 - 1;
  const normals = new Float64Array(curve.length);
  for (let i = 0; i <= last; i++) {
    const before = 2 * Math.max(i - 1, 0);
    const after = 2 * Math.min(i + 1, last);
    const x = curve[after] - curve[before];
    const y = curve[after + 1] - curve[before + 1];
    const length = Math.hypot(x, y);
    normals[2 * i] = -y / length;
    normals[2 * i + 1] = x / length;
  }
  return normals;
}

/** Turns a unit vector towards another one by a share. */
function turnTowards(vectors: Float64Array, i: number, x: number, y: number, share: number): void {
  const turnedX = (1 - share) * vectors[2 * i] + share * x;
  const turnedY = (1 - share) * vectors[2 * i + 1] + share * y;
  const length = Math.hypot(turnedX, turnedY);
  vectors[2 * i] = turnedX / length;
  vectors[2 * i + 1] = turnedY / length;
}

/** Height of the first cell, which grows along the wake. */
function firstHeight({ firstHeight, wallResolved }: CMeshSettings, behind: number): number {
  if (wallResolved) return firstHeight * Math.exp(4.5 * (1 - Math.exp(-behind / 4.5)));
  return firstHeight * (1 + 2 * Math.min(behind, 8));
}

function mirrored(points: Float64Array): Float64Array {
  return points.map((value, i) => i % 2 === 1 ? -value : value);
}

/** Points in the opposite order. */
function reversed(points: Float64Array): Float64Array {
  const last = points.length - 2;
  return points.map((_, i) => points[last - i + 2 * (i % 2)]);
}

function joined(...parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}
