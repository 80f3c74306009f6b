/**
 * Reads arrays of a Zarr group on disk, version 2 or 3, row by row. zarrita decodes the chunks;
 * `ChunkFiles` checks that they are complete.
 *
 * @module
 */

import * as zarr from "zarrita";
import { DataError } from "../errors.ts";
import { registerCodecs } from "./zarr_codecs.ts";
import { type ArrayChecksums, findArray, type ZarrGroup } from "./zarr_group.ts";
import type { ZarrLayout } from "./zarr_layout.ts";
import { type Packing, parsePacking, zeroNote } from "./cf_packing.ts";

registerCodecs();

/** Maximum memory of the rows of one mesh: metadata may state anything. */
const MAX_BYTES = 2 ** 31;

/** A chunk in memory: numbers, and how far apart rows and columns are. */
interface Chunk {
  readonly data: ArrayLike<number | bigint>;
  readonly stride: readonly number[];
}

/** An array of numbers with one or two dimensions: rows, and numbers per row. */
export class ZarrArray {
  readonly layout: ZarrLayout;
  readonly rowCount: number;
  /** Numbers per row. */
  readonly columnCount: number;
  /** Sentences about what is assumed of its values. */
  readonly notes: readonly string[];
  readonly #what: string;
  readonly #packing: Packing | undefined;
  readonly #array: zarr.Array<zarr.DataType, zarr.AsyncReadable>;

