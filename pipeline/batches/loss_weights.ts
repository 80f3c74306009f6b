/**
 * Weights of nodes in the loss.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { unpackOffsets } from "./value_offsets.ts";

/** Nodes that weigh more, or less, than the others. */
export interface Emphasis {
  /** Name of an input value, such as `distance`. */
  readonly input: string;
  /** Largest absolute value of the input at these nodes, in its unit. */
  readonly within: number;
  /** Weight of their squared errors; that of the others is 1. */
  readonly weight: number;
}

/**
 * The weight of each node of a mesh `[N]`: that of the emphasis where it applies, else 1, and 0
 * where no target is known; undefined if all are 1.
 *
 * @throws {DataError} If the mesh has no such input.
 */
export function lossWeights(
  mesh: RecordBatch,
  emphasis: Emphasis | undefined,
): Float32Array | undefined {
  const known = mesh.list("known", 0, "float32");
  if (emphasis === undefined) return known.length === 0 ? undefined : known;
  return Float32Array.from(
    emphasised(mesh, emphasis),
    (isNear, node) => (isNear === 1 ? emphasis.weight : 1) * (known[node] ?? 1),
  );
}

/** Whether an emphasis applies to a node of a mesh. */
export function hasEmphasis(mesh: RecordBatch, emphasis: Emphasis): boolean {
  return emphasised(mesh, emphasis).includes(1);
}

/** 1 for each node of a mesh to which an emphasis applies, else 0 `[N]`. */
function emphasised(mesh: RecordBatch, { input, within }: Emphasis): Uint8Array {
  const names = mesh.texts("inputNames", 0);
  const column = names.indexOf(input);
  if (column < 0) {
    throw new DataError(
      `Cannot weigh nodes of sample "${mesh.value("id", 0, "utf8")}": emphasis needs an input ` +
        `"${input}", the data have ${names.join(", ")}; name one of them`,
    );
  }
  const values = mesh.list("input", 0, "float32");
  const offset = unpackOffsets(mesh.list("valueOffset", 0, "float64"), column, 1)[0];
  const isNear = new Uint8Array(values.length / names.length);
  for (let node = 0; node < isNear.length; node++) {
    if (Math.abs(values[node * names.length + column] + offset) <= within) isNear[node] = 1;
  }
  return isNear;
}
