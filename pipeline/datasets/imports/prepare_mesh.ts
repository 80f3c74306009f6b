/**
 * A mesh of a file as a sample, by the preparation of its data set.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { FileArray, FileMesh } from "../../../io/mesh_file/mesh_file.ts";
import type { MeshCells } from "../../../io/mesh_cells.ts";
import { axesWithout, boxOf, coordinatesOf } from "./flatness.ts";
import { placeOf } from "./file_arrays.ts";
import { knownNodes } from "./known_nodes.ts";
import { findLayer, lowerSide } from "./layer.ts";
import { type MeshValues, meshValues } from "./mesh_values.ts";
import type { MeshNodes } from "./mesh_nodes.ts";
import type { Preparation, PreparedField } from "./preparation.ts";

/** A mesh with the fields of a data set. */
export interface PreparedMesh {
  /** Node positions [N, D] relative to the origin of the preparation. */
  readonly position: Float32Array;
  readonly nodeCount: number;
  /** Each field [N, components], relative to its offset. */
  readonly fields: Readonly<Record<string, Float32Array>>;
  readonly cells: MeshCells | undefined;
  /** The node of each point of the file (of each cell, for centres of cells), -1 if dropped. */
  readonly nodeOf: Int32Array;
}

/**
 * Prepares a mesh.
 *
 * @param id Id of the sample, for errors
 * @param time Time of the sample, if it has one
 * @param mode Whether all fields are required, or only inputs, and others where the file has them
 * @throws {DataError} If the mesh does not match the preparation
 */
export function prepareMesh(
  mesh: FileMesh,
  id: string,
  time: number | undefined,
  preparation: Preparation,
  mode: "complete" | "inputs" = "complete",
): PreparedMesh {
  const { axes, flat, origin, cells, hasCells, hasCuts, mask } = preparation;
  if (mesh.axes !== axes) {
    throw new DataError(
      `Cannot use "${mesh.path}": its points must have ${axes} coordinates, they have ${mesh.axes}`,
    );
  }
  const isPresent = (array: string) => mode === "complete" || hasArray(mesh, array, time);
  const fields = preparation.fields.filter(({ array, role }) =>
    role === "input" || isPresent(array)
  );
  const masks = mask?.array !== undefined && isPresent(mask.array)
    ? [{ array: mask.array, place: placeOf(mesh, mask.array, time) }]
    : [];
  const isWhole = fields.length === preparation.fields.length;
  const missing = (preparation.missing ?? []).map(Number);
  const isMissing = missing.length > 0;
  const values = meshValues(mesh, [...fields, ...masks], {
    cells,
    merging: isWhole ? "equal" : hasCuts ? "none" : "all",
    missing,
    maskable: new Set(fields.filter(({ role }) => role === "target").map(({ array }) => array)),
    time,
  });
  const nodes = flatNodes(values.nodes, flat);
  if (hasCells && nodes.cells === undefined) {
    throw new DataError(
      `Cannot use "${mesh.path}": it must have cells, as other files, found none`,
    );
  }
  const [markup] = masks;
  const known = mask === undefined
    ? undefined
    : markup === undefined
    ? new Uint8Array(nodes.nodeCount).fill(1)
    : knownNodes(nodes, markup.array, values.arrays.get(markup.array)!, markup.place);
  const context: FieldContext = { id, nodes, values, known, isMissing };
  const stored = Object.fromEntries(
    fields.map((field) => [field.name, fieldValues(field, context)]),
  );
  if (mask && known && isWhole) stored[mask.name] = Float32Array.from(known);
  return {
    position: positionsOf(nodes, preparation.coordinates, origin),
    nodeCount: nodes.nodeCount,
    fields: stored,
    cells: hasCells ? nodes.cells : undefined,
    nodeOf: nodes.nodeOf,
  };
}

interface FieldContext {
  readonly id: string;
  readonly nodes: MeshNodes;
  readonly values: MeshValues;
  /** Nodes with known targets; those that are missing are removed. */
  readonly known: Uint8Array | undefined;
  readonly isMissing: boolean;
}

function hasArray(mesh: FileMesh, array: string, time: number | undefined): boolean {
  const { pointData, cellData, fieldData } = mesh;
  return [pointData, cellData, fieldData].some(({ names }) => names.includes(array)) ||
    (array === "time" && time !== undefined);
}

