/**
 * Conversion of a store to another format, precision, title or splits.
 *
 * @module
 */

import { extname, join } from "node:path";
import { UserError } from "../../errors.ts";
import { type MeshStore, openMeshStore } from "../../io/mesh_store.ts";
import { drawSplits } from "../../pipeline/datasets/draw_splits.ts";
import type { ImportOptions } from "../../pipeline/datasets/imports/import_options.ts";

/** Files by which a folder is a Zarr group. */
const ZARR_METADATA = ["zarr.json", ".zgroup", ".zattrs"];

/** Options of an import that also apply to stores. */
const STORE_OPTIONS = ["shares", "named", "seed", "title"];

/** Whether the only path is a store, by its name or its files. */
export async function isStore(paths: readonly string[]): Promise<boolean> {
  const [path] = paths;
  if (paths.length !== 1) return false;
  if ([".zarr", ".arrow"].includes(extname(path.replace(/\.zip$/i, "")).toLowerCase())) {
    return extname(path).toLowerCase() !== ".arrow" || await isMeshArrow(path);
  }
  const found = ZARR_METADATA.map((name) =>
    Deno.stat(join(path, name)).then(() => true, () => false)
  );
  return (await Promise.all(found)).includes(true);
}

/** Whether an Arrow file is a mesh store, not a table of points. */
async function isMeshArrow(path: string): Promise<boolean> {
  return await openMeshStore(path).then(() => true, () => false);
}

/**
 * Opens a store with another title or other splits.
 *
 * @throws {DataError} If it is no store
 * @throws {UserError} If an option applies only to files of other programs
 */
export async function openExisting(path: string, options: ImportOptions): Promise<MeshStore> {
  const given = Object.entries(options).filter(([, value]) =>
    Array.isArray(value) ? true : value !== undefined && value !== false
  );
  const other = given.find(([name, value]) =>
    !STORE_OPTIONS.includes(name) && !(name === "source" && isEmpty(value))
  );
  if (other) {
    throw new UserError(
      `Cannot convert "${path}" with other ${other[0]}: it is a store already, of which a ` +
        "conversion changes the format, precision, title and splits",
    );
  }
  const store = await openMeshStore(path);
  const { attributes } = store;
  const { shares, named, title } = options;
  const splits = shares === undefined && named === undefined
    ? attributes.splits
    : { ...drawSplits(attributes.ids, attributes.groups ?? attributes.ids, options) };
  return {
    ...store,
    attributes: { ...attributes, title: title ?? attributes.title, splits },
    split: (name) => splits[name] ?? store.split(name),
  };
}

function isEmpty(value: unknown): boolean {
  return Object.values(value as object).every((item) => item === undefined);
}
