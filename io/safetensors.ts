/**
 * Reads and writes safetensors files: named arrays of numbers, with texts as metadata.
 *
 * A file is the byte length of the header (8 bytes, little-endian), the header as JSON, and the
 * tensors one after another without gaps. See https://github.com/huggingface/safetensors#format.
 *
 * @module
 */

import { z } from "zod";
import { DataError, messageOf } from "../errors.ts";
import { writeFileAtomically, type WriteOptions } from "./atomic_write.ts";
import { duplicateKey, parseJson } from "./json_text.ts";
import { readWholeFile } from "./whole_file.ts";

/** Readable types and their sizes in bytes. */
const ELEMENT_BYTES = {
  F64: 8,
  F32: 4,
  U32: 4,
  I32: 4,
  I64: 8,
  BF16: 2,
  F16: 2,
  U8: 1,
  BOOL: 1,
} as const;

/** Types that are written, in file order: wide ones first, which aligns all of them. */
const WRITTEN_TYPES = ["F64", "F32", "U32", "I32", "U8", "BOOL"] as const;

/** Element type of a tensor in a file. */
export type TensorType = keyof typeof ELEMENT_BYTES;

/** The numbers of a tensor. F16 and BF16 are widened to float32; I64 is narrowed to int32. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A tensor of a file. */
export interface Tensor {
  /** Type in the file. */
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  /** Row-major numbers. */
  readonly data: TensorData;
}

/** A tensor to write: its type is that of `data`, or BOOL for a Uint8Array with that `dtype`. */
export type TensorToWrite = Omit<Tensor, "dtype"> & { readonly dtype?: TensorType | undefined };

/** The content of a safetensors file. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The largest header that the format allows. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA_KEY = "__metadata__";

const offset = z.int().nonnegative();
const tensorSchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([offset, offset]),
});

/**
 * Reads a safetensors file.
 *
 * @throws {DataError} If there is no such file, or it is cut short, damaged or inconsistent; names
 * the tensor
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  return decodeSafetensors(await readWholeFile(path), path);
}

/**
 * Decodes the bytes of a safetensors file. Aligned tensors share the memory of `bytes`.
 *
 * @param name Name of the bytes in errors
 * @throws {DataError} If they are damaged, as `readSafetensors`
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const { header, start } = readHeader(bytes, name);
  const { [METADATA_KEY]: metadata = {}, ...entries } = header;
  if (!isTexts(metadata)) {
    throw new DataError(`Cannot read "${name}": its metadata must be texts`);
  }
  const tensors = Object.entries(entries).map(([key, value]) => parseEntry(key, value, name));
  checkLayout(tensors, bytes.byteLength - start, name);
  const decoded = tensors.map(({ key, dtype, shape, begin, end }): [string, Tensor] => {
    const data = decodeNumbers(
      dtype,
      bytes.subarray(start + begin, start + end),
      `tensor "${key}" of "${name}"`,
    );
    return [key, { dtype, shape, data }];
  });
  return { tensors: Object.fromEntries(decoded), metadata };
}

function readHeader(
  bytes: Uint8Array,
  name: string,
): { header: Record<string, unknown>; start: number } {
  const fail = (reason: string, cause?: unknown): never => {
    throw new DataError(`Cannot read "${name}": ${reason}`, { cause });
  };
  if (bytes.byteLength < 8) {
    fail(`it is too short for a safetensors file, ${bytes.byteLength} bytes`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    fail(
      `its header must have at most ${MAX_HEADER_BYTES} bytes, it states ${length}; it may not ` +
        "be a safetensors file",
    );
  }
  const start = 8 + Number(length);
  if (start > bytes.byteLength) {
    fail(`it is cut short, the header needs ${start} bytes, found ${bytes.byteLength}`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(8, start),
    );
    const header = parseJson(text);
    if (typeof header !== "object" || header === null || Array.isArray(header)) {
      fail("its header is not a JSON object");
    }
    const duplicate = duplicateKey(text);
    if (duplicate !== undefined) fail(`its header has "${duplicate}" twice`);
    return { header: header as Record<string, unknown>, start };
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    return fail(`its header is not JSON: ${messageOf(cause)}`, cause);
  }
}

interface Entry {
  readonly key: string;
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  /** Bytes `[begin, end)` after the header. */
  readonly begin: number;
  readonly end: number;
}

function parseEntry(key: string, value: unknown, name: string): Entry {
  const what = `tensor "${key}" of "${name}"`;
  const { data, error } = tensorSchema.safeParse(value);
  if (!data) {
    const { path, message } = error.issues[0];
    throw new DataError(
      `Cannot read ${what}: its entry is invalid: ${path.join(".") || "entry"}: ${message}`,
    );
  }
  const { dtype, shape, data_offsets: [begin, end] } = data;
  if (!isKnownType(dtype)) {
    throw new DataError(
      `Cannot read ${what}: its type must be one of ` +
        `${Object.keys(ELEMENT_BYTES).join(", ")}, received "${dtype}"`,
    );
  }
  const expected = shape.reduce((product, n) => product * n, ELEMENT_BYTES[dtype]);
  if (end - begin !== expected) {
    throw new DataError(
      `Cannot read ${what}: ${dtype} of shape [${shape.join(", ")}] has ${expected} bytes, ` +
        `found ${end - begin}`,
    );
  }
  return { key, dtype, shape, begin, end };
}

