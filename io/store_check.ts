/**
 * Checks a complete mesh store and reports every problem, while readers stop at the first.
 *
 * @module
 */

import { basename } from "node:path";
import { DataError } from "../errors.ts";
import { openArrowMeshStore } from "./arrow_mesh_store.ts";
import {
  type MeshAttributes,
  type MeshStore,
  parseMeshAttributes,
  SEALED_MESH_FORMAT,
} from "./mesh_attributes.ts";
import { isZip } from "./mesh_file/file_signatures.ts";
import { readFileStart } from "./mesh_file/mesh_format.ts";
import { isZarr } from "./mesh_store.ts";
import { ZARR_NAMES } from "./store_files.ts";
import { findArray, openZarrGroup } from "./zarr_group.ts";
import { checkIsMeshStore } from "./zarr_foreign_store.ts";
import { openZarrMeshStore } from "./zarr_mesh_store.ts";
import { checkSeal } from "./zarr_seal.ts";
import { ZipArchive } from "./zip_archive.ts";

/** The checks of a store, or of the samples of a file. */
export interface StoreCheck {
  /** Description of the store, such as `Zarr, 20 samples`. */
  readonly what: string;
  /** Damage that goes unnoticed; undefined if none. */
  readonly unseen: string | undefined;
  /** Sentences about what was assumed of the data of another program. */
  readonly notes: readonly string[];
  /** Number of chunks and samples. */
  readonly stepCount: number;
  /** The problem of each step, or undefined. */
  readonly problems: AsyncIterable<DataError | undefined>;
}

/** Start of a file or stream of Arrow, and the key of the header of meshes in its metadata. */
const ARROW = /^(ARROW1|\xff\xff\xff\xff)/;
const MESHES = /haloflow:meshes/;

const CELL_ARRAYS = ["cellRanges", "cellConnectivity", "cellSizes", "cellTypes"];

/** Whether a file or folder is a Zarr group or an Arrow file of meshes. */
export async function isMeshStore(path: string): Promise<boolean> {
  const start = await readFileStart(path, "Cannot open");
  if (start.isFolder) return ZARR_NAMES.some((name) => start.entries.includes(name));
  return isZip(start) ? isZarrArchive(path) : ARROW.test(start.text) && MESHES.test(start.text);
}

async function isZarrArchive(path: string): Promise<boolean> {
  const { names } = await ZipArchive.open(path);
  return names.some((name) => ZARR_NAMES.includes(basename(name)));
}

/**
 * Prepares the checks of a mesh store: every chunk of Zarr against its checksum, then every sample
 * as `MeshStore.read` does (shapes, finite numbers, cells).
 *
 * @throws {DataError} If the content of the store cannot be determined
 */
export async function checkMeshStore(path: string): Promise<StoreCheck> {
  return await isZarr(path) ? await checkZarr(path) : await checkArrow(path);
}

async function checkArrow(path: string): Promise<StoreCheck> {
  const store = await openArrowMeshStore(path);
  return {
    what: `Arrow, ${store.sampleCount} samples, ${describeFields(store.attributes)}`,
    unseen: "a changed number that is finite, because Arrow has no checksums",
    notes: [],
    stepCount: store.sampleCount,
    problems: checkSamples(() => Promise.resolve(store)),
  };
}

async function checkZarr(path: string): Promise<StoreCheck> {
  const group = await openZarrGroup(path);
  await checkIsMeshStore(group);
  const attributes = parseMeshAttributes(group.attributes, path);
  const problems: DataError[] = [];
  const attempt = async <T>(step: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      problems.push(error);
      return undefined;
    }
  };
  const checksums = await attempt(() => checkSeal(group.attributes, path));
  const names = ["offsets", "nodeCounts", "position", ...Object.keys(attributes.fields)];
  const arrays = [];
  if (attributes.cells) names.push(...CELL_ARRAYS);
  for (const name of names) {
    const found = await attempt(() => findArray(group, name, checksums));
    if (found !== undefined) arrays.push(found.files);
  }
  const isSealed = attributes.format === SEALED_MESH_FORMAT;
  const hasChecksums = arrays.every((files) => files.hasChecksums);
  const notes: string[] = [];
  const chunkCount = arrays.reduce((sum, files) => sum + files.chunkCount, 0);
  return {
    what: `Zarr, ${attributes.ids.length} samples in ${chunkCount} chunks, ` +
      describeFields(attributes),
    unseen: isSealed
      ? undefined
      : hasChecksums
      ? "changed attributes, because only the chunks have checksums"
      : "a changed number that is finite, because there are no checksums",
    notes,
    stepCount: problems.length + chunkCount + attributes.ids.length,
    problems: (async function* () {
      yield* problems;
      for (const files of arrays) yield* files.check();
      yield* checkSamples(async () => {
        const store = await openZarrMeshStore(path);
        notes.push(...store.notes ?? []);
        return store;
      });
    })(),
  };
}

/** The fields of a store by name. */
function describeFields({ fields }: MeshAttributes): string {
  const names = Object.entries(fields).map(([name, { components }]) =>
    components === 1 ? name : `${name} (${components})`
  );
  return names.length === 0 ? "no fields" : `fields ${names.join(", ")}`;
}

async function* checkSamples(
  open: () => Promise<MeshStore>,
): AsyncGenerator<DataError | undefined> {
  const attempt = async <T>(step: () => Promise<T>): Promise<T | DataError> => {
    try {
      return await step();
    } catch (error) {
      if (error instanceof DataError) return error;
      throw error;
    }
  };
  const store = await attempt(open);
  if (store instanceof DataError) return yield store;
  for (let index = 0; index < store.sampleCount; index++) {
    const sample = await attempt(() =>
      store.read(index, { cells: store.attributes.cells === true })
    );
    yield sample instanceof DataError ? sample : undefined;
  }
}
