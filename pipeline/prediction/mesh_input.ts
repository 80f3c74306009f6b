/**
 * The mesh and the fields that a program gives to a model.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { MeshCells } from "../../io/mesh_store.ts";
import { type FieldColumns, fieldsOf } from "../batches/field_names.ts";

/** A mesh with the fields that the model reads. */
export interface MeshInput {
  /**
   * Node positions `[N, D]`, in the units of the training meshes. Positions far from 0, such as map
   * coordinates, need float64.
   */
  readonly position: Float32Array | Float64Array;
  /**
   * Values of every input of the model except the coordinates: a field `[N, components]` by its
   * name, such as `velocity`, or each component `[N]` by its own, such as `velocity.x`.
   */
  readonly inputs: Readonly<Record<string, Float32Array | Float64Array>>;
  /** Cells of the mesh, for a model whose derived inputs follow from them. */
  readonly cells?: MeshCells | undefined;
  /** Key of the random numbers; equal ids give equal predictions. @default "mesh" */
  readonly id?: string | undefined;
}

/**
 * True coordinates and given inputs of every node `[N, I]`.
 *
 * @param inputNames Names of the inputs, the coordinates first.
 * @throws {DataError} If an input is missing, given twice, has another length, or is not finite.
 */
export function givenInputs(
  { position, inputs }: MeshInput,
  dimensions: number,
  inputNames: readonly string[],
): Float64Array {
  const nodeCount = position.length / dimensions;
  if (!Number.isInteger(nodeCount) || nodeCount === 0) {
    throw new DataError(
      `Cannot predict: positions must be [N, ${dimensions}] with N >= 1, received ` +
        `${position.length} numbers`,
    );
  }
  const width = inputNames.length;
  const rows = new Float64Array(nodeCount * width);
  const fill = (values: ArrayLike<number>, column: number, stride: number, from: number) => {
    for (let node = 0; node < nodeCount; node++) {
      const value = values[node * stride + from];
      if (!Number.isFinite(value)) {
        throw new DataError(
          `Cannot predict: input "${inputNames[column]}" must be finite, node ${node} has ` +
            value,
        );
      }
      rows[node * width + column] = value;
    }
  };
  for (let axis = 0; axis < dimensions; axis++) fill(position, axis, dimensions, axis);
  for (const field of fieldsOf(inputNames.slice(dimensions), [])) {
    const first = field.column + dimensions;
    const names = inputNames.slice(first, first + field.components);
    givenValues(field, names, inputs, nodeCount).forEach(({ values, stride, from }, k) =>
      fill(values, first + k, stride, from)
    );
  }
  return rows;
}

/** A component of an input, in an array of `stride` values per node. */
interface GivenValues {
  readonly values: ArrayLike<number>;
  readonly stride: number;
  readonly from: number;
}

/**
 * The components of a field, given by the name of the field or by their own.
 *
 * @throws {DataError} If they are missing, given twice or of another length.
 */
function givenValues(
  { name: field, components }: FieldColumns,
  names: readonly string[],
  inputs: MeshInput["inputs"],
  nodeCount: number,
): readonly GivenValues[] {
  const complete = Object.hasOwn(inputs, field) ? inputs[field] : undefined;
  const separate = names.filter((name) => name !== field && Object.hasOwn(inputs, name));
  if (complete !== undefined && separate.length > 0) {
    throw new DataError(
      `Cannot predict: input "${field}" must be given once, received it and ` +
        separate.map((name) => `"${name}"`).join(", "),
    );
  }
  if (complete !== undefined) {
    checkLength(field, complete, components, nodeCount);
    return names.map((_, from) => ({ values: complete, stride: components, from }));
  }
  return names.map((name) => {
    const values = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (values === undefined) {
      const received = Object.keys(inputs).join(", ") || "none";
      throw new DataError(`Cannot predict: input "${name}" is missing, received ${received}`);
    }
    checkLength(name, values, 1, nodeCount);
    return { values, stride: 1, from: 0 };
  });
}

/** @throws {DataError} If an input has another length. */
function checkLength(
  name: string,
  { length }: ArrayLike<number>,
  components: number,
  nodeCount: number,
): void {
  if (length === nodeCount * components) return;
  const rule = components === 1 ? "one value" : `${components} values`;
  throw new DataError(
    `Cannot predict: input "${name}" must have ${rule} per node, received ${length} for ` +
      `${nodeCount} nodes`,
  );
}
