/**
 * Generated Darcy data sets as mesh stores.
 *
 * @module
 */

import { openMeshStore } from "../../io/mesh_store.ts";
import { darcyHeader, type DarcyOptions, generateDarcySamples } from "./darcy.ts";
import type { SplitShares } from "./splits.ts";
import { pathExists, type Watch, writeSamples } from "./write_samples.ts";

/** Which data set to generate, and how to write it. */
export interface DarcyStoreOptions extends DarcyOptions {
  /** Sizes of the splits. @default three quarters, a twentieth, a fifth */
  readonly shares?: SplitShares;
  /** Whether a store of that name is replaced, once the new one is whole. @default false */
  readonly overwrite?: boolean;
}

/**
 * Generates a data set at `path`, which ends in `.zarr` or `.arrow`.
 *
 * @throws {UserError} If something is at `path` already and `overwrite` is not set
 * @throws {RangeError} If an option is out of range
 */
export async function generateDarcyStore(
  path: string,
  options: DarcyStoreOptions,
  watch: Watch = {},
): Promise<void> {
  const { shares, overwrite = false, ...darcyOptions } = options;
  const header = darcyHeader(darcyOptions, shares);
  await writeSamples(path, header, generateDarcySamples(darcyOptions), { overwrite, ...watch });
}

/**
 * Generates a data set at `path` unless there is one, which is then used however it was made.
 *
 * @returns Whether the data set was generated now
 * @throws {DataError} If what is there is no whole data set
 */
export async function ensureDarcyStore(
  path: string,
  options: DarcyStoreOptions,
  watch: Watch = {},
): Promise<boolean> {
  if (options.overwrite || !await pathExists(path)) {
    await generateDarcyStore(path, options, watch);
    return true;
  }
  await openMeshStore(path);
  return false;
}
