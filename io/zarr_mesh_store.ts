/**
 * Mesh stores in Zarr: one group per data set with `offsets`, `position` and one array per field,
 * each of which holds the nodes of one mesh after another.
 *
 * @module
 */

import { join } from "node:path";
import { DataError, UserError } from "../errors.ts";
import {
  type PendingDirectory,
  writeDirectoryAtomically,
  writeError,
  type WriteOptions,
} from "./atomic_write.ts";
import { chooseChunkRows, MIN_CHUNK_ROWS } from "./chunk_rows.ts";
import {
  checkHasCells,
  checkNodeCount,
  checkSample,
  checkSampleIndex,
  checkSampleLists,
  checkSplits,
  type MeshSample,
  type MeshStore,
  type MeshStoreHeader,
  parseMeshAttributes,
  parseMeshStoreHeader,
  readsCells,
  splitOf,
} from "./mesh_attributes.ts";
import { ZarrArray } from "./zarr_array.ts";
import { openZarrGroup } from "./zarr_group.ts";
import { checkIsMeshStore, findFrame, maskMissing, refuseMissing } from "./zarr_foreign_store.ts";
import { ZarrCells, ZarrCellsWriter } from "./zarr_cells.ts";
import { checkSeal, sealed } from "./zarr_seal.ts";
import { writeZarrGroup, ZarrArrayWriter } from "./zarr_writer.ts";

/** Opens a mesh store in Zarr, version 2 or 3, and checks that it is complete. */
export async function openZarrMeshStore(path: string): Promise<MeshStore> {
  const group = await openZarrGroup(path);
  await checkIsMeshStore(group);
  const checksums = checkSeal(group.attributes, path);
  const stated = parseMeshAttributes(group.attributes, path);
  const sampleCount = stated.ids.length;
  const offsets = await (await ZarrArray.open(group, "offsets", checksums)).readIntegers(
    sampleCount + 1,
  );
  const counts = await ZarrArray.openOptional(group, "nodeCounts", checksums);
  const nodeCounts = await counts?.readIntegers(sampleCount) ??
    offsets.slice(1).map((end, i) => end - offsets[i]);
  checkOffsets(offsets, nodeCounts, path);
  checkNodeCount(stated, sum(nodeCounts), path);
  const rowCount = offsets[sampleCount];

  const openRows = async (name: string, columns: number): Promise<ZarrArray> => {
    const array = await ZarrArray.open(group, name, checksums);
    const { shape } = array.layout;
    if (shape.length === 2 && shape[0] === rowCount && shape[1] === columns) return array;
    throw new DataError(
      `Cannot open mesh store "${path}": array "${name}" must have shape ${rowCount} × ` +
        `${columns}, it has ${shape.join(" × ")}`,
    );
  };
  const position = await openRows("position", stated.dimensions);
  const fields = new Map<string, ZarrArray>();
  for (const [name, { components }] of Object.entries(stated.fields)) {
    fields.set(name, await openRows(name, components));
  }
  const cells = stated.cells && await ZarrCells.open(group, sampleCount, checksums);
  const rowsOf = (sample: number) =>
    [offsets[sample], offsets[sample] + nodeCounts[sample]] as const;
  const frame = await findFrame(stated, position, fields, rowsOf, path);
  const attributes = frame.attributes;

  return {
    path,
    attributes,
    sampleCount,
    nodeCounts,
    notes: [position, ...fields.values()].flatMap((array) => array.notes),
    split: (name) => splitOf(attributes, name, path),
    async read(index, options = {}) {
      checkSampleIndex(index, sampleCount, path);
      const withCells = readsCells(attributes, options, path);
      const [start, end] = rowsOf(index);
      const values: Record<string, Float32Array> = {};
      for (const [name, array] of fields) {
        values[name] = await array.readFloats(start, end, frame.offsets.get(name));
      }
      const what = `sample ${index} ("${attributes.ids[index]}")`;
      maskMissing(attributes, values);
      for (const [name, array] of fields) refuseMissing(name, values[name], array, what, path);
      const nodes: MeshSample = {
        id: attributes.ids[index],
        dimensions: attributes.dimensions,
        nodeCount: nodeCounts[index],
        position: await frame.readPosition(index),
        fields: values,
      };
      const sample = withCells ? { ...nodes, cells: await cells!.read(index) } : nodes;
      checkSample(attributes, sample, what, path);
      return sample;
    },
  };
}

