/**
 * The size and the time of a mesh in the first lines of its file.
 *
 * @module
 */

import { DataError, messageOf } from "../../errors.ts";

/** Bytes that contain all lines before the first array. */
const HEAD_BYTES = 16_384;

/** The extents of a grid. */
const EXTENT = /\bWholeExtent\s*=\s*["']\s*((?:-?\d{1,9}\s+){5}-?\d{1,9})\s*["']/;

/** The time among the field data. */
const TIME = /<DataArray\b[^>]*\bName\s*=\s*["']TimeValue["'][^>]*>([^<]*)/;

/** Size and time in the first lines of a file. */
export interface StatedHead {
  /** Points of the first piece, or of the grid. */
  readonly pointCount?: number | undefined;
  /** Physical time, or `encoded` if it is not text. */
  readonly time?: number | "encoded" | undefined;
}

/**
 * The number of points that the first piece of a file, or a grid, states; undefined if the first
 * lines do not. Only a hint, for planning before all files are read.
 *
 * @throws {DataError} If there is no such file
 */
export async function statedPoints(path: string): Promise<number | undefined> {
  return (await statedHead(path)).pointCount;
}

/**
 * The number of points and the time that the first lines of a file state.
 *
 * @throws {DataError} If there is no such file
 */
export async function statedHead(path: string): Promise<StatedHead> {
  const text = await readHead(path);
  const count = text.match(/<Piece\b[^>]*\bNumberOfPoints\s*=\s*["']\s*(\d{1,12})\s*["']/)?.[1];
  return { pointCount: count === undefined ? gridPoints(text) : Number(count), time: timeOf(text) };
}

function gridPoints(text: string): number | undefined {
  const extent = EXTENT.exec(text)?.[1].split(/\s+/).map(Number);
  if (extent === undefined) return undefined;
  const [x0, x1, y0, y1, z0, z1] = extent;
  return Math.max(0, x1 - x0 + 1) * Math.max(0, y1 - y0 + 1) * Math.max(0, z1 - z0 + 1);
}

async function readHead(path: string): Promise<string> {
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(HEAD_BYTES);
    return new TextDecoder("latin1").decode(head.subarray(0, await file.read(head) ?? 0));
  } catch (cause) {
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
  }
}

function timeOf(text: string): StatedHead["time"] {
  const found = TIME.exec(text);
  if (found === null) return undefined;
  if (/\bformat\s*=\s*["'](binary|appended)["']/.test(found[0])) return "encoded";
  const time = found[1].trim() === "" ? NaN : Number(found[1]);
  return Number.isFinite(time) ? time : undefined;
}
