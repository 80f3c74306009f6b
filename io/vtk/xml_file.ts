/**
 * A VTK file in XML: its elements, and how its arrays are encoded.
 *
 * @module
 */

import { COMPRESSORS, decodeBase64, type Packing } from "./binary.ts";
import type { ArraySource } from "./data_array.ts";
import { MAX_FILE_BYTES } from "../whole_file.ts";
import { section } from "./piece.ts";
import { parseXml, type XmlElement, type XmlFile } from "./xml.ts";

/** A parsed file. */
export interface VtkXml {
  /** Type of its data, such as `UnstructuredGrid`. */
  readonly type: string;
  /** The element of that name, below the root. */
  readonly data: XmlElement;
  readonly source: ArraySource;
  /** Size of the file. */
  readonly byteCount: number;
}

/**
 * Parses a file.
 *
 * @param path Path of the file, for errors
 * @param types Types that the caller reads
 * @throws {SyntaxError} If it is damaged or of another type
 */
export function parseVtkXml(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  types: readonly string[],
): VtkXml {
  const file = parseXml(bytes);
  const { root } = file;
  const type = root.attributes.get("type") ?? "";
  if (root.name !== "VTKFile" || !types.includes(type)) {
    throw new SyntaxError(
      `it must be a VTK file of type ${types.join(" or ")}, received <${root.name}> ${type}`,
    );
  }
  const data = section(root, type);
  if (data === undefined) throw new SyntaxError(`it has no <${type}>, which its type states`);
  refuseTimeSteps(data);
  const room = { bytes: MAX_FILE_BYTES };
  const source = { path, packing: readPacking(root), room, appendedAt: appendedArrays(file) };
  return { type, data, source, byteCount: bytes.length };
}

/** VTK itself does not read such files reliably: arrays of one step follow those of another. */
function refuseTimeSteps(data: XmlElement): void {
  const steps = data.attributes.get("TimeValues")?.trim().split(/\s+/) ?? [];
  if (steps.length === 1) return;
  const visit = (element: XmlElement): void => {
    if (element.name === "DataArray" && element.attributes.has("TimeStep")) {
      throw new SyntaxError(
        `array "${element.attributes.get("Name") ?? ""}" belongs to one of several time steps; ` +
          "save each to a separate file",
      );
    }
    element.children.forEach(visit);
  };
  visit(data);
}

function readPacking({ attributes }: XmlElement): Packing {
  const order = attributes.get("byte_order") ?? "LittleEndian";
  const header = attributes.get("header_type") ?? "UInt32";
  const compressor = attributes.get("compressor") ?? "";
  if (order !== "LittleEndian" && order !== "BigEndian") {
    throw new SyntaxError(`its byte_order must be LittleEndian or BigEndian, received "${order}"`);
  }
  if (header !== "UInt32" && header !== "UInt64") {
    throw new SyntaxError(`its header_type must be UInt32 or UInt64, received "${header}"`);
  }
  if (compressor !== "" && !Object.hasOwn(COMPRESSORS, compressor)) {
    throw new SyntaxError(
      `its compressor must be one of ${Object.keys(COMPRESSORS).join(", ")}, received ` +
        `"${compressor}"; save it with one of these, or uncompressed`,
    );
  }
  return {
    littleEndian: order === "LittleEndian",
    headerBytes: header === "UInt32" ? 4 : 8,
    compressor: compressor === "" ? undefined : COMPRESSORS[compressor],
  };
}

/** Returns the bytes of an appended array by its offset; they end at the next array. */
function appendedArrays({ root, appended }: XmlFile): ArraySource["appendedAt"] {
  const offsets: number[] = [];
  const visit = (element: XmlElement) => {
    const offset = element.attributes.get("offset")?.trim() ?? "";
    // An array without one is refused when it is read.
    const isOffset = /^\d{1,15}$/.test(offset);
    if (element.attributes.get("format") === "appended" && isOffset) offsets.push(Number(offset));
    element.children.forEach(visit);
  };
  visit(root);
  offsets.sort((a, b) => a - b);
  const ends = new Map(offsets.map((offset, i) => [offset, offsets[i + 1]]));
  if (ends.size !== offsets.length) {
    throw new SyntaxError("two arrays begin at one offset of its appended data");
  }
  return (offset) => {
    if (appended === undefined) throw new SyntaxError("the file has no appended data");
    if (offset >= appended.bytes.length) {
      throw new SyntaxError(
        `its offset must be below the ${appended.bytes.length} appended bytes, received ${offset}`,
      );
    }
    const bytes = appended.bytes.subarray(offset, ends.get(offset));
    if (appended.encoding === "raw") return bytes;
    if (appended.encoding === "base64") return decodeBase64(bytes);
    throw new SyntaxError(
      `the encoding of appended data must be raw or base64, received "${appended.encoding}"`,
    );
  };
}
