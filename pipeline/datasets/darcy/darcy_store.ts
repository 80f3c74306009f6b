/**
 * Generated Darcy data sets as mesh stores.
 *
 * @module
 */

import { type MeshStoreHeader, openMeshStore } from "../../../io/mesh_store.ts";
import { darcyHeader, type DarcyOptions, generateDarcySamples } from "./darcy_data.ts";
import type { SplitShares } from "../splits.ts";
import { pathExists, type Watch, writeSamples } from "../write_samples.ts";

/** Which data set to generate, and how to write it. */
export interface DarcyStoreOptions extends DarcyOptions {
  /** Sizes of the splits. @default three quarters, a twentieth, a fifth */
  readonly shares?: SplitShares | undefined;
  /** Whether a store of that name is replaced, once the new one is whole. @default false */
  readonly overwrite?: boolean | undefined;
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

/** How a data set is watched that may be there already. */
export interface EnsureWatch extends Watch {
  /** Told what differs if the data set that is there was made in another way. */
  readonly onOther?: ((difference: string) => void) | undefined;
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
  { onOther, ...watch }: EnsureWatch = {},
): Promise<boolean> {
  if (options.overwrite || !await pathExists(path)) {
    await generateDarcyStore(path, options, watch);
    return true;
  }
  const { attributes } = await openMeshStore(path);
  const difference = differenceOf(attributes, darcyHeader(options, options.shares));
  if (difference !== undefined) onOther?.(difference);
  return false;
}

/** What of the generator of a data set is not as in `wanted`; undefined if all is. */
function differenceOf(there: MeshStoreHeader, wanted: MeshStoreHeader): string | undefined {
  const settings = ({ generator, seed, splits }: MeshStoreHeader) => ({
    ...generator,
    seed,
    splits,
  });
  const [is, should]: Record<string, unknown>[] = [settings(there), settings(wanted)];
  const name = Object.keys(should).find((name) =>
    JSON.stringify(is[name]) !== JSON.stringify(should[name])
  );
  if (name === undefined) return undefined;
  if (name === "splits") return "its splits are others";
  return `its ${name} is ${JSON.stringify(is[name]) ?? "not known"} and not ` +
    `${JSON.stringify(should[name])}`;
}
