/**
 * The summary of a data set: plain data that a program can read and that is printed for people.
 *
 * @module
 */

import type { CleaningCounts } from "./clean_mesh.ts";
import type { Distribution } from "./nearest_distances.ts";
import type { LeftOut } from "./wanted_arrays.ts";

/** A field in a summary. */
export interface FieldSummary {
  readonly name: string;
  /** Name of the array in the files, and where it is there. */
  readonly array: string;
  readonly place: string;
  readonly role: "input" | "target" | undefined;
  readonly components: number;
  readonly unit: string;
  /** Range of each component, in true values. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Number subtracted from each component in the store. */
  readonly offset?: readonly number[] | undefined;
  /** Values of a categorical array. */
  readonly categories?: readonly number[] | undefined;
}

/** Summary of a data set. */
export interface DataSummary {
  readonly title: string;
  readonly path: string;
  readonly format: string;
  readonly meshes: number;
  /** Cases, whose samples are in one split. */
  readonly cases: number;
  readonly nodes: Distribution;
  readonly dimensions: { readonly count: number; readonly reason: string };
  /** Box around all true positions. */
  readonly box: { readonly low: readonly number[]; readonly high: readonly number[] };
  /** Point from which stored positions are counted. */
  readonly origin?: readonly number[] | undefined;
  /** Distance of nodes to their nearest neighbour. */
  readonly spacing: Distribution;
  readonly points: CleaningCounts;
  /** Cells of all meshes by type, and whether the nodes have cells. */
  readonly cells: Readonly<Record<string, number>>;
  readonly nodePlace: "points" | "centres of cells";
  readonly fields: readonly FieldSummary[];
  /** Nodes whose targets are missing. */
  readonly missingTargets: number;
  readonly leftOut: readonly LeftOut[];
  /** Ids of the samples of each split. */
  readonly splits: Readonly<Record<string, readonly string[]>>;
  /** Sentences about assumptions and about values to check. */
  readonly notes: readonly string[];
}

/** Names of VTK's cell types. */
const CELL_NAMES: Readonly<Record<number, string>> = {
  1: "vertex",
  2: "poly-vertex",
  3: "line",
  4: "poly-line",
  5: "triangle",
  6: "triangle strip",
  7: "polygon",
  8: "pixel",
  9: "quadrilateral",
  10: "tetrahedron",
  11: "voxel",
  12: "hexahedron",
  13: "wedge",
  14: "pyramid",
  21: "quadratic edge",
  22: "quadratic triangle",
  23: "quadratic quadrilateral",
  24: "quadratic tetrahedron",
  25: "quadratic hexahedron",
  26: "quadratic wedge",
  27: "quadratic pyramid",
  41: "convex point set",
  42: "polyhedron",
};

/** Adds counts of cells by VTK type under their names. */
export function cellCounts(
  meshes: Iterable<ReadonlyMap<number, number>>,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const types of meshes) {
    for (const [type, count] of types) {
      const name = CELL_NAMES[type] ?? `VTK type ${type}`;
      counts[name] = (counts[name] ?? 0) + count;
    }
  }
  return counts;
}
