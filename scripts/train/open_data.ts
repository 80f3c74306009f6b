/**
 * The data of a training: a store, or files that are converted to one.
 *
 * @module
 */

import { basename, dirname, extname, resolve } from "node:path";
import { UserError } from "../../errors.ts";
import type { MeshSource } from "../../io/mesh_file/mesh_file.ts";
import { openMeshFiles } from "../../io/mesh_file/open_mesh_file.ts";
import { type MeshStore, openMeshStore } from "../../io/mesh_store.ts";
import { importMeshes } from "../../pipeline/datasets/imports/import_meshes.ts";
import type { ImportOptions } from "../../pipeline/datasets/imports/import_options.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import { isStore, openExisting } from "../convert/convert_existing.ts";
import { convertOnce, convertTo } from "../convert/convert_to.ts";
import { fileOptionsOf, type ImportFlags } from "../options/import_flags.ts";
import type { RunFlags } from "../options/run_flags.ts";
import { startProgress } from "../progress/progress.ts";
import { pipelineName, storeName } from "./own_pipeline.ts";
import { resultsDirectory } from "./run_and_report.ts";

/** Flags of the data of a training. */
export interface DataFlags extends RunFlags, Omit<ImportFlags, "test"> {
  /** False without a test. */
  readonly test?: ImportFlags["test"] | false;
}

/** The data of a training. */
export interface TrainingData {
  readonly store: MeshStore;
  /** Name of the pipeline. */
  readonly name: string;
  /** Fields by role; undefined for those of the store. */
  readonly named: Required<Pick<ImportFlags, "inputs" | "targets">>;
}

const MODULE = new URL("../../pipeline/datasets/imports/import_meshes.ts", import.meta.url);

/** A training has no use for a validation split. */
const DEFAULT_SHARES: SplitShares = { train: 4, validation: 0, test: 1 };
const ONLY_TRAINING: SplitShares = { train: 1, validation: 0, test: 0 };

/** Options of an import that a store has already decided. */
const FILE_FLAGS = [
  "dimensions",
  "cells",
  "times",
  "position",
  "sample",
  "axes",
  "categorical",
  "mask",
  "missing",
  "allowOutliers",
  "splitBy",
] as const;

/**
 * Opens a store, or converts files to a store next to the results, unless it is what the same
 * command made before.
 *
 * @param args Files as the user names them
 * @param paths The files that exist
 * @throws {UserError} If an option does not apply, or there is no target.
 */
export async function openData(
  args: readonly string[],
  paths: readonly string[],
  flags: DataFlags,
): Promise<TrainingData> {
  const [path] = paths;
  const isOfStore = await isStore(paths);
  const name = pipelineName(flags.title ?? (isOfStore ? storeName(path) : nameOf(paths)));
  const place = resultsDirectory({ name }, flags);
  // A store of its own: the given one may be the conversion of an earlier training.
  if (isOfStore) return await openStore(path, name, `${place}.split.zarr`, flags);
  const out = `${place}.data.zarr`;
  const options = await fileOptionsOf(fileFlags(flags));
  const source = await openMeshFiles(paths, options.source);
  if (flags.targets === undefined) throw await withoutTargets(args[0], source);
  await convert(out, flags, { ...options, paths }, source.files, async () => {
    const progress = startProgress("read", source.samples.length, "samples");
    return (await importMeshes(source, options.import, (done) => progress.update(done))
      .finally(() => progress.stop())).store;
  });
  // Names of fields may differ from those of arrays, and the store has the roles.
  const named = { inputs: undefined, targets: undefined };
  return { store: await openMeshStore(out), name, named };
}

/** Opens a store, of which other splits make another store next to the results. */
async function openStore(
  path: string,
  name: string,
  out: string,
  flags: DataFlags,
): Promise<TrainingData> {
  const given = FILE_FLAGS.find((flag) => flags[flag] !== undefined);
  if (given !== undefined) {
    const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UserError(
      `Cannot use --${flag}: it applies to files, "${path}" is a store, for which the conversion ` +
        "decided it",
    );
  }
  const { inputs, targets, test, splits, train, validation, splitList, splitSeed } = flags;
  const named = { inputs, targets };
  const isSplit = [test || undefined, splits, train, validation, splitList, splitSeed]
    .some((value) => value !== undefined);
  if (!isSplit) return { store: await openMeshStore(path), name, named };
  const { import: { shares, named: names, seed } } = await fileOptionsOf(fileFlags(flags));
  const options: ImportOptions = { shares, named: names, seed };
  await convert(
    out,
    flags,
    { ...options, paths: [path] },
    [path],
    () => openExisting(path, options),
  );
  return { store: await openMeshStore(out), name, named };
}

/** Writes a store, unless it is what the same command made before. */
async function convert(
  out: string,
  { cache, missing }: DataFlags,
  options: object,
  sources: readonly string[],
  open: () => Promise<MeshStore>,
): Promise<void> {
  const recipe = { ...options, missing: missing?.map(String) };
  const conversion = { command: "train", module: MODULE, sources, options: recipe };
  await convertOnce(conversion, out, { cache, overwrite: true }, async () => {
    await convertTo(out, await open(), { overwrite: true });
  });
}

/** Flags of the import, with the splits of a training. */
function fileFlags({ test, splits, ...flags }: DataFlags): ImportFlags {
  if (test === false) return { ...flags, splits: ONLY_TRAINING };
  return { ...flags, test, splits: splits ?? DEFAULT_SHARES };
}

/** The error of a training without targets, with the arrays to choose from. */
async function withoutTargets(path: string, source: MeshSource): Promise<UserError> {
  const { pointData, cellData, fieldData } = await source.read(0);
  const names = [pointData, cellData, fieldData].flatMap(({ names }) => names);
  const found = names.length === 0
    ? "its meshes have no arrays"
    : `its meshes have ${names.join(", ")}; name some, such as --targets ${names.at(-1)}, and ` +
      "what the network reads with --inputs";
  return new UserError(`Cannot train on "${path}": --targets is required; ${found}`);
}

/** The name of a file without its ending, or of the folder of several. */
function nameOf(paths: readonly string[]): string {
  const folders = new Set(paths.map((path) => dirname(resolve(path))));
  const [path] = paths;
  if (paths.length === 1) return basename(resolve(path), extname(path));
  const [folder] = folders;
  return basename(folders.size === 1 ? folder : dirname(folder));
}
