/**
 * Fields of OpenFOAM before the first iteration: one value per cell, and the boundary condition of
 * each patch.
 *
 * @module
 */

import {
  dictionaryText,
  type FoamDictionary,
  type FoamDimensions,
  foamHeader,
  foamVector,
} from "./dictionary.ts";

/** A field before the first iteration. */
export interface InitialField {
  readonly dimensions: FoamDimensions;
  /** One value for all cells, a vector as three numbers, or values per cell `[C, components]`. */
  readonly internal: number | readonly [number, number, number] | Float64Array;
  /** Boundary condition of each patch. */
  readonly boundary: Readonly<Record<string, FoamDictionary>>;
}

/**
 * The text of a field file.
 *
 * @param components Numbers per cell: 1 or 3
 */
export function initialFieldText(name: string, components: 1 | 3, field: InitialField): string {
  const { dimensions, internal, boundary } = field;
  const className = components === 3 ? "volVectorField" : "volScalarField";
  const entries = {
    dimensions,
    internalField: internalText(internal, components),
    boundaryField: boundary,
  };
  return foamHeader(className, "0", name) + dictionaryText(entries);
}

function internalText(internal: InitialField["internal"], components: number): string {
  if (typeof internal === "number") return `uniform ${internal}`;
  if (!(internal instanceof Float64Array)) return `uniform ${foamVector(internal)}`;
  const count = internal.length / components;
  const rows = Array.from(
    { length: count },
    (_, i) => components === 1 ? internal[i] : foamVector(internal.subarray(3 * i, 3 * i + 3)),
  );
  return "nonuniform " +
    `List<${components === 3 ? "vector" : "scalar"}>\n${count}\n(\n${rows.join("\n")}\n)`;
}