/** The nodes without the axis across their plane; of a layer, one side. */
function flatNodes(nodes: MeshNodes, flat: Preparation["flat"]): MeshNodes {
  if (flat === undefined || flat.kind === "projection") return nodes;
  const { kind, axis, value, tolerance } = flat;
  const fail = (rule: string): never => {
    throw new DataError(`Cannot use "${nodes.path}": ${rule}, as those of other files`);
  };
  const name = "xyz"[axis];
  if (kind === "layer") {
    const layer = findLayer(nodes, axis, tolerance);
    return layer ? lowerSide(nodes, layer) : fail(`its points must be two layers along ${name}`);
  }
  const { low, high } = boxOf(nodes);
  const slack = Math.max(tolerance, 1e-6 * Math.abs(value));
  if (low[axis] < value - slack || high[axis] > value + slack) {
    fail(
      `its points must lie in the plane ${name} = ${value}, found ${name} from ${low[axis]} to ` +
        `${high[axis]}`,
    );
  }
  return nodes;
}

function positionsOf(
  nodes: MeshNodes,
  chosen: readonly number[],
  origin: readonly number[] | undefined,
): Float32Array {
  const coordinates = coordinatesOf(nodes, chosen);
  const count = chosen.length;
  return Float32Array.from(coordinates, (value, k) => value - (origin?.[k % count] ?? 0));
}

function fieldValues(field: PreparedField, context: FieldContext): Float32Array {
  const { array, place, components, categories, role } = field;
  const { nodes, values: { arrays }, known, isMissing } = context;
  const file = arrays.get(array)!;
  if (file.components !== components) {
    throw new DataError(
      `Cannot read array "${array}" of "${nodes.path}": it must have ${components} components, ` +
        `as in other files, found ${file.components}`,
    );
  }
  if (categories) return oneHot(file, categories, field, context);
  const values = nodes.values(file, place);
  const { stored, offset } = field;
  const result = new Float32Array(stored.length * nodes.nodeCount);
  for (let node = 0; node < nodes.nodeCount; node++) {
    for (const [k, c] of stored.entries()) {
      const value = values[components * node + c];
      const isAbsent = role === "target" && known !== undefined &&
        (known[node] === 0 || (isMissing && Number.isNaN(value)));
      if (isAbsent) {
        known[node] = 0;
        continue;
      }
      const rest = value - (offset?.[k] ?? 0);
      result[stored.length * node + k] = rest;
      if (!Number.isFinite(result[stored.length * node + k])) {
        refuseValue(field, context, node, value);
      }
      if (isInteger(file) && Number.isInteger(value) && Math.fround(rest) !== rest) {
        refuseInteger(field, context, node, value);
      }
    }
  }
  return result;
}

/** The share of each category at the nodes: 0 or 1, or between them for means over cells. */
function oneHot(
  file: FileArray,
  categories: readonly number[],
  { array, place }: PreparedField,
  { id, nodes }: FieldContext,
): Float32Array {
  const count = categories.length;
  const marks = new Float64Array(count * file.values.length);
  for (let tuple = 0; tuple < file.values.length; tuple++) {
    const category = categories.indexOf(Number(file.values[tuple]));
    if (category >= 0) marks[count * tuple + category] = 1;
    else marks.fill(NaN, count * tuple, count * (tuple + 1));
  }
  const shares = nodes.values({ values: marks, components: count }, place);
  const unknown = shares.findIndex(Number.isNaN);
  if (unknown < 0) return Float32Array.from(shares);
  const node = Math.floor(unknown / count);
  throw new DataError(
    `Cannot use array "${array}" as categories: its values must be ${categories.join(", ")}, ` +
      `sample "${id}" has ${nodes.values(file, place)[node]} at ${nodes.nameOf(node)}`,
  );
}

function isInteger({ values }: FileArray): boolean {
  return !(values instanceof Float32Array || values instanceof Float64Array);
}

function refuseValue(
  { array }: PreparedField,
  { id, nodes }: FieldContext,
  node: number,
  value: number,
): never {
  throw new DataError(
    `Cannot use array "${array}": a field must be finite in float32, sample "${id}" has ${value} ` +
      `at ${nodes.nameOf(node)}`,
  );
}

function refuseInteger(
  { array }: PreparedField,
  { id, nodes }: FieldContext,
  node: number,
  value: number,
): never {
  throw new DataError(
    `Cannot use array "${array}": an integer must be exact in float32, sample "${id}" has ` +
      `${value} at ${nodes.nameOf(node)}`,
  );
}

/** The axes of a data set that are stored. */
export function storedAxes(axes: number, flat: Preparation["flat"]): number[] {
  return [...axesWithout(axes, flat?.axis)];
}
