/**
 * YAML as plain data with the place of each part in the text.
 *
 * @module
 */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLError,
} from "yaml";
import { messageOf } from "../errors.ts";

/** A place in a text; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** A fault of a text that is not valid YAML; its message ends a sentence. */
export interface YamlProblem {
  readonly place: TextPlace;
  readonly message: string;
}

/** The data of a text. */
export interface YamlText {
  /** Plain data; undefined if there are problems. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /**
   * The place of a part of the data; of a missing part, that of its parent.
   *
   * @param path Keys and indices from the top
   * @param part For an entry of a mapping, its key or its value @default "value"
   */
  placeOf(path: readonly PropertyKey[], part?: "key" | "value"): TextPlace;
}

/** Maximum number of aliases: nested ones repeat parts exponentially. */
const MAX_ALIASES = 100;

/** The start of a list, an object or a text in quotes. */
const STRUCTURED = /^\s*[[{"']/;

/** The start of a number, or a boolean or null. */
const SCALAR = /^\s*([-+.\d~]|(true|false|null)\s*$)/i;

/** Digits that a number may be too short for. */
const LONG_NUMBER = /\d{16}/;

/** A whole number, and one that YAML 1.1 read as octal. */
const INTEGER = /^[-+]?\d+$/;
const LEADING_ZERO = /^[-+]?0\d+$/;

/** Maximum number of problems: one mistake can invalidate every later line. */
const MAX_PROBLEMS = 10;

/**
 * Reads one YAML 1.2 document, in which `<<` merges maps as in YAML 1.1.
 *
 * Numbers that programs read differently are problems: those with leading zeros, which YAML 1.1
 * reads as octal, and integers too long to be exact.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const { value, placeOf } = parseYaml("jobs:\n  - name: a\n    seed: 3\n");
 * assert.deepEqual(value, { jobs: [{ name: "a", seed: 3 }] });
 * assert.deepEqual(placeOf(["jobs", 0, "seed"]), { line: 3, column: 11 });
 * assert.deepEqual(placeOf(["jobs", 0, "seed"], "key"), { line: 3, column: 5 });
 * ```
 */
export function parseYaml(text: string): YamlText {
  const lines = new LineCounter();
  const placeAt = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const placeOf: YamlText["placeOf"] = (path, part) => placeAt(offsetOf(document, path, part));
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const problems = [...document.errors, ...document.warnings, ...faults(document)]
    .slice(0, MAX_PROBLEMS)
    .map((error) => ({ place: placeAt(error.pos[0]), message: sentenceEnd(error) }));
  if (problems.length > 0) return { value: undefined, problems, placeOf };
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), problems, placeOf };
  } catch (error) {
    const problem = { place: placeAt(0), message: messageOf(error) };
    return { value: undefined, problems: [problem], placeOf };
  }
}

/** The value of an option as a user writes it on the command line, or the problem with it. */
export interface YamlValue {
  readonly value: unknown;
  /** The end of a sentence. */
  readonly problem?: string | undefined;
}

/**
 * Reads one value as {@linkcode parseYaml} reads it after a key. A text need not be in quotes: what
 * is no number, boolean or null, and does not start with a bracket or a quote, is the text itself.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const texts = ["1e-3", "True", "[u, v]", "C: data #1", "[1, 2"];
 * const values = texts.map((text) => parseYamlValue(text).value);
 * assert.deepEqual(values, [0.001, true, ["u", "v"], "C: data #1", undefined]);
 * ```
 */
export function parseYamlValue(text: string): YamlValue {
  if (!STRUCTURED.test(text) && !SCALAR.test(text)) return { value: text };
  // The package reads environment variables, for which a program may lack the permission.
  if (!LONG_NUMBER.test(text) && isJson(text)) return { value: JSON.parse(text) };
  if (STRUCTURED.test(text)) {
    const { value, problems } = parseYaml(text);
    if (problems.length === 0) return { value };
    const rule = "it must be a complete list, object or text in quotes, as in YAML";
    return { value: undefined, problem: `${rule}: ${problems[0].message}` };
  }
  const { contents, errors } = parseDocument(text, { prettyErrors: false });
  const isPlain = errors.length === 0 && isScalar(contents) && contents.type === "PLAIN" &&
    contents.source === text.trim();
  if (!isPlain || typeof contents.value === "string") return { value: text };
  const [fault] = faultsOf(contents);
  return fault === undefined
    ? { value: contents.value }
    : { value: undefined, problem: sentenceEnd(fault) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

type Fault = Pick<YAMLError, "code" | "message" | "pos">;

/** Numbers that are ambiguous or inexact. */
function faultsOf(scalar: Scalar): readonly Fault[] {
  const { source = "", type, value } = scalar;
  if (type !== "PLAIN" || typeof value !== "number" || !INTEGER.test(source)) return [];
  const fault = (message: string): Fault => ({
    code: "IMPOSSIBLE",
    message,
    pos: [start(scalar), start(scalar)],
  });
  if (LEADING_ZERO.test(source)) {
    const octal = /[89]/.test(source) ? "" : `, or 0o${source.replace(/^[-+]?0+/, "")} in octal`;
    return [fault(
      `the number ${source} must not start with 0, which some programs read as octal; write ` +
        `${value}${octal}, or "${source}" for a text`,
    )];
  }
  if (Number.isSafeInteger(value)) return [];
  return [fault(
    `the integer ${source} must be at most ${Number.MAX_SAFE_INTEGER} to be exact; write ` +
      `"${source}" for a text`,
  )];
}

/** Ambiguous numbers, and aliases without an anchor, which the package reports only later. */
function faults(document: Document): readonly Fault[] {
  const found: Fault[] = [];
  // A text with errors may nest too deeply to be visited.
  if (document.errors.length > 0) return found;
  visit(document, {
    Scalar(_, scalar) {
      found.push(...faultsOf(scalar));
    },
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      found.push({
        code: "BAD_ALIAS",
        message: `There is no anchor &${alias.source} before it`,
        pos: [start(alias), start(alias)],
      });
    },
  });
  return found;
}

/** The message of the package as the end of a sentence. */
function sentenceEnd({ code, message }: Pick<YAMLError, "code" | "message">): string {
  if (code === "MULTIPLE_DOCS") return "there must be one document: a second one starts here";
  if (message.startsWith("Maximum call stack")) return "it is nested too deeply";
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, "");
}

/** Follows a path from the top of the document as far as it exists. @returns Its position */
function offsetOf(
  document: Document,
  path: readonly PropertyKey[],
  part: "key" | "value" = "value",
): number {
  let node: unknown = document.contents;
  let offset = start(node);
  for (const [depth, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key: name }) =>
        isScalar(name) && String(name.value) === String(key)
      );
      if (pair === undefined) break;
      const isLast = depth === path.length - 1;
      offset = isLast && part === "key" ? start(pair.key) : start(pair.value);
      node = pair.value;
    } else if (isSeq(node) && Number(key) < node.items.length) {
      node = node.items[Number(key)];
      offset = start(node);
    } else break;
  }
  return offset;
}

function start(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}
