/**
 * Arrays of points, cells and the whole mesh in a legacy VTK file.
 *
 * @module
 */

import { lazyArrays } from "../../mesh_file/lazy_arrays.ts";
import type { FileArray, FileArrays } from "../../mesh_file/mesh_file.ts";
import { damaged } from "../data_array.ts";
import type { LazyNumbers, LegacyCursor } from "./legacy_cursor.ts";

/** Components of the attributes with a fixed number: `KEYWORD name type`. */
const FIXED_COMPONENTS: Readonly<Record<string, number>> = {
  VECTORS: 3,
  NORMALS: 3,
  TENSORS: 9,
  TENSORS6: 6,
  GLOBAL_IDS: 1,
  PEDIGREE_IDS: 1,
  EDGE_FLAGS: 1,
};

/** Arrays of a section by name, not yet decoded. */
export type LegacyArrays = Map<
  string,
  { readonly numbers: LazyNumbers; readonly components: number }
>;

/** Arrays that decode when they are read. */
export function lazyLegacyArrays(path: string, arrays: LegacyArrays): FileArrays {
  const readers = [...arrays].map(([name, { numbers, components }]) =>
    [name, (): FileArray => {
      try {
        return { values: numbers.read(), components };
      } catch (cause) {
        throw damaged(`Cannot read array "${name}" of "${path}"`, cause);
      }
    }] as const
  );
  return lazyArrays(path, new Map(readers));
}

/**
 * Reads an attribute of points or cells, if one is next.
 *
 * @param tuples Number of points or cells
 * @returns Whether there was one
 * @throws {SyntaxError} If it is damaged
 */
export function readAttribute(
  cursor: LegacyCursor,
  arrays: LegacyArrays,
  tuples: number,
): boolean {
  const keyword = cursor.keyword();
  if (keyword === "FIELD") {
    readField(cursor, arrays, tuples);
    return true;
  }
  if (keyword === "METADATA") {
    skipMetadata(cursor);
    return true;
  }
  if (keyword === "LOOKUP_TABLE") {
    cursor.word();
    const name = cursor.word() ?? "";
    const size = cursor.count(`the size of lookup table "${name}"`);
    cursor.array(cursor.isBinary ? "unsigned_char" : "float", 4 * size, `lookup table "${name}"`);
    return true;
  }
  if (keyword === "SCALARS") {
    readScalars(cursor, arrays, tuples);
    return true;
  }
  if (keyword === "COLOR_SCALARS") {
    readColors(cursor, arrays, tuples);
    return true;
  }
  if (keyword === "TEXTURE_COORDINATES") {
    cursor.word();
    const name = readName(cursor);
    const components = cursor.count(`the dimension of array "${name}"`);
    const type = cursor.word() ?? "";
    addArray(cursor, arrays, name, components, tuples, type);
    return true;
  }
  if (keyword === undefined || !Object.hasOwn(FIXED_COMPONENTS, keyword)) return false;
  cursor.word();
  const name = readName(cursor);
  addArray(cursor, arrays, name, FIXED_COMPONENTS[keyword], tuples, cursor.word() ?? "");
  return true;
}

/** `SCALARS name type [components]`, then usually `LOOKUP_TABLE name`. */
function readScalars(cursor: LegacyCursor, arrays: LegacyArrays, tuples: number): void {
  cursor.word();
  const [name, type = "", components = "1"] = cursor.restOfLine().split(/\s+/);
  if (name === "" || !/^[1-9]\d{0,3}$/.test(components)) {
    throw new SyntaxError(
      `SCALARS must have a name and 1 to 9999 components, received "${name}" and ` +
        `"${components.slice(0, 40)}"`,
    );
  }
  if (cursor.keyword() === "LOOKUP_TABLE") {
    cursor.word();
    cursor.word();
  }
  addArray(cursor, arrays, decodeName(name), Number(components), tuples, type);
}

/** Colours: bytes in binary files, numbers from 0 to 1 in text. */
function readColors(cursor: LegacyCursor, arrays: LegacyArrays, tuples: number): void {
  cursor.word();
  const name = readName(cursor);
  const components = cursor.count(`the components of array "${name}"`);
  const type = cursor.isBinary ? "unsigned_char" : "float";
  const colors = cursor.array(type, components * tuples, `array "${name}"`);
  const read = () => {
    const values = colors.read();
    if (values instanceof Uint8Array) return values;
    return Uint8Array.from(values as Float32Array, (value) => Math.floor(255 * value + 0.5));
  };
  add(arrays, name, { numbers: { read }, components });
}

/**
 * `FIELD name count`, then for each array `name components tuples type` and its values.
 *
 * @param tuples Number of points or cells; undefined for arrays of the whole mesh
 * @throws {SyntaxError} If an array is cut short, of another length or of an unknown type
 */
export function readField(cursor: LegacyCursor, arrays: LegacyArrays, tuples?: number): void {
  cursor.word();
  const field = cursor.word() ?? "";
  const count = cursor.count(`the number of arrays of field "${field.slice(0, 40)}"`);
  for (let k = 0; k < count; k++) {
    while (cursor.keyword() === "METADATA") skipMetadata(cursor);
    const name = readName(cursor);
    if (name === "NULL_ARRAY") continue;
    if (name === "") {
      throw new SyntaxError(`field "${field}" must have ${count} arrays, found ${k}`);
    }
    const components = cursor.count(`the components of array "${name}"`);
    const length = cursor.count(`the tuples of array "${name}"`);
    const type = (cursor.word() ?? "").toLowerCase();
    if (type === "string") {
      cursor.texts(components * length, `array "${name}"`);
      continue;
    }
    if (length !== (tuples ?? length)) {
      throw new SyntaxError(`array "${name}" must have ${tuples} tuples, it has ${length}`);
    }
    addArray(cursor, arrays, name, components, length, type);
  }
}

/** Passes a block of names or keys: it ends with an empty line. */
export function skipMetadata(cursor: LegacyCursor): void {
  cursor.word();
  cursor.line();
  while (cursor.keyword() !== undefined && cursor.line() !== "");
}

function addArray(
  cursor: LegacyCursor,
  arrays: LegacyArrays,
  name: string,
  components: number,
  tuples: number,
  type: string,
): void {
  if (components === 0 && tuples > 0) {
    throw new SyntaxError(`array "${name}" must have at least one component`);
  }
  const numbers = cursor.array(type, components * tuples, `array "${name}"`);
  add(arrays, name, { numbers, components: Math.max(1, components) });
}

function add(
  arrays: LegacyArrays,
  name: string,
  array: { readonly numbers: LazyNumbers; readonly components: number },
): void {
  if (arrays.has(name)) throw new SyntaxError(`it has two arrays of the name "${name}"`);
  arrays.set(name, array);
}

function readName(cursor: LegacyCursor): string {
  return decodeName(cursor.word() ?? "");
}

/** Names have `%20` instead of blanks since version 3. */
function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
