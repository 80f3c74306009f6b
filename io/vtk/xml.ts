/**
 * The XML of VTK and XDMF files: elements, attributes, and the bytes of texts. `saxes` parses the
 * markup; texts may be gigabytes of numbers, so they neither pass through it nor get copied.
 * Appended data are not XML: parsing stops where they begin. Errors are `SyntaxError`s that name
 * the fault; the reader adds the name of the file.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { SaxesParser } from "saxes";
import { messageOf } from "../../errors.ts";

/** An element, and the bytes between its start tag and the next tag. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: Uint8Array<ArrayBuffer>;
}

/** A parsed file: its root, and the bytes after the `_` that begins the appended data. */
export interface XmlFile {
  readonly root: XmlElement;
  readonly appended?:
    | { readonly encoding: string; readonly bytes: Uint8Array<ArrayBuffer> }
    | undefined;
}

/** An element whose parts are still to come. */
interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: Uint8Array<ArrayBuffer>;
}

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const UNDERSCORE = 0x5f;
const QUOTES = [0x22, 0x27];
const APPENDED_DATA = "AppendedData";
/** Room for the end tags after the appended data. */
const TAIL_BYTES = 4096;
const TAIL = /^<\/AppendedData\s*>\s*<\/VTKFile\s*>\s*$/;
/** Longest string of V8. */
const MAX_CHARACTERS = 2 ** 29 - 24;
/** VTK itself nests elements 7 levels deep. */
const MAX_DEPTH = 32;

/**
 * Parses a complete file.
 *
 * @param allowsDoctype Whether it may name a document type, which is not read; entities are refused
 * @throws {SyntaxError} If it is not well-formed XML, or is cut short
 */
export function parseXml(bytes: Uint8Array<ArrayBuffer>, allowsDoctype = false): XmlFile {
  const tree = new XmlTree(allowsDoctype);
  let start = nextTag(bytes, 0);
  if (!/^\uFEFF?\s*$/.test(decode(bytes.subarray(0, start), "utf8"))) {
    throw new SyntaxError("it is not XML; save it as .vtu or .vtp");
  }
  while (start < bytes.length) {
    const next = nextTag(bytes, start + 1);
    const end = endOfTag(bytes, start, next);
    const element = tree.write(decode(bytes.subarray(start, end), "utf8"));
    if (element?.name === APPENDED_DATA) {
      return { root: tree.root!, appended: findAppended(bytes, end, element) };
    }
    if (element !== undefined) element.text = bytes.subarray(end, next);
    else tree.write(decode(bytes.subarray(end, next), "utf8"));
    start = next;
  }
  tree.end();
  return { root: tree.root! };
}

/** The position of the next `<`, or the end of the bytes. */
function nextTag(bytes: Uint8Array<ArrayBuffer>, from: number): number {
  const at = bytes.indexOf(LESS_THAN, from);
  return at < 0 ? bytes.length : at;
}

/** The end of a start tag in `[start, next)`, or `next` if there is none. */
function endOfTag(bytes: Uint8Array<ArrayBuffer>, start: number, next: number): number {
  let quote = 0;
  for (let at = start; at < next; at++) {
    const byte = bytes[at];
    if (quote === 0 && byte === GREATER_THAN) return at + 1;
    if (quote === byte) quote = 0;
    else if (quote === 0 && QUOTES.includes(byte)) quote = byte;
  }
  return next;
}

/** The elements of markup that is written piece by piece. */
class XmlTree {
  readonly #parser = new SaxesParser({ xmlns: false as const, position: false });
  readonly #open: OpenElement[] = [];
  #last: OpenElement | undefined;
  root: XmlElement | undefined;

  constructor(allowsDoctype: boolean) {
    this.#parser.on("opentag", ({ name, attributes }) => this.#add(name, attributes));
    this.#parser.on("closetag", () => {
      this.#open.pop();
      this.#last = undefined;
    });
    this.#parser.on("doctype", (text) => {
      if (allowsDoctype && !text.includes("<!")) return;
      refuse(
        `document type declarations ${allowsDoctype ? "with entities " : ""}are not supported`,
      );
    });
    this.#parser.on("cdata", () => refuse("CDATA sections are not supported"));
  }

  /** Parses markup; returns the element that it starts and does not end. */
  write(markup: string): OpenElement | undefined {
    this.#last = undefined;
    attempt(() => this.#parser.write(markup));
    return this.#last;
  }

  end(): void {
    attempt(() => this.#parser.close());
  }

  #add(name: string, attributes: Readonly<Record<string, string>>): void {
    const element: OpenElement = {
      name,
      attributes: new Map(Object.entries(attributes)),
      children: [],
      text: new Uint8Array(0),
    };
    this.root ??= element;
    this.#open.at(-1)?.children.push(element);
    if (this.#open.push(element) > MAX_DEPTH) refuse(`it nests more than ${MAX_DEPTH} levels deep`);
    if (name === APPENDED_DATA && this.#open.length !== 2) {
      refuse("appended data must be directly below the root");
    }
    this.#last = element;
  }
}

/** Runs a step of the parser; its errors become ours. */
function attempt(step: () => void): void {
  try {
    step();
  } catch (cause) {
    throw new SyntaxError(`its XML cannot be parsed: ${messageOf(cause)}`, { cause });
  }
}

function refuse(reason: string): never {
  throw new SyntaxError(reason);
}

/**
 * The bytes between the `_` and the end tag, which is searched for from the end: raw data may
 * contain any bytes.
 */
function findAppended(bytes: Uint8Array<ArrayBuffer>, start: number, { attributes }: XmlElement) {
  const begin = bytes.indexOf(UNDERSCORE, start);
  if (begin < 0 || decode(bytes.subarray(start, begin), "latin1").trim() !== "") {
    throw new SyntaxError("its appended data do not begin with _");
  }
  const tailStart = Math.max(begin + 1, bytes.length - TAIL_BYTES);
  const tail = decode(bytes.subarray(tailStart), "latin1");
  const end = tail.lastIndexOf("</AppendedData");
  if (end < 0 || !TAIL.test(tail.slice(end))) {
    throw new SyntaxError("it is cut short: its appended data do not end");
  }
  return {
    encoding: attributes.get("encoding") ?? "base64",
    bytes: bytes.subarray(begin + 1, tailStart + end),
  };
}

/** Bytes as text. @throws {SyntaxError} If a string cannot hold that many characters */
export function decode(bytes: Uint8Array<ArrayBuffer>, encoding: "latin1" | "utf8"): string {
  if (bytes.length > MAX_CHARACTERS) {
    throw new SyntaxError(
      `a text of ${bytes.length} bytes is too long; save the file with appended raw data`,
    );
  }
  return view(bytes).toString(encoding);
}

function view(bytes: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
