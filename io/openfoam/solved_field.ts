/**
 * Fields that OpenFOAM wrote: values in the cells, and on the faces of patches.
 *
 * @module
 */

import {
  FoamFileParser,
  isFoamList,
  type ParsedDictionary,
  type ParsedValue,
} from "./foam_file_parser.ts";

/** A field written by OpenFOAM. */
export interface SolvedField {
  /** Numbers per cell: 1 or 3. */
  readonly components: number;
  /** Values in the cells `[C, components]`. */
  readonly internal: Float64Array;
  /** Values on the faces of the patches that have them `[faces, components]`. */
  readonly patches: ReadonlyMap<string, Float64Array>;
}

/**
 * Reads a field file in plain text or binary.
 *
 * @param bytes The complete file
 * @param name Name for errors
 * @param faceCounts Number of faces of each patch, to expand uniform values
 * @throws {SyntaxError} If the bytes are not a field, or have another binary layout
 */
export function readSolvedField(
  bytes: Uint8Array,
  name: string,
  cellCount: number,
  faceCounts: ReadonlyMap<string, number>,
): SolvedField {
  const file = new FoamFileParser(bytes, name).parse();
  const className = (file.FoamFile as ParsedDictionary | undefined)?.class;
  const components = className === "volVectorField"
    ? 3
    : className === "volScalarField"
    ? 1
    : undefined;
  const boundary = file.boundaryField;
  if (components === undefined || !isDictionary(boundary)) {
    throw new SyntaxError(
      `Cannot read "${name}": its class must be volScalarField or volVectorField, found ` +
        `${className}`,
    );
  }
  const patches = new Map<string, Float64Array>();
  for (const [patch, faceCount] of faceCounts) {
    const value = isDictionary(boundary[patch]) ? boundary[patch].value : undefined;
    if (value !== undefined) {
      patches.set(patch, spread(value, components, faceCount, `${name}, ${patch}`));
    }
  }
  return { components, internal: spread(file.internalField, components, cellCount, name), patches };
}

/** One value per element, from a list or a uniform value. */
function spread(
  value: ParsedValue | undefined,
  components: number,
  count: number,
  name: string,
): Float64Array {
  const values = isFoamList(value) ? value.values : uniformValues(value);
  const length = values?.length;
  if (values !== undefined && length === count * components) return values;
  if (values !== undefined && length === components) {
    return Float64Array.from({ length: count * components }, (_, i) => values[i % components]);
  }
  throw new SyntaxError(
    `Cannot read "${name}": it must hold ${count} values of ${components} components, found ` +
      (length === undefined ? "none" : `${length} numbers`),
  );
}

function uniformValues(value: ParsedValue | undefined): Float64Array | undefined {
  const numbers = typeof value === "string"
    ? value.match(/^uniform\s+\(?([^()]+)\)?$/)?.[1]
    : undefined;
  return numbers === undefined ? undefined : Float64Array.from(numbers.trim().split(/\s+/), Number);
}

function isDictionary(value: ParsedValue | undefined): value is ParsedDictionary {
  return typeof value === "object" && !isFoamList(value);
}
