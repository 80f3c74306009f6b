/**
 * Numbers of an XDMF file: in its text, in HDF5 files or in raw binary files.
 *
 * @module
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError, messageOf } from "../../errors.ts";
import { type AxisRange, type Hdf5File, readHdf5Dataset } from "../hdf5_file.ts";
import { sameType } from "../mesh_file/lazy_arrays.ts";
import { namedPath } from "../mesh_file/named_files.ts";
import type { FileNumbers } from "../mesh_file/mesh_file.ts";
import { swapBytes } from "../vtk/binary.ts";
import { NUMBER_TYPES, type NumberType, parseNumbers } from "../vtk/numbers.ts";
import { decode, type XmlElement } from "../vtk/xml.ts";
import { textOf, type XdmfTree } from "./xdmf_tree.ts";

/** Numbers, the last axis fastest. */
export interface XdmfNumbers {
  readonly values: FileNumbers;
  readonly shape: readonly number[];
}

/** The file that data items belong to. */
export interface XdmfContext {
  readonly path: string;
  readonly tree: XdmfTree;
  /** Opens an HDF5 file; the caller closes it. */
  readonly openHdf5: (path: string) => Hdf5File;
  /** Size of the file and of those that it names. */
  readonly byteCount: number;
  /** Remaining grids and nested data items: references can multiply them. */
  readonly room: { grids: number; items: number };
}

/** Number types by kind and bytes. */
const TYPES: Readonly<Record<string, Readonly<Record<number, NumberType>>>> = {
  FLOAT: { 4: "Float32", 8: "Float64" },
  INT: { 1: "Int8", 2: "Int16", 4: "Int32", 8: "Int64" },
  UINT: { 1: "UInt8", 2: "UInt16", 4: "UInt32", 8: "UInt64" },
  CHAR: { 1: "Int8", 4: "Int8" },
  UCHAR: { 1: "UInt8", 4: "UInt8" },
  SHORT: { 2: "Int16", 4: "Int16" },
};

/** Data items are nested this deep. */
const MAX_DEPTH = 8;
/** Maximum number of data items in one. */
const MAX_ITEMS = 10_000;
/** Numbers of one array have at most this size. */
const MAX_BYTES = 2 ** 31;

/**
 * Reads a `DataItem`.
 *
 * @throws {SyntaxError} If it is not of a kind that is read, or damaged
 * @throws {DataError} If a file of numbers is damaged; names it
 */
export function readDataItem(context: XdmfContext, item: XmlElement, depth = 0): XdmfNumbers {
  if (depth === 0) context.room.items = MAX_ITEMS;
  if (depth > MAX_DEPTH || context.room.items-- <= 0) {
    throw new SyntaxError(
      `a data item must have at most ${MAX_ITEMS} others in it, ${MAX_DEPTH} deep`,
    );
  }
  const kind = item.attributes.get("ItemType") ?? item.attributes.get("Type") ?? "Uniform";
  if (/^hyperslab$/i.test(kind)) return readHyperSlab(context, item, depth);
  if (/^function$/i.test(kind)) return readJoin(context, item, depth);
  if (!/^uniform$/i.test(kind)) {
    throw new SyntaxError(
      `the ItemType of a data item must be Uniform, HyperSlab or Function, received "${kind}"`,
    );
  }
  return readUniform(context, item);
}

/** The files that the data items in an element name. */
export function filesOfItems({ path, tree }: Pick<XdmfContext, "path" | "tree">, from: XmlElement) {
  const files = new Set<string>();
  const visited = new Set<XmlElement>();
  const visit = (element: XmlElement): void => {
    // Elements can refer to those that they are in.
    if (visited.has(element)) return;
    visited.add(element);
    const format = formatOf(element);
    const isLeaf = element.name === "DataItem" && tree.children(element, "DataItem").length === 0;
    if (isLeaf && format === "HDF") files.add(hdfPath(path, element).file);
    if (isLeaf && format === "BINARY") files.add(namedPath(path, textOf(element)));
    tree.children(element).forEach(visit);
  };
  visit(from);
  return [...files];
}

/** Extents of an item. @throws {SyntaxError} If they are not counts, or too many numbers */
export function dimensionsOf(
  { name, attributes }: XmlElement,
  ...names: readonly string[]
): readonly number[] {
  const attribute = names.find((name) => attributes.has(name)) ?? names[0];
  const words = attributes.get(attribute)?.trim().split(/\s+/) ?? [];
  if (words.length === 0 || !words.every((word) => /^\d{1,12}$/.test(word))) {
    throw new SyntaxError(
      `${attribute} of <${name}> must be counts, received "${attributes.get(attribute) ?? ""}"`,
    );
  }
  return words.map(Number);
}

