/** Safetensors files that are damaged on purpose. @module */

import {
  encodeSafetensors,
  readSafetensors,
  type Safetensors,
  type Tensor,
} from "../../io/safetensors.ts";

/** Tensors and metadata of a file, to be edited. */
export interface Editable {
  readonly tensors: Record<string, Tensor>;
  readonly metadata: Record<string, string>;
}

/** The bytes of the file at `path` after `edit`. */
export async function edited(
  path: string,
  edit: (file: Editable) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const { tensors, metadata }: Safetensors = await readSafetensors(path);
  const file = { tensors: { ...tensors }, metadata: { ...metadata } };
  edit(file);
  return encodeSafetensors(file.tensors, file.metadata);
}

/** The tensor with element `at` replaced. */
export function withElement(tensor: Tensor, at: number, value: number): Tensor {
  const data = tensor.data.slice();
  data[at] = value;
  return { ...tensor, data };
}

/** The same numbers in another shape. */
export function withShape(tensor: Tensor, shape: readonly number[]): Tensor {
  return { ...tensor, shape };
}

/** The bytes of `path` with `from` in the header replaced by as many bytes. */
export async function withHeaderText(path: string, from: string, to: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  if (!header.includes(from) || from.length !== to.length) {
    throw new RangeError(`Cannot replace "${from}"`);
  }
  bytes.set(new TextEncoder().encode(header.replace(from, to)), 8);
  return bytes;
}