function checkOffsets(
  offsets: readonly number[],
  nodeCounts: readonly number[],
  path: string,
): void {
  const fail = (reason: string) => {
    throw new DataError(`Cannot open mesh store "${path}": ${reason}`);
  };
  if (offsets[0] !== 0) fail(`"offsets" must start at 0, it starts at ${offsets[0]}`);
  for (let i = 0; i < nodeCounts.length; i++) {
    const room = offsets[i + 1] - offsets[i];
    if (!Number.isSafeInteger(room) || room <= 0) {
      fail(`"offsets" must ascend, sample ${i} is ${offsets[i]} to ${offsets[i + 1]}`);
    }
    if (nodeCounts[i] <= 0 || nodeCounts[i] > room) {
      fail(`"nodeCounts" must be within 1 and ${room} at sample ${i}, it is ${nodeCounts[i]}`);
    }
  }
}

/** Options of writing a mesh store. */
export interface MeshStoreOptions extends WriteOptions {
  /**
   * Nodes per chunk. Every mesh starts a chunk; its last chunk is padded with zeros.
   * @default chosen for `nodeCounts`
   */
  readonly chunkRows?: number | undefined;
  /**
   * Expected nodes of each mesh, 0 if unknown; a wrong guess costs disk space only.
   * @default the nodes of the first mesh, one chunk each
   */
  readonly nodeCounts?: readonly number[] | undefined;
}

/** Writes a mesh store sample by sample; `close` moves it to its path. */
export interface MeshStoreWriter {
  /**
   * Appends a sample.
   *
   * @throws {DataError} If it does not match the attributes, its id is in use, or it has NaN
   */
  add(sample: Omit<MeshSample, "dimensions" | "nodeCount">): Promise<void>;
  /** Completes the store and moves it to its path. */
  close(): Promise<void>;
  /** Removes what was written. */
  abort(): Promise<void>;
}

/**
 * Starts a mesh store in Zarr v3 (float32, bit-shuffled zstd by blosc, a CRC-32 per chunk).
 *
 * It is written to a temporary directory next to `path`, which is renamed when closed and removed
 * if a write fails.
 *
 * @throws {UserError} If `path` exists and `overwrite` is not set
 * @throws {DataError} If the attributes are invalid
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createMeshStore, openMeshStore } from "./mesh_store.ts";
 *
 * const path = `${await Deno.makeTempDir()}/wing.zarr`;
 * const writer = await createMeshStore(path, {
 *   case: "wing",
 *   dimensions: 2,
 *   fields: { velocity: { components: 2, unit: "m/s", role: "target" } },
 *   splits: { train: [0] },
 * });
 * const position = Float32Array.of(0, 0, 1, 0, 0, 1);
 * await writer.add({ id: "a", position, fields: { velocity: Float32Array.of(1, 0, 2, 0, 3, 0) } });
 * await writer.close();
 * assert.equal((await (await openMeshStore(path)).read(0)).nodeCount, 3);
 * ```
 */
export async function createMeshStore(
  path: string,
  header: MeshStoreHeader,
  options: MeshStoreOptions = {},
): Promise<MeshStoreWriter> {
  const checked = parseMeshStoreHeader(header, path);
  const { chunkRows } = options;
  if (chunkRows !== undefined && !(Number.isSafeInteger(chunkRows) && chunkRows > 0)) {
    throw new RangeError(
      `Cannot write mesh store "${path}": chunkRows must be > 0, received ${chunkRows}`,
    );
  }
  return new ZarrMeshStoreWriter(
    path,
    checked,
    await writeDirectoryAtomically(path, options),
    options,
  );
}

class ZarrMeshStoreWriter implements MeshStoreWriter {
  readonly #path: string;
  readonly #header: MeshStoreHeader;
  readonly #directory: PendingDirectory;
  readonly #foreseenCounts: readonly number[];
  readonly #minCellRows: number;
  readonly #ids = new Set<string>();
  readonly #offsets: number[] = [0];
  readonly #nodeCounts: number[] = [];
  readonly #arrays = new Map<string, ZarrArrayWriter>();
  #cells: ZarrCellsWriter | undefined;
  #chunkRows: number | undefined;
  #finished = false;

