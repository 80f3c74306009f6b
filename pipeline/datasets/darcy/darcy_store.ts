/**
 * Generated Darcy data sets as mesh stores.
 *
 * @module
 */

import { type MeshStoreHeader, openMeshStore } from "../../../io/mesh_store.ts";
import { darcyHeader, type DarcyOptions, generateDarcySamples } from "./darcy_data.ts";
import type { SplitShares } from "../splits.ts";
import { pathExists, type Watch, writeSamples } from "../write_samples.ts";

/** The data set to generate, and options of writing it. */
export interface DarcyStoreOptions extends DarcyOptions {
  /** Sizes of the splits. @default three quarters, a twentieth, a fifth */
  readonly shares?: SplitShares | undefined;
  /** Whether an existing store is replaced once the new one is complete. @default false */
  readonly overwrite?: boolean | undefined;
}

/**
 * Generates a data set at `path`, which ends in `.zarr` or `.arrow`.
 *
 * @throws {UserError} If `path` exists and `overwrite` is not set
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

/** Progress of a data set that may exist. */
export interface EnsureWatch extends Watch {
  /** Called with the difference if the settings of the existing data set differ. */
  readonly onDifference?: ((difference: string) => void) | undefined;
}

/**
 * Generates a data set at `path` unless one exists, whose settings may differ.
 *
 * @returns Whether the data set was generated
 * @throws {DataError} If `path` exists and is not a complete data set
 */
export async function ensureDarcyStore(
  path: string,
  options: DarcyStoreOptions,
  { onDifference, ...watch }: EnsureWatch = {},
): Promise<boolean> {
  if (options.overwrite || !await pathExists(path)) {
    await generateDarcyStore(path, options, watch);
    return true;
  }
  const { attributes } = await openMeshStore(path);
  const difference = differenceOf(attributes, darcyHeader(options, options.shares));
  if (difference !== undefined) onDifference?.(difference);
  return false;
}

/** The first setting in which a data set differs from the expected one; undefined if none does. */
function differenceOf(found: MeshStoreHeader, expected: MeshStoreHeader): string | undefined {
  const settingsOf = ({ generator, seed, splits }: MeshStoreHeader): Record<string, unknown> => ({
    ...generator,
    seed,
    splits,
  });
  const foundSettings = settingsOf(found);
  const expectedSettings = settingsOf(expected);
  const name = Object.keys(expectedSettings).find((name) =>
    JSON.stringify(foundSettings[name]) !== JSON.stringify(expectedSettings[name])
  );
  if (name === undefined) return undefined;
  if (name === "splits") return "its splits differ";
  const value = JSON.stringify(foundSettings[name]) ?? "unknown";
  return `its ${name} is ${value} instead of ${JSON.stringify(expectedSettings[name])}`;
}