  private constructor(
    what: string,
    layout: ZarrLayout,
    array: zarr.Array<zarr.DataType, zarr.AsyncReadable>,
    name: string,
    omission: string | undefined,
  ) {
    this.layout = layout;
    this.#packing = parsePacking(layout, what);
    this.notes = [omission, zeroNote(layout, this.#packing, name)].filter((note) =>
      note !== undefined
    );
    [this.rowCount, this.columnCount = 1] = layout.shape;
    this.#what = what;
    this.#array = array;
  }

  /** Opens an array. @throws {DataError} If it, or one of its chunks, is missing */
  static async open(
    group: ZarrGroup,
    name: string,
    checksums?: ArrayChecksums,
  ): Promise<ZarrArray> {
    const array = await ZarrArray.openOptional(group, name, checksums);
    if (array) return array;
    throw new DataError(
      `Cannot read array "${name}" of "${group.path}": it is missing; the store is incomplete`,
    );
  }

  /** Opens an array as `open` does, or returns undefined if the group has none of that name. */
  static async openOptional(
    group: ZarrGroup,
    name: string,
    checksums?: ArrayChecksums,
  ): Promise<ZarrArray | undefined> {
    const found = await findArray(group, name, checksums);
    if (found === undefined) return undefined;
    const { files, layout, what } = found;
    await files.checkComplete();
    try {
      const array = await zarr.open.v3(zarr.root(files).resolve(name), { kind: "array" });
      return new ZarrArray(what, layout, array, name, files.omission);
    } catch (cause) {
      if (cause instanceof DataError) throw cause;
      throw new DataError(`Cannot read ${what}: its metadata are invalid: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  /** Whether its values have more digits than float32 holds. */
  get isWide(): boolean {
    return this.#packing !== undefined || this.layout.dataType === "float64";
  }

  /** The attributes that state which values are missing, for errors; undefined if none do. */
  get missing(): string | undefined {
    return this.#packing?.missing;
  }

  /**
   * Reads rows `[start, end)` as float32, row-major, from their chunks only. float64 is rounded;
   * integers must be exact in float32. Missing values are NaN.
   *
   * @param offset Number to subtract from each column before rounding @default 0
   * @throws {DataError} If a chunk is missing or damaged, or an integer is not exact
   */
  async readFloats(start: number, end: number, offset?: readonly number[]): Promise<Float32Array> {
    const { chunkShape: [chunkRows], dataType } = this.layout;
    if (this.#packing !== undefined || offset?.some((value) => value !== 0)) {
      const values = new Float32Array(this.#lengthOf(start, end, 4));
      await this.#visitValues(start, end, (index, value) => {
        values[index] = value - (offset?.[index % this.columnCount] ?? 0);
      });
      return values;
    }
    if (start % chunkRows === 0 && end - start === chunkRows) {
      const data = await this.#readRows(start);
      if (data instanceof Float32Array) return data;
    }
    const values = new Float32Array(this.#lengthOf(start, end, 4));
    await this.#fill(
      values,
      start,
      end,
      dataType.startsWith("float") ? undefined : "store it as float32 or float64",
    );
    return values;
  }

  /** Reads rows `[start, end)` as float64; missing values are NaN. */
  async readDoubles(start: number, end: number): Promise<Float64Array> {
    const values = new Float64Array(this.#lengthOf(start, end, 8));
    await this.#visitValues(start, end, (index, value) => values[index] = value);
    return values;
  }

  /**
   * Reads rows `[start, end)` of integers.
   *
   * @throws {DataError} If they are not unsigned 32-bit integers, or as `readFloats`
   */
  async readUnsigned(start: number, end: number): Promise<Uint32Array> {
    const { dataType } = this.layout;
    if (dataType.startsWith("float")) {
      throw new DataError(`Cannot read ${this.#what}: it must be integers, it is ${dataType}`);
    }
    const values = new Uint32Array(this.#lengthOf(start, end, 4));
    await this.#fill(values, start, end, "the store is damaged");
    return values;
  }

  /**
   * Reads a complete array of integers.
   *
   * @param rows Expected number of rows
   * @param columns Integers per row of an array of 2 dimensions @default 1 dimension
   * @throws {DataError} If it has another shape or type, or as `readFloats`
   */
  async readIntegers(rows: number, columns?: number): Promise<number[]> {
    const { shape, dataType } = this.layout;
    const dimensions = columns === undefined ? 1 : 2;
    if (
      shape.length !== dimensions || this.columnCount !== (columns ?? 1) ||
      dataType.startsWith("float")
    ) {
      const rule = columns === undefined ? "1 dimension" : `${columns} columns`;
      const actual = columns === undefined ? shape.length : shape.join(" × ");
      throw new DataError(
        `Cannot read ${this.#what}: it must be integers with ${rule}, it is ${dataType} ` +
          `with ${actual}`,
      );
    }
    if (this.rowCount !== rows) {
      throw new DataError(
        `Cannot read ${this.#what}: it must have ${rows} rows, it has ${this.rowCount}`,
      );
    }
    const values = Array<number>(this.#lengthOf(0, rows, 8));
    await this.#visit(0, this.rowCount, (index, value) => values[index] = value);
    return values;
  }

  /** The count of numbers of rows `[start, end)`. @throws {DataError} If there are too many */
  #lengthOf(start: number, end: number, bytes: number): number {
    const length = (end - start) * this.columnCount;
    if (length * bytes <= MAX_BYTES) return length;
    throw new DataError(
      `Cannot read ${this.#what}: one mesh must take at most ${MAX_BYTES} bytes of it, ` +
        `it takes ${length * bytes}`,
    );
  }

  /** Fills `values` with rows `[start, end)`, which must be exact if there is a `remedy`. */
  async #fill(
    values: Float32Array | Uint32Array,
    start: number,
    end: number,
    remedy?: string,
  ): Promise<void> {
    const { chunkShape: [chunkRows], dataType } = this.layout;
    const columns = this.columnCount;
    const type = values instanceof Float32Array ? "float32" : "uint32";
    for (let top = start - start % chunkRows; top < end; top += chunkRows) {
      const first = Math.max(start, top);
      const last = Math.min(end, top + chunkRows);
      const data = dataType === type ? await this.#readRows(top) : undefined;
      if (data !== undefined) {
        values.set(
          data.subarray((first - top) * columns, (last - top) * columns),
          (first - start) * columns,
        );
        continue;
      }
      await this.#visit(first, last, (index, value) => {
        const place = (first - start) * columns + index;
        values[place] = value;
        if (remedy === undefined || values[place] === value) return;
        throw new DataError(
          `Cannot read ${this.#what}: ${type} must hold its ${dataType} exactly, row ` +
            `${first + Math.floor(index / columns)} has ${value}; ${remedy}`,
        );
      });
    }
  }

  /** The numbers of the chunk of rows from `top`, if it stores complete rows in row-major order. */
  async #readRows(top: number): Promise<Float32Array | Uint32Array | undefined> {
    const { chunkShape: [, chunkColumns = 1] } = this.layout;
    if (chunkColumns !== this.columnCount) return undefined;
    const { data, stride } = await this.#readChunk(top, 0);
    const rowMajor = (stride[1] ?? 1) === 1 || chunkColumns === 1;
    return rowMajor && (data instanceof Float32Array || data instanceof Uint32Array)
      ? data
      : undefined;
  }

