/**
 * Options of an import of files.
 *
 * @module
 */

import type { SourceOptions } from "../../../io/mesh_file/mesh_file.ts";
import type { SplitOptions } from "../draw_splits.ts";

/** Options of {@linkcode importMeshes}. */
export interface ImportOptions extends SplitOptions {
  /** Arrays that a network reads. Without inputs and targets, all arrays become fields. */
  readonly inputs?: readonly string[] | undefined;
  /** Arrays that a network predicts. */
  readonly targets?: readonly string[] | undefined;
  /**
   * Space dimensions; 2 projects the points along the axis across their plane.
   *
   * @default 2 if all points lie in one plane x, y or z = constant or in the two sides of one layer
   * of cells, else those of the files
   */
  readonly dimensions?: 1 | 2 | 3 | undefined;
  /**
   * Data of the cells become data of the points by the mean over the cells at each point, or the
   * centres of the cells become the nodes.
   *
   * @default "average"
   */
  readonly cells?: "average" | "centres" | undefined;
  /** Whether the time of each sample becomes the input `time`. @default false */
  readonly time?: boolean | undefined;
  /** Arrays of categories: one input per value, 1 where it occurs. */
  readonly categorical?: readonly string[] | undefined;
  /** Array that is 1 where the targets are known, and 0 where they are missing. */
  readonly mask?: string | undefined;
  /** Values of targets that stand for "no value"; NaN is one of them if any is given. */
  readonly missing?: readonly number[] | undefined;
  /** Whether values a million times as large as the median are accepted. @default false */
  readonly allowOutliers?: boolean | undefined;
  /** Options with which the files were opened, for the preparation. */
  readonly source?: SourceOptions | undefined;
  /** Name of the data set for people. @default the name of the folder of the files */
  readonly title?: string | undefined;
}
