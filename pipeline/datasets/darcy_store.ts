/**
 * Generated Darcy data sets as mesh stores.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { type MeshAttributes, type MeshStoreHeader, openMeshStore } from "../../io/mesh_store.ts";
import { darcyGenerator, darcyHeader, type DarcyOptions, generateDarcySamples } from "./darcy.ts";
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
 * Generates a data set at `path` unless there is one.
 *
 * A data set that was generated must be the one the options ask for; one that came from elsewhere is taken as it is.
 *
 * @returns Whether the data set was generated now
 * @throws {UserError} If a data set of other options was generated there
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
  const { attributes } = await openMeshStore(path);
  if (attributes.generator?.name === darcyGenerator) {
    checkSameData(path, attributes, darcyHeader(options, options.shares));
  }
  return false;
}

function checkSameData(path: string, found: MeshAttributes, wanted: MeshStoreHeader): void {
  const [foundFacts, wantedFacts] = [factsOf(found), factsOf(wanted)];
  const differing = Object.keys(wantedFacts).filter((name) => foundFacts[name] !== wantedFacts[name]);
  if (differing.length === 0) return;
  const list = (facts: Record<string, unknown>) =>
    differing.map((name) => `${name} ${facts[name]}`).join(", ");
  throw new UserError(
    `Cannot use "${path}" as it was generated with other options: it has ${list(foundFacts)} where ` +
      `${list(wantedFacts)} is asked for; choose another path or generate it again with --overwrite`,
  );
}

/** What distinguishes one generated data set from another, by name. */
function factsOf({ generator, seed, splits }: MeshStoreHeader): Record<string, unknown> {
  const sizes = Object.values(splits).map((samples) => samples.length);
  return { ...generator, seed, splits: sizes.join("/") };
}
