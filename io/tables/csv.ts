/**
 * Tables as text (RFC 4180): a line of column names, then a line per row. `csv-parse` reads them.
 *
 * @module
 */

import { parse } from "csv-parse/sync";
import { messageOf } from "../../errors.ts";

/** Separators, in order of preference. */
const SEPARATORS = [",", ";", "\t"] as const;

/** A number, or nothing, which are no names of columns. */
const NO_NAME = /^\s*([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)?\s*$/i;

/** Marks of comments, with which numpy starts the line of column names. */
const COMMENT_MARK = /^\s*[#%]\s*/;

/**
 * Parses a table. Fields are separated by commas, semicolons or tabs, whichever occurs most often
 * in the first line, and may be quoted; empty lines are skipped. A `#` before the first name is not
 * part of it.
 *
 * @returns The texts of every column, by name
 * @throws {SyntaxError} If a row has too few or too many fields, a quote is misplaced or not
 *   closed, two columns have the same name, or the first line has numbers only
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const columns = parseCsv('id,name\n7,"Ada, ""the"" first"\n');
 * assert.deepEqual(columns.get("name"), ['Ada, "the" first']);
 * ```
 */
export function parseCsv(text: string): Map<string, string[]> {
  const [header = [], ...rows] = recordsOf(text);
  const names = header.map((name, c) => c === 0 ? name.replace(COMMENT_MARK, "") : name)
    .map((name) => name.trim());
  if (names.every((name) => NO_NAME.test(name))) {
    const found = header.length > 0 ? `, found ${header.slice(0, 4).join(", ")}` : "";
    throw new SyntaxError(`its first line must have the names of the columns${found}`);
  }
  if (new Set(names).size < names.length) {
    throw new SyntaxError(`two columns have the same name: ${names.join(", ")}`);
  }
  const wrong = rows.findIndex((fields) => fields.length !== names.length);
  if (wrong >= 0) {
    const count = rows[wrong].length;
    const remedy = count > names.length
      ? "; its first line must have the names of the columns: leave out the lines above them"
      : "";
    throw new SyntaxError(
      `row ${wrong + 1} must have ${names.length} fields, it has ${count}${remedy}`,
    );
  }
  return new Map(names.map((name, column) => [name, rows.map((fields) => fields[column])]));
}

/** The fields of every line that is not empty. */
function recordsOf(text: string): string[][] {
  const [firstLine] = text.split("\n", 1);
  const unquoted = firstLine.replace(/"[^"]*"/g, "");
  const countOf = (separator: string) => unquoted.split(separator).length;
  const delimiter = SEPARATORS.reduce((best, other) =>
    countOf(other) > countOf(best) ? other : best
  );
  try {
    const records = parse(text, {
      bom: true,
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
    });
    return records.filter((fields) => fields.length > 1 || fields[0].trim() !== "");
  } catch (cause) {
    throw new SyntaxError(messageOf(cause), { cause });
  }
}

/** Characters that put a field in quotes. */
const QUOTED = /[",;\t\r\n]|^\s|\s$/;

/**
 * Formats rows of texts as a table with commas; a field is quoted where needed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const csv = formatCsv([["id", "name"], ["7", 'Ada, "the" first']]);
 * assert.equal(csv, 'id,name\n7,"Ada, ""the"" first"\n');
 * ```
 */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((fields) => fields.map(formatField).join(",") + "\n").join("");
}

function formatField(text: string): string {
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