function formatOf({ attributes }: XmlElement): string {
  const format = (attributes.get("Format") ?? "XML").toUpperCase();
  return format === "HDF5" || format === "H5" ? "HDF" : format;
}

function readUniform(context: XdmfContext, item: XmlElement): XdmfNumbers {
  const shape = dimensionsOf(item, "Dimensions");
  const format = formatOf(item);
  const type = typeOf(item, format);
  const count = shape.reduce((product, n) => product * n, 1);
  if (count * NUMBER_TYPES[type].BYTES_PER_ELEMENT > MAX_BYTES) {
    throw new SyntaxError(`a data item of ${shape.join(" x ")} numbers is too large`);
  }
  if (format === "XML") {
    return { values: parseNumbers(decode(item.text, "latin1"), type, count), shape };
  }
  if (format === "BINARY") return { values: readBinary(context.path, item, type, count), shape };
  if (format === "HDF") return { values: readHdf(context, item, count), shape };
  throw new SyntaxError(
    `the Format of a data item must be XML, HDF or Binary, received "${format}"`,
  );
}

function typeOf({ attributes }: XmlElement, format: string): NumberType {
  const name = (attributes.get("NumberType") ?? attributes.get("DataType") ?? "Float")
    .toUpperCase();
  // Text has any number of digits; binary numbers have 4 bytes unless stated.
  const usual = name === "DOUBLE" || format === "XML" && /^(U?INT|FLOAT)$/.test(name) ? 8 : 4;
  const precision = Number(attributes.get("Precision") ?? usual);
  const type = TYPES[name === "DOUBLE" ? "FLOAT" : name]?.[precision];
  if (type !== undefined) return type;
  throw new SyntaxError(
    `the numbers of a data item must be Float, Int, UInt, Char or UChar of 1 to 8 bytes, ` +
      `received "${name}" of "${attributes.get("Precision") ?? ""}"`,
  );
}

/** `file.h5:/path/of/dataset`. */
function hdfPath(path: string, item: XmlElement) {
  const text = textOf(item);
  const colon = text.lastIndexOf(":");
  const name = text.slice(colon + 1).trim();
  if (colon <= 0 || name === "" || /[|\n]/.test(text)) {
    throw new SyntaxError(
      `an item of HDF must name a file and a dataset, as in "data.h5:/p", received ` +
        `"${text.slice(0, 80)}"`,
    );
  }
  return { file: namedPath(path, text.slice(0, colon)), name };
}

/** Reads a dataset, or the part of it that a function chooses by its shape. */
function readHdf(
  { path, openHdf5 }: XdmfContext,
  item: XmlElement,
  count?: number,
  ranges?: readonly AxisRange[],
): FileNumbers {
  const { file, name } = hdfPath(path, item);
  const opened = openHdf5(file);
  try {
    const { values, shape } = readHdf5Dataset(opened, name, ranges);
    if (count === undefined || values.length === count) return values;
    throw new DataError(
      `Cannot read dataset "${name}" of "${file}": "${path}" states ${count} numbers, it has ` +
        shape.join(" x "),
    );
  } finally {
    opened.close();
  }
}

function readBinary(path: string, item: XmlElement, type: NumberType, count: number): FileNumbers {
  const { attributes } = item;
  const compression = attributes.get("Compression") ?? "Raw";
  const endian = attributes.get("Endian") ?? "Native";
  if (!/^raw$/i.test(compression)) {
    throw new SyntaxError(`binary numbers must not be compressed, received "${compression}"`);
  }
  if (!/^(native|little|big)(endian)?$/i.test(endian)) {
    throw new SyntaxError(`Endian must be Native, Little or Big, received "${endian}"`);
  }
  const [seek] = attributes.has("Seek") ? dimensionsOf(item, "Seek") : [0];
  const NumberArray = NUMBER_TYPES[type];
  const bytes = readPart(
    namedPath(path, textOf(item)),
    seek,
    count * NumberArray.BYTES_PER_ELEMENT,
  );
  if (/^big/i.test(endian)) swapBytes(bytes, NumberArray.BYTES_PER_ELEMENT);
  return new NumberArray(bytes.buffer, 0, count);
}

