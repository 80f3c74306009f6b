/**
 * One array of a VTK file, in any place and encoding.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { decodeBase64, type Packing, unpack } from "./binary.ts";
import { NUMBER_TYPES, type NumberType, parseNumbers, type VtkNumbers } from "./numbers.ts";
import { decode, type XmlElement } from "./xml.ts";

/** An array [tuples, components]. */
export interface VtkArray {
  readonly values: VtkNumbers;
  readonly components: number;
}

/** The source of the arrays of a file. */
export interface ArraySource {
  readonly path: string;
  readonly packing: Packing;
  /** Remaining size of all arrays: a small file can decompress to more than the memory. */
  readonly room: { bytes: number };
  /** The appended data from an offset to the next array. */
  readonly appendedAt: (offset: number) => Uint8Array<ArrayBuffer>;
}

/**
 * Reads a `DataArray`.
 *
 * @param tuples Number of tuples, if known
 * @throws {DataError} If it is damaged, of another length, or of an unknown type; names array and
 *   file
 */
export function readDataArray(source: ArraySource, element: XmlElement, tuples?: number): VtkArray {
  const action = `Cannot read array "${element.attributes.get("Name") ?? ""}" of "${source.path}"`;
  try {
    const components = readCount(element, "NumberOfComponents", 1);
    if (components === 0) throw new SyntaxError("it must have at least one component");
    const count = tuples === undefined ? undefined : tuples * components;
    const values = readValues(source, element, count);
    if (values.length % components !== 0) {
      throw new SyntaxError(
        `its ${values.length} numbers are not a multiple of ${components} components`,
      );
    }
    return { values, components };
  } catch (cause) {
    throw damaged(action, cause);
  }
}

/** The count in an attribute. @throws {SyntaxError} If it is not a count */
export function readCount(element: XmlElement, attribute: string, fallback?: number): number {
  const text = element.attributes.get(attribute)?.trim();
  if (text === undefined && fallback !== undefined) return fallback;
  const count = text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (count === undefined) {
    throw new SyntaxError(
      `${attribute} of <${element.name}> must be a count, received "${text ?? ""}"`,
    );
  }
  return count;
}

/** The `DataError` of a `SyntaxError`; any other error unchanged. */
export function damaged(action: string, cause: unknown): unknown {
  return cause instanceof SyntaxError
    ? new DataError(`${action}: ${cause.message}`, { cause })
    : cause;
}

function readValues(source: ArraySource, element: XmlElement, count?: number): VtkNumbers {
  const type = element.attributes.get("type") ?? "";
  const format = element.attributes.get("format") ?? "ascii";
  if (type === "Bit") {
    if (format === "ascii") return parseNumbers(decode(element.text, "latin1"), "UInt8", count);
    return readBits(source, readPacked(source, element, format), count);
  }
  if (!isNumberType(type)) {
    throw new SyntaxError(
      `its type must be one of ${Object.keys(NUMBER_TYPES).join(", ")}, received "${type}"`,
    );
  }
  if (format === "ascii") return parseNumbers(decode(element.text, "latin1"), type, count);
  const NumberArray = NUMBER_TYPES[type];
  const itemBytes = NumberArray.BYTES_PER_ELEMENT;
  const bytes = unpack(
    readPacked(source, element, format),
    source.packing,
    itemBytes,
    count === undefined ? undefined : count * itemBytes,
    source.room.bytes,
  );
  source.room.bytes -= bytes.length;
  return new NumberArray(bytes.buffer, 0, bytes.length / itemBytes);
}

/** Bits, the highest one of each byte first, as numbers. */
function readBits(
  source: ArraySource,
  packed: Uint8Array<ArrayBuffer>,
  count?: number,
): VtkNumbers {
  const byteCount = count === undefined ? undefined : Math.ceil(count / 8);
  const bytes = unpack(packed, source.packing, 1, byteCount, source.room.bytes);
  const length = count ?? 8 * bytes.length;
  source.room.bytes -= length;
  return Uint8Array.from({ length }, (_, i) => (bytes[i >> 3] >> (7 - i % 8)) & 1);
}

function readPacked(
  source: ArraySource,
  element: XmlElement,
  format: string,
): Uint8Array<ArrayBuffer> {
  if (format === "binary") return decodeBase64(element.text);
  if (format === "appended") return source.appendedAt(readCount(element, "offset"));
  throw new SyntaxError(`its format must be ascii, binary or appended, received "${format}"`);
}

function isNumberType(type: string): type is NumberType {
  return Object.hasOwn(NUMBER_TYPES, type);
}
