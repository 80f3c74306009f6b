/**
 * The XML of VTK files: elements, attributes, and the bytes of text, not copied. Appended data are
 * not XML, so the scan ends where they begin. Errors are `SyntaxError`s that say what is wrong; the
 * reader adds the name of the file.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** An element, and the bytes between its start tag and the next tag. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: Uint8Array<ArrayBuffer>;
}

/** A scanned file: its root, and the bytes after the `_` that begins the appended data. */
export interface XmlFile {
  readonly root: XmlElement;
  readonly appended?:
    | { readonly encoding: string; readonly bytes: Uint8Array<ArrayBuffer> }
    | undefined;
}

const lessThan = 0x3c;
const greaterThan = 0x3e;
const underscore = 0x5f;
const byteOrderMark = [0xef, 0xbb, 0xbf];
const quotes = [0x22, 0x27];
/** Room for the end tags behind the appended data. */
const tailBytes = 4096;
/** V8's longest string. */
const mostCharacters = 2 ** 29 - 24;
/** VTK itself nests 7 deep. */
const maxDepth = 32;
const namePattern = /^[A-Za-z_][\w:.-]*/;
const attributePattern = /\s+([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Scans a whole file. @throws {SyntaxError} when it is not XML, or ends early */
export function parseXml(bytes: Uint8Array<ArrayBuffer>): XmlFile {
  const open: (XmlElement & { children: XmlElement[] })[] = [];
  let root: XmlElement | undefined;
  for (let position = hasByteOrderMark(bytes) ? byteOrderMark.length : 0;;) {
    const start = bytes.indexOf(lessThan, position);
    if (open.length === 0 && !isBlank(bytes.subarray(position, start < 0 ? bytes.length : start))) {
      throw new SyntaxError(
        root ? "text stands behind the end of its XML" : "it is not XML; save it as .vtu or .vtp",
      );
    }
    if (start < 0) {
      if (root !== undefined && open.length === 0) return { root };
      throw new SyntaxError("it is cut short: its XML does not end");
    }
    const { markup, end } = readMarkup(bytes, start);
    position = end;
    if (markup.startsWith("<?") || markup.startsWith("<!")) continue;
    if (markup.startsWith("</")) {
      const name = open.pop()?.name;
      if (name !== markup.slice(2, -1).trimEnd()) {
        throw new SyntaxError(
          `its XML is not well-formed: ${shortened(markup)} does not end <${name ?? ""}>`,
        );
      }
      continue;
    }
    const next = bytes.indexOf(lessThan, end);
    const element = parseStartTag(markup, bytes.subarray(end, next < 0 ? bytes.length : next));
    if (open.length > 0) open.at(-1)!.children.push(element);
    else if (root === undefined) root = element;
    else throw new SyntaxError(`its XML has a second root: ${shortened(markup)}`);
    if (markup.endsWith("/>")) continue;
    if (element.name === "AppendedData") {
      if (open.length !== 1) {
        throw new SyntaxError("its appended data are not right below the root");
      }
      return { root: root!, appended: findAppended(bytes, end, element) };
    }
    if (open.push(element) > maxDepth) {
      throw new SyntaxError(`its XML is nested more than ${maxDepth} deep`);
    }
  }
}

/** A tag, comment or processing instruction from its `<` to its `>`. */
function readMarkup(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
): { markup: string; end: number } {
  const text = (from: number, to: number) => view(bytes).toString("utf8", from, to);
  const head = text(start, start + 4);
  if (head === "<!--" || head.startsWith("<?")) {
    const close = head === "<!--" ? "-->" : "?>";
    const found = view(bytes).indexOf(close, start + 2);
    if (found < 0) throw new SyntaxError(`it is cut short: ${head} does not end`);
    return { markup: head, end: found + close.length };
  }
  if (head.startsWith("<!")) throw new SyntaxError("its XML has a declaration or a CDATA section");
  let quote = 0;
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (quote !== 0) quote = byte === quote ? 0 : quote;
    else if (quotes.includes(byte)) quote = byte;
    else if (byte === greaterThan) return { markup: text(start, at + 1), end: at + 1 };
    else if (byte === lessThan) break;
  }
  throw new SyntaxError(`its XML is not well-formed: the tag at byte ${start} does not end`);
}

function parseStartTag(
  markup: string,
  text: Uint8Array<ArrayBuffer>,
): XmlElement & { children: XmlElement[] } {
  const body = markup.slice(1, markup.endsWith("/>") ? -2 : -1);
  const name = namePattern.exec(body)?.[0];
  if (name === undefined) throw new SyntaxError(`its XML is not well-formed: ${shortened(markup)}`);
  const attributes = new Map<string, string>();
  let position = name.length;
  while (body.slice(position).trim() !== "") {
    attributePattern.lastIndex = position;
    const match = attributePattern.exec(body);
    if (match === null || attributes.has(match[1])) {
      throw new SyntaxError(`its XML is not well-formed: ${shortened(markup)}`);
    }
    attributes.set(match[1], decodeEntities(match[2] ?? match[3]));
    position = attributePattern.lastIndex;
  }
  return { name, attributes, children: [], text };
}

function decodeEntities(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, entity: string) => {
    const number = /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(entity);
    const code = number && parseInt(number[1] ?? number[2], number[1] ? 16 : 10);
    if (code !== null && code <= 0x10ffff) return String.fromCodePoint(code);
    const character = Object.hasOwn(entities, entity) ? entities[entity] : undefined;
    if (character === undefined) {
      throw new SyntaxError(`its XML has an unknown entity: ${shortened(whole)}`);
    }
    return character;
  });
}

/**
 * The bytes between the `_` and the end tag, which are sought from the end: raw data may hold any
 * bytes.
 */
function findAppended(bytes: Uint8Array<ArrayBuffer>, start: number, { attributes }: XmlElement) {
  const begin = bytes.indexOf(underscore, start);
  if (begin < 0 || !isBlank(bytes.subarray(start, begin))) {
    throw new SyntaxError("its appended data do not begin with _");
  }
  const tailStart = Math.max(begin + 1, bytes.length - tailBytes);
  const tail = view(bytes).toString("latin1", tailStart);
  const end = tail.lastIndexOf("</AppendedData");
  if (end < 0 || !/^<\/AppendedData\s*>\s*<\/VTKFile\s*>\s*$/.test(tail.slice(end))) {
    throw new SyntaxError("it is cut short: its appended data do not end");
  }
  return {
    encoding: attributes.get("encoding") ?? "base64",
    bytes: bytes.subarray(begin + 1, tailStart + end),
  };
}

/** Bytes as text, one character each. @throws {SyntaxError} when a string cannot hold so many */
export function latin1(bytes: Uint8Array<ArrayBuffer>): string {
  if (bytes.length > mostCharacters) {
    throw new SyntaxError(
      `a text of ${bytes.length} bytes is too long; save the file with appended raw data`,
    );
  }
  return view(bytes).toString("latin1");
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return byteOrderMark.every((byte, i) => bytes[i] === byte);
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

function view(bytes: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
