/**
 * The elements of an XDMF file, with those that refer to others replaced by what they refer to.
 * Errors are `SyntaxError`s that name the fault; the reader adds the name of the file.
 *
 * @module
 */

import { decode, parseXml, type XmlElement } from "../vtk/xml.ts";

/** References to references are followed this far. */
const MAX_DEPTH = 16;
/** Maximum number of elements that a path finds on the way: paths of hostile files multiply. */
const MAX_FOUND = 1_000_000;

/** A step of a path: `/` or `//`, a name, and predicates in brackets. */
const STEP = /(\/\/?)?(\*|\.\.?|[\w:.-]+)((?:\[[^\]]*\])*)/y;
const INCLUDE = /^(\w+:)?include$/i;

/** An XDMF file. */
export class XdmfTree {
  /** The element `Domain`. */
  readonly domain: XmlElement;
  readonly #document: XmlElement;
  readonly #children = new Map<XmlElement, readonly XmlElement[]>();

  /** @throws {SyntaxError} If it is not XML, or has no domain */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const { root } = parseXml(bytes, true);
    if (root.name !== "Xdmf") {
      throw new SyntaxError(`its root must be <Xdmf>, received <${root.name}>`);
    }
    this.#document = {
      name: "",
      attributes: new Map(),
      children: [root],
      text: new Uint8Array(0),
    };
    const domain = root.children.find(({ name }) => name === "Domain");
    if (domain === undefined) throw new SyntaxError("it has no <Domain>");
    this.domain = domain;
  }

  /** The children of an element, references resolved. */
  children(element: XmlElement, name?: string): readonly XmlElement[] {
    let all = this.#children.get(element);
    if (all === undefined) {
      all = this.#resolved(element, 0);
      this.#children.set(element, all);
    }
    return name === undefined ? all : all.filter((child) => child.name === name);
  }

  #resolved(element: XmlElement, depth: number): readonly XmlElement[] {
    return element.children.flatMap((child): readonly XmlElement[] => {
      if (!INCLUDE.test(child.name)) return [this.#referred(child, element, depth)];
      if (child.attributes.get("href")) {
        throw new SyntaxError(
          `including another file, "${child.attributes.get("href")}", is not supported: copy its ` +
            "elements into this file",
        );
      }
      const pointer = child.attributes.get("xpointer") ?? "";
      const path = /^\s*(?:xpointer|element)?\s*\((.*)\)\s*$/s.exec(pointer)?.[1] ?? pointer;
      return this.find(path, element).map((found) => this.#referred(found, element, depth));
    });
  }

  /** The element that another one refers to, or itself. */
  #referred(element: XmlElement, parent: XmlElement, depth: number): XmlElement {
    const reference = element.attributes.get("Reference");
    if (reference === undefined) return element;
    if (depth > MAX_DEPTH) {
      throw new SyntaxError(`references must be nested at most ${MAX_DEPTH} deep: one is circular`);
    }
    const path = /^\s*xml\s*$/i.test(reference) ? textOf(element) : reference;
    const found = this.find(path, parent);
    if (found.length !== 1 || found[0].name !== element.name) {
      throw new SyntaxError(
        `the reference "${path.slice(0, 100)}" must name one <${element.name}>, it names ` +
          `${found.length} elements${found.length > 0 ? `, the first a <${found[0].name}>` : ""}`,
      );
    }
    return this.#referred(found[0], parent, depth + 1);
  }

  /**
   * The elements of a path in the subset of XPath that writers of XDMF use: `/`, `//`, names, `*`,
   * `[1]`, `[@Name="mesh"]`, `[self::Topology or self::Geometry]`.
   *
   * @throws {SyntaxError} If the path is not of this subset, or names nothing
   */
  find(path: string, from: XmlElement): readonly XmlElement[] {
    const text = path.trim();
    let found: readonly XmlElement[] = [text.startsWith("/") ? this.#document : from];
    STEP.lastIndex = 0;
    while (STEP.lastIndex < text.length) {
      const step = STEP.exec(text);
      if (step === null) throw new SyntaxError(`the path "${text.slice(0, 100)}" is not supported`);
      const [, separator, name, predicates] = step;
      const contexts = separator === "//" ? found.flatMap(withDescendants) : found;
      found = name === "." ? contexts : unique(
        contexts.flatMap((context) => select(context.children, name, predicates, text)),
      );
      if (found.length > MAX_FOUND) {
        throw new SyntaxError(`the path "${text.slice(0, 100)}" names too many elements`);
      }
    }
    if (found.length === 0) throw new SyntaxError(`the path "${text.slice(0, 100)}" names nothing`);
    return found;
  }
}

/** The text of an element without white space around it. */
export function textOf({ text }: XmlElement): string {
  return decode(text, "utf8").trim();
}

/** Children of a name that satisfy predicates, each of which filters what the previous one left. */
function select(
  children: readonly XmlElement[],
  name: string,
  predicates: string,
  path: string,
): readonly XmlElement[] {
  let found = name === "*" ? children : children.filter((child) => child.name === name);
  for (const [, predicate] of predicates.matchAll(/\[([^\]]*)\]/g)) {
    const position = /^\s*(?:position\(\)\s*=\s*)?(\d+)\s*$/.exec(predicate)?.[1];
    const attribute = /^\s*@([\w:]+)\s*=\s*(["'])(.*)\2\s*$/.exec(predicate);
    const names = predicate.split(/\s+or\s+/).map((part) => /^\s*self::(\w+)\s*$/.exec(part)?.[1]);
    if (position !== undefined) found = found.slice(Number(position) - 1, Number(position));
    else if (attribute !== null) {
      found = found.filter(({ attributes }) => attributes.get(attribute[1]) === attribute[3]);
    } else if (names.every((part) => part !== undefined)) {
      found = found.filter((child) => names.includes(child.name));
    } else throw new SyntaxError(`the path "${path.slice(0, 100)}" is not supported`);
  }
  return found;
}

function withDescendants(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(withDescendants)];
}

function unique(elements: readonly XmlElement[]): readonly XmlElement[] {
  return [...new Set(elements)];
}
