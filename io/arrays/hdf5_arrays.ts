/**
 * Arrays of HDF5 files of any program: HDF5 itself, netCDF 4 and MATLAB 7.3.
 *
 * @module
 */

import type { Dataset } from "h5wasm";
import { DataError } from "../../errors.ts";
import { parsePacking } from "../cf_packing.ts";
import {
  attemptHdf5,
  type AxisRange,
  checkHdf5Numbers,
  hasHdf5Numbers,
  type Hdf5File,
  isDataset,
  loadHdf5,
  readHdf5Dataset,
} from "../hdf5_file.ts";
import type { FileNumbers } from "../mesh_file/mesh_file.ts";
import type { NumberType } from "../numpy_types.ts";
import { type ArrayEntry, type ArrayFile, type ArrayNumbers, permuteAxes } from "./array_file.ts";

/** More datasets than this are not listed. */
const MAX_DATASETS = 10_000;

/** Filters that the library decodes: deflate, shuffle, fletcher32, nbit, scale-offset. */
const READ_FILTERS = [1, 2, 3, 5, 6];

/** A listed dataset. */
interface Listed extends ArrayEntry {
  /** Whether MATLAB wrote it, which stores the axes in reverse. */
  readonly isReversed: boolean;
}

/** Opens a file. @throws {DataError} If it is cut short or damaged */
export async function openHdf5Arrays(path: string): Promise<ArrayFile> {
  const open = await loadHdf5();
  const within = <T>(use: (file: Hdf5File) => T): T => {
    const file = open(path);
    try {
      return use(file);
    } finally {
      file.close();
    }
  };
  const { entries, excluded } = within(listDatasets);
  const reversed = entries.filter(({ isReversed }) => isReversed);
  const note = "MATLAB wrote it, so that the axes are read in MATLAB's order";
  return {
    path,
    format: "arrays of HDF5",
    entries,
    excluded,
    notes: reversed.length === 0 ? [] : [
      reversed.length === entries.length
        ? note
        : `${reversed.map(({ name }) => name).join(", ")}: ${note}`,
    ],
    read: (name, index) => {
      const { isReversed } = entries.find((entry) => entry.name === name)!;
      return Promise.resolve(within((file) => readPart(file, name, isReversed, index)));
    },
  };
}

/** The datasets of numbers of a file, and why others are left out. */
interface Listing {
  readonly entries: readonly Listed[];
  readonly excluded: ReadonlyMap<string, DataError>;
}

function listDatasets({ path, file, byteCount }: Hdf5File): Listing {
  const listed: Listed[] = [];
  const excluded = new Map<string, DataError>();
  attemptHdf5(`Cannot read "${path}"`, () => {
    for (const name of file.paths()) {
      // MATLAB keeps parts of cells and its own notes below names with #.
      if (listed.length >= MAX_DATASETS || name.startsWith("#")) continue;
      const found = file.get(name);
      if (!isDataset(found)) continue;
      const matlabClass = found.attrs.MATLAB_class?.value;
      const action = `Cannot read dataset "${name}" of "${path}"`;
      if (!hasHdf5Numbers(found) || matlabClass === "char") {
        excluded.set(name, new DataError(`${action}: it must be an array of numbers`));
        continue;
      }
      const shape = found.metadata.shape!;
      const isReversed = matlabClass !== undefined;
      checkHdf5Numbers(found, byteCount, action);
      listed.push({
        name,
        shape: isReversed ? shape.toReversed() : shape,
        isReversed,
        dimensions: dimensionsOf(found),
      });
    }
  });
  return { entries: listed, excluded };
}

/** Names of the dimension scales of each axis, as netCDF attaches them. */
function dimensionsOf(dataset: Dataset): readonly (string | undefined)[] | undefined {
  if (!Object.hasOwn(dataset.attrs, "DIMENSION_LIST")) return undefined;
  const axes = [...dataset.metadata.shape!.keys()];
  return axes.map((axis) => dataset.get_attached_scales(axis).at(0)?.replace(/^\//, ""));
}

/** Reads the part of a dataset, in the order of axes in which it is listed. */
function readPart(
  file: Hdf5File,
  name: string,
  isReversed: boolean,
  index: readonly (number | undefined)[],
): ArrayNumbers {
  const action = `Cannot read dataset "${name}" of "${file.path}"`;
  const dataset = file.file.get(name) as Dataset;
  checkFilters(dataset, action);
  const { shape } = dataset.metadata;
  const axes = [...shape!.keys()];
  const stored = isReversed ? axes.toReversed().map((axis) => index[axis]) : index;
  const ranges = axes.map((axis): AxisRange => {
    const at = stored[axis];
    return at === undefined ? [0, shape![axis], 1] : [at, at + 1, 1];
  });
  const { values } = readHdf5Dataset(file, name, axes.length === 0 ? undefined : ranges);
  const free = axes.filter((axis) => stored[axis] === undefined);
  const part = {
    values: unpacked(dataset, values, action),
    shape: free.map((axis) => shape![axis]),
  };
  return isReversed ? permuteAxes(part, [...free.keys()].toReversed()) : part;
}

/** Throws if a dataset is compressed by a plugin, which the library does not have. */
function checkFilters(dataset: Dataset, action: string): void {
  const unknown = dataset.filters.filter(({ id }) => !READ_FILTERS.includes(id));
  if (unknown.length === 0) return;
  const names = unknown.map(({ id, name }) => `"${name || id}"`).join(", ");
  throw new DataError(
    `${action}: it must be uncompressed or compressed by gzip, it is compressed by the filter ` +
      `${names}; convert the file: h5repack -f GZIP=4 IN OUT`,
  );
}

/** Physical values, where attributes state that they are packed. */
function unpacked(dataset: Dataset, values: FileNumbers, action: string): FileNumbers {
  const attributes = Object.fromEntries(
    Object.entries(dataset.attrs).map(([name, { value }]) => [name, plainValue(value)]),
  );
  const packed = { attributes, dataType: typeOf(values), hasFillValue: false, fillValue: 0 };
  const packing = parsePacking(packed, action.replace("Cannot read ", ""));
  return packing === undefined
    ? values
    : Float64Array.from(values as ArrayLike<number>, (value) => packing.decode(Number(value)));
}

/** An attribute as JSON has it: numbers, texts and lists of them. */
function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const numbers = Array.from(value as unknown as ArrayLike<number | bigint>, Number);
    return numbers.length === 1 ? numbers[0] : numbers;
  }
  return value;
}

/** The type of numbers as numpy names it. */
function typeOf(values: FileNumbers): NumberType {
  const name = values.constructor.name.replace(/^Big|Array$/g, "").toLowerCase();
  return name as NumberType;
}
