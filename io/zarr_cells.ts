/**
 * The cells of all meshes of a Zarr store, one mesh after another, in four arrays:
 * `cellConnectivity` (node numbers within the mesh), `cellSizes` (nodes of each cell: almost
 * constant, so that they compress to nothing), `cellTypes`, and `cellRanges` `[samples, 4]` (first
 * cell, cells, first entry of the connectivity, entries).
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../errors.ts";
import { cellOffsets, cellSizes, type MeshCells } from "./mesh_cells.ts";
import { ZarrArray } from "./zarr_array.ts";
import type { ArrayChecksums, ZarrGroup } from "./zarr_group.ts";
import { ZarrArrayWriter } from "./zarr_writer.ts";

/** Reads the cells of a store, a mesh at a time. */
export class ZarrCells {
  readonly #ranges: readonly number[];
  readonly #connectivity: ZarrArray;
  readonly #sizes: ZarrArray;
  readonly #types: ZarrArray;

  private constructor(
    ranges: readonly number[],
    connectivity: ZarrArray,
    sizes: ZarrArray,
    types: ZarrArray,
  ) {
    this.#ranges = ranges;
    this.#connectivity = connectivity;
    this.#sizes = sizes;
    this.#types = types;
  }

  /** Opens the arrays. @throws {DataError} If they are incomplete or do not match each other */
  static async open(
    group: ZarrGroup,
    sampleCount: number,
    checksums?: ArrayChecksums,
  ): Promise<ZarrCells> {
    const ranges = await (await ZarrArray.open(group, "cellRanges", checksums)).readIntegers(
      sampleCount,
      4,
    );
    const connectivity = await ZarrArray.open(group, "cellConnectivity", checksums);
    const sizes = await ZarrArray.open(group, "cellSizes", checksums);
    const types = await ZarrArray.open(group, "cellTypes", checksums);
    const fail = (reason: string) => {
      throw new DataError(`Cannot open mesh store "${group.path}": ${reason}`);
    };
    for (const [name, { layout }] of Object.entries({ connectivity, sizes, types })) {
      if (layout.shape.length !== 1) {
        fail(`cell ${name} must have 1 dimension, it has ${layout.shape.length}`);
      }
    }
    if (types.layout.dataType !== "uint8") {
      fail(`"cellTypes" must be uint8, it is ${types.layout.dataType}`);
    }
    if (sizes.rowCount !== types.rowCount) {
      fail(
        `"cellSizes" must have as many numbers as "cellTypes", ${types.rowCount}, it has ` +
          `${sizes.rowCount}`,
      );
    }
    for (let sample = 0; sample < sampleCount; sample++) {
      const range = ranges.slice(4 * sample, 4 * sample + 4);
      const [cell, cells, entry, entries] = range;
      const isWithin = (start: number, count: number, end: number) =>
        start >= 0 && count > 0 && start + count <= end;
      if (
        isWithin(cell, cells, types.rowCount) && isWithin(entry, entries, connectivity.rowCount)
      ) continue;
      fail(
        `"cellRanges" must be within ${types.rowCount} cells and ${connectivity.rowCount} ` +
          `entries, sample ${sample} has ${range.join(", ")}`,
      );
    }
    return new ZarrCells(ranges, connectivity, sizes, types);
  }

  /** The cells of a sample. @throws {DataError} If chunks are missing or damaged */
  async read(sample: number): Promise<MeshCells> {
    const [cell, cells, entry, entries] = this.#ranges.slice(4 * sample, 4 * sample + 4);
    return {
      connectivity: await this.#connectivity.readUnsigned(entry, entry + entries),
      offsets: cellOffsets(await this.#sizes.readUnsigned(cell, cell + cells)),
      types: Uint8Array.from(await this.#types.readUnsigned(cell, cell + cells)),
    };
  }
}

/** Allowance in a chunk for meshes with more cells than the first, if sizes differ. */
const SPARE_ROOM = 1.05;

/** Writes the cells of a store, mesh by mesh; every mesh starts a chunk. */
export class ZarrCellsWriter {
  readonly #ranges: bigint[] = [];
  readonly #rangesArray: ZarrArrayWriter;
  readonly #connectivity: ZarrArrayWriter;
  readonly #sizes: ZarrArrayWriter;
  readonly #types: ZarrArrayWriter;

  /**
   * @param directory The folder of the store
   * @param first Cells of the first mesh
   * @param nodeRoom Nodes of a chunk, as a multiple of the nodes of the first mesh
   * @param minRows Minimum rows of a chunk: the first mesh may have far fewer cells than the others
   */
  constructor(directory: string, first: MeshCells, nodeRoom: number, minRows: number) {
    const room = (count: number) =>
      Math.max(minRows, nodeRoom === 1 ? count : Math.ceil(count * nodeRoom * SPARE_ROOM));
    const path = (name: string) => join(directory, name);
    const cells = room(first.types.length);
    const entries = room(first.connectivity.length);
    this.#rangesArray = new ZarrArrayWriter(path("cellRanges"), "int64", [1024, 4]);
    this.#connectivity = new ZarrArrayWriter(path("cellConnectivity"), "uint32", [entries]);
    this.#sizes = new ZarrArrayWriter(path("cellSizes"), "uint32", [cells]);
    this.#types = new ZarrArrayWriter(path("cellTypes"), "uint8", [cells]);
  }

  async append({ connectivity, offsets, types }: MeshCells): Promise<void> {
    const range = [
      this.#types.rowCount,
      types.length,
      this.#connectivity.rowCount,
      connectivity.length,
    ];
    this.#ranges.push(...range.map(BigInt));
    await this.#connectivity.append(connectivity);
    await this.#sizes.append(cellSizes(offsets));
    await this.#types.append(types);
  }

  /** Completes the arrays. @returns The checksums of their metadata, by name */
  async finish(): Promise<Readonly<Record<string, number>>> {
    await this.#rangesArray.append(BigInt64Array.from(this.#ranges));
    return {
      cellRanges: await this.#rangesArray.finish(this.#ranges.length / 4),
      cellConnectivity: await this.#connectivity.finish(),
      cellSizes: await this.#sizes.finish(),
      cellTypes: await this.#types.finish(),
    };
  }
}