/** Throws unless the tensors fill the data without gap or overlap. */
function checkLayout(tensors: readonly Entry[], dataBytes: number, name: string): void {
  let reached = 0;
  let before = "the header";
  for (
    const { key, begin, end } of tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end)
  ) {
    if (begin !== reached) {
      const problem = begin < reached ? "overlaps" : "leaves a gap after";
      throw new DataError(
        `Cannot read tensor "${key}" of "${name}": it ${problem} ${before}, it starts at ` +
          `byte ${begin}, not ${reached}`,
      );
    }
    if (end > dataBytes) {
      throw new DataError(
        `Cannot read tensor "${key}" of "${name}": the file is cut short, it ends at ` +
          `byte ${end} of ${dataBytes}`,
      );
    }
    reached = end;
    before = `tensor "${key}"`;
  }
  if (reached !== dataBytes) {
    throw new DataError(
      `Cannot read "${name}": ${dataBytes - reached} bytes at its end belong to no tensor`,
    );
  }
}

function decodeNumbers(dtype: TensorType, bytes: Uint8Array, what: string): TensorData {
  const width = ELEMENT_BYTES[dtype];
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const length = byteLength / width;
  switch (dtype) {
    case "F64":
      return new Float64Array(buffer, byteOffset, length);
    case "F32":
      return new Float32Array(buffer, byteOffset, length);
    case "U32":
      return new Uint32Array(buffer, byteOffset, length);
    case "I32":
      return new Int32Array(buffer, byteOffset, length);
    case "U8":
      return new Uint8Array(buffer, byteOffset, length);
    case "BOOL": {
      const data = new Uint8Array(buffer, byteOffset, length);
      const wrong = data.find((value) => value > 1);
      if (wrong !== undefined) {
        throw new DataError(`Cannot read ${what}: a BOOL must be 0 or 1, received ${wrong}`);
      }
      return data;
    }
    case "F16":
      return Float32Array.from(new Float16Array(buffer, byteOffset, length));
    case "BF16": {
      const halves = new Uint16Array(buffer, byteOffset, length);
      return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
    }
    case "I64": {
      const wide = new BigInt64Array(buffer, byteOffset, length);
      const narrow = Int32Array.from(wide, Number);
      const wrong = wide.findIndex((value, i) => value !== BigInt(narrow[i]));
      if (wrong >= 0) {
        throw new DataError(
          `Cannot read ${what}: its I64 must fit into int32, received ${wide[wrong]}`,
        );
      }
      return narrow;
    }
  }
}

/**
 * Writes a safetensors file; the same tensors give the same bytes, in any order.
 *
 * @throws {UserError} If `path` exists and `overwrite` is not set
 * @throws {TypeError} If the shape of a tensor does not match its data
 * @throws {DataError} If the write fails, as on a full disk; nothing is left behind
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
  options: WriteOptions = {},
): Promise<void> {
  await writeFileAtomically(path, encodeSafetensors(tensors, metadata), options);
}

/** Encodes tensors as the bytes of a safetensors file, as `writeSafetensors` writes them. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const ordered = Object.entries(tensors)
    .map(([key, tensor]) => ({ key, ...tensor, dtype: checkedType(key, tensor) }))
    .sort((a, b) =>
      WRITTEN_TYPES.indexOf(a.dtype) - WRITTEN_TYPES.indexOf(b.dtype) || (a.key < b.key ? -1 : 1)
    );
  let end = 0;
  const entries = ordered.map(({ key, dtype, shape, data }) => {
    const begin = end;
    end += data.byteLength;
    return [key, { dtype, shape, data_offsets: [begin, end] }];
  });
  const texts = Object.entries(metadata).sort(([a], [b]) => a < b ? -1 : 1);
  const head = texts.length > 0 ? [[METADATA_KEY, Object.fromEntries(texts)]] : [];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...head, ...entries])));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end).fill(0x20, 0, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const { data } of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function checkedType(
  key: string,
  { dtype, shape, data }: TensorToWrite,
): typeof WRITTEN_TYPES[number] {
  if (key === METADATA_KEY) {
    throw new RangeError(`Cannot write tensor "${key}": this name is reserved`);
  }
  const length = shape.reduce((product, n) => product * n, 1);
  if (length !== data.length) {
    throw new TypeError(
      `Cannot write tensor "${key}": shape [${shape.join(", ")}] needs ${length} ` +
        `numbers, received ${data.length}`,
    );
  }
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Uint32Array) return "U32";
  if (data instanceof Int32Array) return "I32";
  return dtype === "BOOL" ? "BOOL" : "U8";
}

function isKnownType(type: string): type is TensorType {
  return Object.hasOwn(ELEMENT_BYTES, type);
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === "string");
}
