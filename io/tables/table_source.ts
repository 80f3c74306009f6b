/**
 * Tables with a row per point as sources of clouds of points.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { DataError, UserError } from "../../errors.ts";
import { uniformCells } from "../mesh_cells.ts";
import {
  arraysOf,
  type FileArray,
  type FileArrays,
  type FileMesh,
  type MeshSource,
  type SourceOptions,
  type SourceSample,
} from "../mesh_file/mesh_file.ts";
import { readTable, type Table } from "./read_table.ts";

/** Up to this many columns are named in an error or a note. */
const MAX_NAMED = 20;

/**
 * Opens a table whose rows are points. The meaning of a column never follows from its name: the
 * options name the coordinates, and the columns by whose values rows form samples.
 *
 * @throws {UserError} If the coordinates are not named, or are more than 3
 * @throws {DataError} If the table is damaged, or a column is missing
 */
export async function openTableSource(
  path: string,
  { position, sample = [], allowMissing = false }: SourceOptions,
): Promise<MeshSource> {
  const table = await readTable(path);
  const listed = namesOf(table.names);
  if (position === undefined || position.length === 0) {
    throw new UserError(
      `Cannot read "${path}": a table of points does not state which columns are coordinates; ` +
        `name them, such as --position x,y; its columns are ${listed}`,
    );
  }
  if (table.rowCount === 0) throw new DataError(`Cannot read "${path}": it must have rows`);
  const coordinates = position.map((name) => table.tuples(name));
  const axes = coordinates.reduce((sum, { components }) => sum + components, 0);
  if (axes > 3) {
    const named = position.join(", ");
    throw new UserError(
      `Cannot read "${path}": points have at most 3 coordinates, ${named} have ${axes}`,
    );
  }
  const samples = samplesOf(table, sample);
  const used = [...position, ...sample];
  const fields = table.names.filter((name) => !used.includes(name) && table.holdsNumbers(name));
  const others = table.names.filter((name) => !used.includes(name) && !fields.includes(name));
  const cache = new Map<string, FileArray>();
  const column = (name: string) => {
    const array = cache.get(name) ?? table.tuples(name, allowMissing);
    cache.set(name, array);
    return array;
  };
  const notes = [
    `Coordinates are the columns ${position.join(", ")}`,
    sample.length > 0
      ? `Rows with the same ${sample.join(", ")} are a sample: ${samples.length} in all`
      : "All rows of a file are one sample; --sample names a column that separates samples",
    ...(others.length > 0 ? [`Left out, as they hold no numbers: ${namesOf(others)}`] : []),
  ];
  const refuse = (name: string) => {
    const action = `Cannot read array "${name}" of "${path}"`;
    if (position.includes(name)) {
      throw new DataError(`${action}: it has coordinates, which are inputs of every network`);
    }
    if (sample.includes(name)) throw new DataError(`${action}: its values separate the samples`);
    if (others.includes(name)) column(name);
  };
  const read = (index: number): FileMesh => {
    const { rows } = samples[index];
    const points = new Float64Array(rows.length * axes);
    let start = 0;
    for (const { values, components } of coordinates) {
      rows.forEach((row, point) => {
        for (let c = 0; c < components; c++) {
          points[point * axes + start + c] = values[row * components + c];
        }
      });
      start += components;
    }
    const pick = (name: string) => rowsOf(column(name), rows);
    const pointData: FileArrays = { names: fields, read: pick, refuse };
    return {
      path,
      pointCount: rows.length,
      points,
      axes: axes as 1 | 2 | 3,
      cells: uniformCells(new Uint32Array(0), "vertex"),
      pointData,
      cellData: arraysOf({}),
      fieldData: arraysOf({}),
      notes,
    };
  };
  return {
    path,
    format: "table of points",
    samples: samples.map(({ sample }) => sample),
    files: [path],
    read: (index) => Promise.resolve(read(index)),
  };
}

/** A sample and its rows. */
interface RowsOfSample {
  readonly sample: SourceSample;
  readonly rows: Uint32Array;
}

/** Groups rows by the values of columns, in the order in which samples first occur. */
function samplesOf(table: Table, names: readonly string[]): readonly RowsOfSample[] {
  const stem = basename(table.path, extname(table.path));
  if (names.length === 0) {
    const rows = Uint32Array.from({ length: table.rowCount }, (_, row) => row);
    return [{ sample: { id: stem, group: stem, pointCount: table.rowCount }, rows }];
  }
  const keys = names.map((name) => table.texts(name));
  const groups = Map.groupBy(
    Array.from({ length: table.rowCount }, (_, row) => row),
    (row) => keys.map((values) => values[row]).join("/"),
  );
  return [...groups].map(([id, rows]) => ({
    sample: { id, group: keys[0][rows[0]], pointCount: rows.length },
    rows: Uint32Array.from(rows),
  }));
}

/** Rows of an array. */
function rowsOf({ values, components }: FileArray, rows: Uint32Array): FileArray {
  const picked = new Float64Array(rows.length * components);
  rows.forEach((row, point) => {
    for (let c = 0; c < components; c++) {
      picked[point * components + c] = Number(values[row * components + c]);
    }
  });
  return { values: picked, components };
}

/** Names of columns for a sentence. */
function namesOf(names: readonly string[]): string {
  const more = names.length > MAX_NAMED ? `, ... (${names.length} in all)` : "";
  return names.slice(0, MAX_NAMED).map((name) => name || '""').join(", ") + more;
}