  /** As `#visit`, with physical values. */
  #visitValues(
    start: number,
    end: number,
    set: (index: number, value: number) => void,
  ): Promise<void> {
    const packing = this.#packing;
    if (packing === undefined) return this.#visit(start, end, set);
    return this.#visit(start, end, (index, stored) => set(index, packing.decode(stored)));
  }

  /** Calls `set` with each number of rows `[start, end)` and its index among them. */
  async #visit(
    start: number,
    end: number,
    set: (index: number, value: number) => void,
  ): Promise<void> {
    const [chunkRows, chunkColumns = 1] = this.layout.chunkShape;
    const columns = this.columnCount;
    for (let top = start - start % chunkRows; top < end; top += chunkRows) {
      for (let left = 0; left < columns; left += chunkColumns) {
        const { data, stride: [rowStride, columnStride = 0] } = await this.#readChunk(top, left);
        const bottom = Math.min(end, top + chunkRows);
        const right = Math.min(columns, left + chunkColumns);
        for (let row = Math.max(start, top); row < bottom; row++) {
          for (let column = left; column < right; column++) {
            const value = data[(row - top) * rowStride + (column - left) * columnStride];
            set((row - start) * columns + column, this.#exact(value, row));
          }
        }
      }
    }
  }

  /** A stored number. @throws {DataError} If it is an integer that float64 does not hold */
  #exact(value: number | bigint, row: number): number {
    const number = Number(value);
    if (typeof value === "number" || Number.isSafeInteger(number)) return number;
    throw new DataError(
      `Cannot read ${this.#what}: its 64-bit integers must be below 2^53, row ${row} has ${value}`,
    );
  }

  /** The chunk that starts at a row and a column. */
  async #readChunk(row: number, column: number): Promise<Chunk> {
    const { chunkShape, chunkLength, shards, chunkKey } = this.layout;
    const chunk = [row, column].slice(0, chunkShape.length).map((start, axis) =>
      start / chunkShape[axis]
    );
    const file = shards === undefined
      ? chunk
      : chunk.map((at, axis) => Math.floor(at * chunkShape[axis] / shards.shape[axis]));
    let decoded: { data: unknown; stride: number[] };
    try {
      decoded = await this.#array.getChunk(chunk);
    } catch (cause) {
      if (cause instanceof DataError) throw cause;
      throw new DataError(
        `Cannot decode chunk "${chunkKey(file)}" of ${this.#what}: ${messageOf(cause)}`,
        { cause },
      );
    }
    const data = decoded.data as Chunk["data"];
    if (data.length !== chunkLength) {
      throw new DataError(
        `Cannot decode chunk "${chunkKey(file)}" of ${this.#what}: expected ${chunkLength} ` +
          `numbers, found ${data.length}; the store is damaged`,
      );
    }
    return { data, stride: decoded.stride };
  }
}

/** The message of an error and of its causes. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
}
