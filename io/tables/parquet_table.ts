/**
 * Tables of Parquet files, read by hyparquet; `node:zlib` and `io/lz4.ts` decompress their pages.
 *
 * @module
 */

import {
  type AsyncBuffer,
  type Compressors,
  parquetMetadataAsync,
  parquetSchema,
  type SchemaTree,
  snappyUncompress,
} from "hyparquet";
import { parquetReadColumn } from "hyparquet/src/read.js";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { messageOf } from "../../errors.ts";
import { decompressLz4 } from "../lz4.ts";
import { checkPages } from "./parquet_pages.ts";
import { makeTable, type Table, type TableColumn } from "./table.ts";

/** Largest page, decompressed; writers make pages of a megabyte. */
const MAX_PAGE_BYTES = 2 ** 30;

/** Number of bytes that one compressed byte becomes at most. */
const MAX_RATIO = 65_536;

/** Largest number of rows in memory. */
const MAX_ROWS = 2 ** 28;

const NUMBER_TYPES = ["BOOLEAN", "INT32", "INT64", "FLOAT", "DOUBLE"];
const TEXT_TYPES = ["UTF8", "STRING", "ENUM", "UUID"];

/** Meanings of numbers that are no numbers of a field. */
const OTHER_MEANING = /^(DATE|TIME|TIMESTAMP|INTERVAL)/;

const COMPRESSORS: Compressors = {
  SNAPPY: (bytes, size) => {
    const page = new Uint8Array(checked(bytes, size));
    snappyUncompress(bytes, page);
    return page;
  },
  GZIP: (bytes, size) => gunzipSync(bytes, bounded(bytes, size)),
  BROTLI: (bytes, size) => brotliDecompressSync(bytes, bounded(bytes, size)),
  ZSTD: (bytes, size) => zstdDecompressSync(bytes, bounded(bytes, size)),
  LZ4_RAW: (bytes, size) => decompressLz4(bytes, checked(bytes, size)),
};

/** The size of a page that its header states. */
function checked(bytes: Uint8Array, size: number): number {
  if (size >= 0 && size <= Math.min(MAX_PAGE_BYTES, MAX_RATIO * bytes.length)) return size;
  throw new SyntaxError(`a page of ${bytes.length} bytes cannot have ${size} decompressed ones`);
}

/** A page of only missing values is empty, which zlib cannot be told. */
function bounded(bytes: Uint8Array, size: number): { readonly maxOutputLength: number } {
  return { maxOutputLength: Math.max(1, checked(bytes, size)) };
}

/**
 * Reads all columns of a Parquet file. A column that cannot be read is an error when it is asked
 * for.
 *
 * @throws {SyntaxError} If the file is damaged
 */
export async function readParquetTable(path: string): Promise<Table> {
  using opened = await Deno.open(path);
  const { size } = await opened.stat();
  const file = bufferOf(opened, size);
  const metadata = await sane(() => parquetMetadataAsync(file, { geoparquet: false }));
  const rowCount = Number(metadata.num_rows);
  if (!(rowCount >= 0 && rowCount <= MAX_ROWS)) {
    throw new SyntaxError(`it must have at most ${MAX_ROWS} rows, it states ${rowCount}`);
  }
  const columns = new Map<string, TableColumn>();
  const tree = await sane(() => parquetSchema(metadata));
  for (const child of tree.children) {
    const { name } = child.element;
    const kind = kindOf(child);
    const values = kind === "other" ? [] : await sane(async () => {
      await checkPages(file, metadata, tree, name, COMPRESSORS);
      const read = await parquetReadColumn({
        file,
        metadata,
        columns: [name],
        compressors: COMPRESSORS,
        geoparquet: false,
      });
      if (read.length !== rowCount) {
        throw new SyntaxError(`it must have ${rowCount} rows, found ${read.length}`);
      }
      return kind === "numbers" && !hasMissing(read) ? packed(read) : read;
    }).catch((error: Error) => error);
    columns.set(name, {
      kind,
      typeName: typeNameOf(child),
      read: () => {
        if (values instanceof Error) throw values;
        return values;
      },
    });
  }
  return makeTable(path, rowCount, columns);
}

/** The bytes of an open file, read where they are asked for. */
function bufferOf(file: Deno.FsFile, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    // Synchronous: a rejected promise that the library prefetches and drops would end the process.
    slice: (start, end = byteLength) => {
      if (!(start >= 0 && start <= end && end <= byteLength)) {
        throw new SyntaxError("it points outside its bytes");
      }
      const bytes = new Uint8Array(end - start);
      file.seekSync(start, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) {
        const count = file.readSync(bytes.subarray(done));
        if (count === null) throw new SyntaxError("it is cut short");
        done += count;
      }
      return bytes.buffer;
    },
  };
}

/** Runs the library, whose errors on damaged files are those of its arrays. */
async function sane<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof SyntaxError) throw cause;
    const message = messageOf(cause);
    const isOurs = message.startsWith("parquet ");
    throw new SyntaxError(isOurs ? message : "it is damaged, or not whole", { cause });
  }
}

function hasMissing(values: ArrayLike<unknown>): boolean {
  return !ArrayBuffer.isView(values) &&
    Array.prototype.some.call(values, (value) => value === null || value === undefined);
}

/** Numbers in 8 bytes each; 64-bit integers as they are, to be checked when they are used. */
function packed(values: ArrayLike<unknown>): ArrayLike<unknown> {
  return typeof values[0] === "bigint" ? values : Float64Array.from(values as ArrayLike<number>);
}

function kindOf(tree: SchemaTree): TableColumn["kind"] {
  const { children, element } = tree;
  if (children.length > 0) {
    const item = listItemOf(tree);
    return item && kindOf(item) === "numbers" ? "lists" : "other";
  }
  const meanings = meaningsOf(tree);
  if (meanings.some((meaning) => TEXT_TYPES.includes(meaning))) return "texts";
  if (meanings.some((meaning) => OTHER_MEANING.test(meaning))) return "other";
  const isNumber = NUMBER_TYPES.includes(element.type ?? "") ||
    meanings.some((meaning) => meaning === "DECIMAL" || meaning === "FLOAT16");
  if (!isNumber) return "other";
  return element.repetition_type === "REPEATED" ? "lists" : "numbers";
}

/** The values of a list: the child of the repeated child, or a repeated child without children. */
function listItemOf({ children, element }: SchemaTree): SchemaTree | undefined {
  const isList = element.converted_type === "LIST" || element.logical_type?.type === "LIST";
  const [repeated] = children;
  if (!isList || repeated?.element.repetition_type !== "REPEATED") return undefined;
  return repeated.children.length === 1 ? repeated.children[0] : undefined;
}

function meaningsOf({ element }: SchemaTree): readonly string[] {
  return [element.converted_type, element.logical_type?.type].filter((meaning) =>
    meaning !== undefined
  );
}

function typeNameOf(tree: SchemaTree): string {
  const item = listItemOf(tree);
  if (item) return `list of ${typeNameOf(item)}`;
  if (tree.children.length > 0) return "struct or map";
  return (meaningsOf(tree).at(-1) ?? tree.element.type ?? "unknown").toLowerCase();
}
