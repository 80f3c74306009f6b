/**
 * The columns of a table as arrays.
 *
 * @module
 */

import type { ArrayFile } from "../arrays/array_file.ts";
import { readTable } from "./read_table.ts";

/** Opens the columns of numbers of a table. @throws {DataError} If it is damaged */
export async function openTableArrays(path: string): Promise<ArrayFile> {
  const table = await readTable(path);
  const names = table.names.filter((name) => table.holdsNumbers(name));
  const others = table.names.filter((name) => !names.includes(name));
  return {
    path,
    format: "table of points",
    entries: names.map((name) => ({ name, shape: [table.rowCount] })),
    notes: others.length === 0 ? [] : [`Columns without numbers: ${others.join(", ")}`],
    read: (name) => {
      const { values, components } = table.tuples(name);
      const shape = components === 1 ? [table.rowCount] : [table.rowCount, components];
      return Promise.resolve({ values, shape });
    },
  };
}
