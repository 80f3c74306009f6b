/**
 * JSON that preserves typed arrays and numbers that are not finite.
 *
 * @module
 */

/** Key that marks an encoded value; it holds the type of the array or number. */
const MARK = "$";

const ARRAYS = { Float32Array, Float64Array, Uint8Array, Uint32Array } as const;

/**
 * Converts plain data to JSON; arrays become base64, which is a third as long as digits.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const data = { loss: NaN, field: Float32Array.of(1, 0.1) };
 * assert.deepEqual(parseExactJson(exactJson(data)), data);
 * ```
 */
export function exactJson(data: unknown): string {
  return JSON.stringify(data, encode);
}

/** The data of a text by `exactJson`; the caller asserts their type. */
export function parseExactJson<Data>(text: string): Data {
  return JSON.parse(text, decode);
}

function encode(_key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return { [MARK]: String(value) };
  if (!ArrayBuffer.isView(value)) return value;
  const bytes = new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
  return { [MARK]: value.constructor.name, base64: bytes.toBase64() };
}

function decode(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(MARK in value)) return value;
  const { [MARK]: kind, base64 } = value as {
    readonly [MARK]: string;
    readonly base64?: string | undefined;
  };
  if (base64 === undefined) return Number(kind);
  return new ARRAYS[kind as keyof typeof ARRAYS](Uint8Array.fromBase64(base64).buffer);
}
