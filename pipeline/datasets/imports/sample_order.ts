/**
 * The samples of a source in the order of a store, and their cases.
 *
 * @module
 */

import { basename, dirname, extname, resolve } from "node:path";
import { DataError, UserError } from "../../../errors.ts";
import type { MeshSource } from "../../../io/mesh_file/mesh_file.ts";
import { naturalOrder } from "../../../io/mesh_file/mesh_format.ts";
import { EACH_SAMPLE } from "../draw_splits.ts";
import type { ImportOptions } from "./import_options.ts";
import type { Survey } from "./survey.ts";

/**
 * The samples in natural order of their cases, then times, then ids.
 *
 * @throws {DataError} If there are none, or one is only a piece of a mesh
 * @throws {UserError} If an id occurs twice
 */
export function sampleOrder({ path, samples }: MeshSource): number[] {
  if (samples.length === 0) {
    throw new DataError(`Cannot read "${path}": it must have at least one sample, found none`);
  }
  const piece = samples.find(({ pieceOf }) => pieceOf !== undefined);
  if (piece?.pieceOf !== undefined) {
    throw new DataError(
      `Cannot use "${piece.id}" as a sample: it is a piece of one mesh, "${piece.pieceOf}"; ` +
        "name that file",
    );
  }
  const ranks = (names: readonly string[]) =>
    new Map(naturalOrder(new Set(names)).map((name, rank) => [name, rank]));
  const groups = ranks(samples.map(({ group }) => group));
  const ids = ranks(samples.map(({ id }) => id));
  if (ids.size < samples.length) {
    const id = samples.find(({ id }, k) => samples.findIndex((other) => other.id === id) < k)!.id;
    throw new UserError(
      `Cannot read "${path}": ids of samples must be unique, "${id}" occurs twice; name each ` +
        "file once",
    );
  }
  return [...samples.keys()].sort((a, b) =>
    groups.get(samples[a].group)! - groups.get(samples[b].group)! ||
    (samples[a].time ?? 0) - (samples[b].time ?? 0) ||
    ids.get(samples[a].id)! - ids.get(samples[b].id)!
  );
}

/**
 * The case of each sample: that of its source, or its value of a field.
 *
 * @throws {DataError} If the field has several values on a sample
 */
export function casesOf(
  { samples }: MeshSource,
  order: readonly number[],
  { arrays }: Survey,
  ids: readonly string[],
  { splitBy }: ImportOptions,
): string[] {
  if (splitBy === undefined) return order.map((index) => samples[index].group);
  if (splitBy === EACH_SAMPLE) return [...ids];
  const [component] = arrays.get(splitBy)!.components;
  return ids.map((id, k) => {
    const low = component.sampleLows[k];
    const high = component.sampleHighs[k];
    if (low === high) return `${splitBy}=${low}`;
    throw new DataError(
      `Cannot split by "${splitBy}": it must have one value per sample, sample "${id}" has ` +
        `${low} to ${high}`,
    );
  });
}

/** The name of the file of one case, or of the folder of several. */
export function titleOf({ path, files, samples }: MeshSource): string {
  const isOne = samples.every(({ group }) => group === samples[0].group);
  const place = resolve(isOne || !files.includes(path) ? path : dirname(path));
  return basename(place, extname(place)) || "data";
}
