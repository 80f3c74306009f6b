/**
 * Recognises tables of points.
 *
 * @module
 */

import type { ArrayFile } from "../arrays/array_file.ts";
import type { FileStart, MeshFormat } from "../mesh_file/mesh_format.ts";
import type { MeshSource, SourceOptions } from "../mesh_file/mesh_file.ts";

/** Starts of the formats; a stream of Arrow has no magic and starts with a continuation mark. */
const PARQUET_START = /^PAR1/;
const ARROW_START = /^(ARROW1|\xff\xff\xff\xff[^]{2}\0\0)/;

/** Metadata of a mesh store in Arrow, which is no table of points. */
const MESH_STORE = /haloflow:meshes/;

const TEXT_EXTENSIONS = [".csv", ".tsv"];
/** Extensions of texts of any kind, which are tables if their first line has several names. */
const LOOSE_EXTENSIONS = [".txt", ".dat", ".tab"];
const NAMES_LINE = /^\s*[#%]?\s*"?[A-Za-z_][^\r\n,;\t]*([,;\t][^\r\n,;\t]+)+\r?\n/;

const UTF_16_MARK = /^(\xff\xfe|\xfe\xff)/;
const MARKUP = /^\s*</;

const open = async (path: string, options: SourceOptions): Promise<MeshSource> =>
  (await import("./table_source.ts")).openTableSource(path, options);

const openArrays = async (path: string): Promise<ArrayFile> =>
  (await import("./table_arrays.ts")).openTableArrays(path);

/** Formats of tables. */
export const TABLE_FORMATS: readonly MeshFormat[] = [
  {
    name: "Parquet table of points",
    matches: ({ text }) => PARQUET_START.test(text),
    open,
    openArrays,
  },
  {
    name: "Arrow table of points",
    matches: ({ text }) => ARROW_START.test(text) && !MESH_STORE.test(text),
    open,
    openArrays,
  },
  { name: "CSV table of points", matches: isTextTable, open, openArrays },
];

function isTextTable({ isFolder, extension, bytes, text }: FileStart): boolean {
  if (isFolder || MARKUP.test(text)) return false;
  if (UTF_16_MARK.test(text)) return TEXT_EXTENSIONS.includes(extension);
  // Control characters other than tab, line ends and escape.
  if (bytes.some((byte) => byte < 9 || byte > 13 && byte < 27)) return false;
  return TEXT_EXTENSIONS.includes(extension) ||
    LOOSE_EXTENSIONS.includes(extension) && NAMES_LINE.test(text);
}