  constructor(
    path: string,
    header: MeshStoreHeader,
    directory: PendingDirectory,
    { chunkRows, nodeCounts = [] }: MeshStoreOptions,
  ) {
    this.#path = path;
    this.#header = header;
    this.#directory = directory;
    this.#chunkRows = chunkRows;
    this.#foreseenCounts = nodeCounts;
    this.#minCellRows = chunkRows === undefined ? MIN_CHUNK_ROWS : 1;
  }

  add(sample: Omit<MeshSample, "dimensions" | "nodeCount">): Promise<void> {
    return this.#attempt(async () => {
      const { dimensions, fields } = this.#header;
      const nodeCount = Math.floor(sample.position.length / dimensions);
      const what = `sample ${this.#nodeCounts.length} ("${sample.id}")`;
      checkSample(this.#header, { ...sample, dimensions, nodeCount }, what, this.#path);
      checkHasCells(this.#header, sample, what, this.#path);
      if (this.#ids.has(sample.id)) {
        throw new DataError(
          `Cannot use ${what} of "${this.#path}": its id belongs to another sample`,
        );
      }
      // The size of the first mesh is known: with it, chunks are not far too small when all other
      // sizes are guessed so.
      this.#chunkRows ??= chooseChunkRows([nodeCount, ...this.#foreseenCounts.slice(1)]);
      const { cells } = sample;
      if (cells) {
        const { temporary } = this.#directory;
        const nodeRoom = this.#chunkRows / nodeCount;
        this.#cells ??= new ZarrCellsWriter(temporary, cells, nodeRoom, this.#minCellRows);
        await this.#cells.append(cells);
      }
      await this.#array("position", dimensions).append(sample.position);
      for (const [name, { components }] of Object.entries(fields)) {
        await this.#array(name, components).append(sample.fields[name]);
      }
      this.#ids.add(sample.id);
      this.#nodeCounts.push(nodeCount);
      this.#offsets.push(this.#array("position", dimensions).rowCount);
    });
  }

  close(): Promise<void> {
    return this.#attempt(async () => {
      if (this.#ids.size === 0) {
        throw new DataError(`Cannot write mesh store "${this.#path}": it has no samples`);
      }
      const action = `Cannot write mesh store "${this.#path}"`;
      checkSampleLists(this.#header, this.#ids.size, action);
      checkSplits(this.#header.splits, this.#ids.size, action);
      const checksums: Record<string, number> = {
        offsets: await this.#writeIntegers("offsets", this.#offsets),
      };
      const padded = this.#nodeCounts.some((count, i) =>
        count !== this.#offsets[i + 1] - this.#offsets[i]
      );
      if (padded) checksums.nodeCounts = await this.#writeIntegers("nodeCounts", this.#nodeCounts);
      for (const [name, array] of this.#arrays) checksums[name] = await array.finish();
      Object.assign(checksums, await this.#cells?.finish());
      // Last: a directory without attributes is not a group.
      const attributes = { ...this.#header, ids: [...this.#ids], nodeCount: sum(this.#nodeCounts) };
      await writeZarrGroup(this.#directory.temporary, sealed(attributes, checksums));
      await this.#directory.publish();
      this.#finished = true;
    });
  }

  async abort(): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    await this.#directory.discard();
  }

  #array(name: string, columns: number): ZarrArrayWriter {
    let array = this.#arrays.get(name);
    if (!array) {
      array = new ZarrArrayWriter(join(this.#directory.temporary, name), "float32", [
        this.#chunkRows!,
        columns,
      ]);
      this.#arrays.set(name, array);
    }
    return array;
  }

  /** Writes an array of integers. @returns The checksum of its metadata */
  async #writeIntegers(name: string, values: readonly number[]): Promise<number> {
    const array = new ZarrArrayWriter(join(this.#directory.temporary, name), "int64", [
      values.length,
    ]);
    await array.append(BigInt64Array.from(values, BigInt));
    return await array.finish();
  }

  /** Runs a step of writing, whose failure aborts the store. */
  async #attempt(step: () => Promise<void>): Promise<void> {
    if (this.#finished) {
      throw new UserError(`Cannot write mesh store "${this.#path}": it is closed`);
    }
    try {
      await step();
    } catch (cause) {
      await this.abort();
      throw cause instanceof TypeError || cause instanceof RangeError
        ? cause
        : writeError(this.#path, cause);
    }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
