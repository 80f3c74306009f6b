/**
 * Tables in text (RFC 4180): a line of column names, then a line per row.
 *
 * @module
 */

const quote = '"';

/** Separators that are tried, in this order of preference. */
const separators = [",", ";", "\t"] as const;

/**
 * Parses a table. Fields are separated by commas, semicolons or tabs, whichever the first line has
 * most of, and may stand in quotes; empty lines are left out.
 *
 * @returns The texts of every column, by name
 * @throws {SyntaxError} when a row has too few or too many fields, a quote is not closed, or two
 * columns have one name
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
  if (names.every((name) => name.trim() === "")) {
    throw new SyntaxError("it has no line of column names");
  }
  const columns = new Map<string, string[]>(names.map((name) => [name.trim(), []]));
  if (columns.size < names.length) {
    throw new SyntaxError(`two columns have one name: ${names.join(", ")}`);
  }
  const values = [...columns.values()];
  let row = 0;
  for (const fields of rows) {
    row++;
    if (fields.length !== values.length) {
      throw new SyntaxError(
        `row ${row} must have ${values.length} fields: it has ${fields.length}`,
      );
    }
    fields.forEach((field, column) => values[column].push(field));
  }
  return columns;
}

/**
 * Formats rows of texts as a table with commas; a field is put in quotes where it must be.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatCsv([["id", "name"], ["7", 'Ada, "the" first']]), 'id,name\n7,"Ada, ""the"" first"\n');
 * ```
 */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((fields) => fields.map(formatField).join(",") + "\n").join("");
}

function formatField(text: string): string {
  return /[",;\t\r\n]|^\s|\s$/.test(text)
    ? quote + text.replaceAll(quote, quote + quote) + quote
    : text;
}

/** The fields of every row that is not empty. */
function* readRows(text: string, separator: string): Generator<string[], undefined> {
  const plain = new RegExp(`[^"${separator}\r\n]*`, "y");
  const ending = new RegExp(`${separator}|\r?\n|$`, "y");
  const match = (pattern: RegExp, at: number) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  let fields: string[] = [];
  for (let at = 0; at < text.length;) {
    const isQuoted = text[at] === quote;
    const raw = isQuoted ? text.slice(at, quotedEnd(text, at)) : match(plain, at)!;
    const end = match(ending, at + raw.length);
    if (end === undefined) {
      const line = text.slice(0, at).split("\n").length;
      throw new SyntaxError(`line ${line} has a quote that is not closed, or text beside one`);
    }
    fields.push(isQuoted ? raw.slice(1, -1).replaceAll('""', quote) : raw);
    at += raw.length + end.length;
    if (end === separator && at < text.length) continue;
    if (end === separator) fields.push("");
    if (fields.length > 1 || fields[0].trim() !== "") yield fields;
    fields = [];
  }
  return undefined;
}

/**
 * Where a field in quotes ends; it has two quotes for one. A search, as a pattern would fill the
 * stack.
 */
function quotedEnd(text: string, start: number): number {
  for (let at = start + 1;; at += 2) {
    at = text.indexOf(quote, at);
    if (at < 0) return start;
    if (text[at + 1] !== quote) return at + 1;
  }
}
