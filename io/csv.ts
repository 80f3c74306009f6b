/**
 * Tables in text (RFC 4180): a line of column names, then a line per row.
 *
 * @module
 */

/** Separators that are tried, in this order of preference. */
const separators = [",", ";", "\t"] as const;

/**
 * Parses a table. Fields are separated by commas, semicolons or tabs, whichever the first line has most of, and may stand
 * in quotes; empty lines are left out.
 *
 * @returns The texts of every column, by name
 * @throws {SyntaxError} when a row has too few or too many fields, a quote is not closed, or two columns have one name
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
  const body = text.replace(/^\uFEFF/, "");
  const [firstLine] = body.split(/\r?\n/, 1);
  const count = (separator: string) => firstLine.split(separator).length;
  const separator = separators.reduce((best, other) => count(other) > count(best) ? other : best);
  const rows = readRows(body, separator);
  const names = rows.next().value ?? [];
  if (names.every((name) => name.trim() === "")) throw new SyntaxError("it has no line of column names");
  const columns = new Map<string, string[]>(names.map((name) => [name.trim(), []]));
  if (columns.size < names.length) throw new SyntaxError(`two columns have one name: ${names.join(", ")}`);
  const values = [...columns.values()];
  let row = 0;
  for (const fields of rows) {
    row++;
    if (fields.length !== values.length) {
      throw new SyntaxError(`row ${row} must have ${values.length} fields: it has ${fields.length}`);
    }
    fields.forEach((field, column) => values[column].push(field));
  }
  return columns;
}

/** The fields of every row that is not empty. */
function* readRows(text: string, separator: string): Generator<string[], undefined> {
  // A field in quotes, or up to the next separator or end of line; then what ends it.
  const pattern = new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|([^"${separator}\r\n]*))(${separator}|\r?\n|$)`, "y");
  let fields: string[] = [];
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      const line = text.slice(0, at).split("\n").length;
      throw new SyntaxError(`line ${line} has a quote that is not closed, or text beside one`);
    }
    const [, quoted, plain, end] = match;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === separator && pattern.lastIndex < text.length) continue;
    if (end === separator) fields.push("");
    if (fields.length > 1 || fields[0].trim() !== "") yield fields;
    fields = [];
  }
  return undefined;
}