/** Bytes of a file. @throws {DataError} If it has fewer */
function readPart(path: string, start: number, length: number): Uint8Array<ArrayBuffer> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
  }
  try {
    const { size } = fstatSync(file);
    if (start + length > size) {
      throw new DataError(
        `Cannot read "${path}": it must have ${start + length} bytes, it has ${size}`,
      );
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const count = readSync(file, bytes, done, length - done, start + done);
      if (count === 0) throw new DataError(`Cannot read "${path}": it is cut short`);
      done += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** Starts, strides and counts along each axis, and the item that they are a part of. */
function readHyperSlab(context: XdmfContext, item: XmlElement, depth: number): XdmfNumbers {
  const [selection, source] = context.tree.children(item, "DataItem");
  if (selection === undefined || source === undefined) {
    throw new SyntaxError("a HyperSlab must have two data items: a selection and its source");
  }
  const numbers = Array.from(
    readDataItem(context, selection, depth + 1).values as ArrayLike<number | bigint>,
    Number,
  );
  const extents = dimensionsOf(source, "Dimensions");
  const rank = extents.length;
  const [starts, strides, counts] = [0, 1, 2].map((row) =>
    numbers.slice(row * rank, (row + 1) * rank)
  );
  const isWithin = numbers.length === 3 * rank &&
    extents.every((extent, axis) =>
      starts[axis] >= 0 && strides[axis] >= 1 && counts[axis] >= 1 &&
      starts[axis] + (counts[axis] - 1) * strides[axis] < extent
    );
  if (!isWithin) {
    const shape = extents.join(" x ");
    throw new SyntaxError(
      `a HyperSlab must be start, stride and count within ${shape} numbers, received ` +
        numbers.slice(0, 12).join(" "),
    );
  }
  const ranges = starts.map((start, axis) =>
    [start, start + (counts[axis] - 1) * strides[axis] + 1, strides[axis]] as const
  );
  const isHdf = formatOf(source) === "HDF" &&
    context.tree.children(source, "DataItem").length === 0;
  const values = isHdf
    ? readHdf(context, source, undefined, ranges)
    : part(readDataItem(context, source, depth + 1), ranges);
  const shape = item.attributes.has("Dimensions") ? dimensionsOf(item, "Dimensions") : counts;
  if (shape.reduce((product, n) => product * n, 1) !== values.length) {
    throw new SyntaxError(
      `a HyperSlab of ${shape.join(" x ")} numbers selects ${counts.join(" x ")}`,
    );
  }
  return { values, shape };
}

/** A part of numbers that are in memory. */
function part({ values, shape }: XdmfNumbers, ranges: readonly AxisRange[]): FileNumbers {
  let places = [0];
  for (const [axis, [start, end, step]] of ranges.entries()) {
    const next: number[] = [];
    for (const place of places) {
      for (let k = start; k < end; k += step) next.push(place * shape[axis] + k);
    }
    places = next;
  }
  const selected = sameType(values, places.length);
  for (const [k, place] of places.entries()) selected[k] = values[place];
  return selected;
}

/** `JOIN($0, $1, $2)`: components from separate items; no other function is read. */
function readJoin(context: XdmfContext, item: XmlElement, depth: number): XdmfNumbers {
  const text = item.attributes.get("Function") ?? "";
  const names = /^\s*JOIN\s*\(([^()]*)\)\s*$/i.exec(text)?.[1].split(/[,;]/) ?? [];
  const items = context.tree.children(item, "DataItem");
  const parts = names.map((name) => {
    const index = /^\s*\$(\d{1,2})\s*$/.exec(name)?.[1];
    const found = index === undefined ? undefined : items[Number(index)];
    if (found === undefined) {
      throw new SyntaxError(`the function must be JOIN of data items, received "${text}"`);
    }
    return readDataItem(context, found, depth + 1);
  });
  if (parts.length === 0) {
    throw new SyntaxError(`the function must be JOIN of data items, received "${text}"`);
  }
  const { length } = parts[0].values;
  if (parts.some(({ values }) => values.length !== length)) {
    throw new SyntaxError("the items of JOIN must have as many numbers as each other");
  }
  const isUniform = parts.every(({ values }) => values.constructor === parts[0].values.constructor);
  const joined = isUniform
    ? sameType(parts[0].values, parts.length * length)
    : new Float64Array(parts.length * length);
  for (const [k, { values }] of parts.entries()) {
    for (let row = 0; row < length; row++) {
      joined[parts.length * row + k] = isUniform ? values[row] : Number(values[row]);
    }
  }
  return { values: joined, shape: [...parts[0].shape, parts.length] };
}
