/**
 * Images of node numbers.
 *
 * @module
 */

import type { MapWindow } from "../report_data.ts";

/** An image of node numbers. y points up: the first row is the upper edge. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Node per pixel, row by row from the top; −1 outside the mesh. */
  readonly nodes: Int32Array;
  /** Coordinates of the outer edges of the image. */
  readonly extent: MapWindow;
  /** Names of the coordinates to the right and upwards. */
  readonly axes: readonly [string, string];
}
