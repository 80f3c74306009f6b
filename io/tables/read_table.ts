/**
 * Reads tables from other programs: CSV, Arrow IPC (Feather) and Parquet.
 *
 * @module
 */

import { extname } from "node:path";
import { DataError, messageOf } from "../../errors.ts";
import { readFileStart } from "../mesh_file/mesh_format.ts";
import { readWholeFile } from "../whole_file.ts";
import { readArrowTable } from "./arrow_table.ts";
import { parseCsv } from "./csv.ts";
import { makeTable, type Table, type TableColumn } from "./table.ts";

export type { Table } from "./table.ts";

/** The first bytes of the formats; an Arrow stream has none and goes by its extension. */
const PARQUET_MAGIC = "PAR1";
const ARROW_MAGIC = "ARROW1";
const ARROW_EXTENSIONS = [".arrow", ".arrows", ".feather", ".ipc"];

/** Longest text that can be decoded at once. */
const MAX_TEXT_BYTES = 2 ** 29 - 32;

/**
 * Reads a table: Parquet and Arrow files by their first bytes, an Arrow stream by its extension
 * `.arrow`, `.arrows`, `.ipc` or `.feather`, otherwise CSV.
 *
 * @throws {DataError} If there is no such file, or it is damaged
 */
export async function readTable(path: string): Promise<Table> {
  const { text: start } = await readFileStart(path);
  try {
    if (start.startsWith(PARQUET_MAGIC)) {
      // Imported only here: few runs need it.
      const { readParquetTable } = await import("./parquet_table.ts");
      return await readParquetTable(path);
    }
    const bytes = await readWholeFile(path);
    const isArrow = start.startsWith(ARROW_MAGIC) ||
      ARROW_EXTENSIONS.includes(extname(path).toLowerCase());
    return isArrow ? readArrowTable(path, bytes) : csvTable(path, bytes);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`Cannot read table "${path}": ${messageOf(cause)}`, { cause });
  }
}

function csvTable(path: string, bytes: Uint8Array): Table {
  const columns = new Map([...parseCsv(decodeText(bytes))].map(([name, texts]) => {
    const column: TableColumn = { kind: "untyped", typeName: "text", read: () => texts };
    return [name, column];
  }));
  const rowCount = columns.values().next().value?.read().length ?? 0;
  return makeTable(path, rowCount, columns);
}

/** Decodes UTF-8, or UTF-16 with a byte order mark, as spreadsheets write it. */
function decodeText(bytes: Uint8Array): string {
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new RangeError(
      `a table of text must have at most ${MAX_TEXT_BYTES} bytes, it has ${bytes.length}; ` +
        "save it as Parquet or Feather",
    );
  }
  const mark = bytes.length > 1 ? bytes[0] << 8 | bytes[1] : 0;
  const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError("a table of text must be UTF-8", { cause });
  }
}
