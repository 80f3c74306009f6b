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

/** Maximum number of problems: one mistake can invalidate every later line. */
const MAX_PROBLEMS = 10;

/**
 * Reads one YAML 1.2 document.
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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings, ...unresolvedAliases(document)]
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

/** Aliases without an anchor, which the package reports only when it creates data. */
function unresolvedAliases(document: Document): Pick<YAMLError, "code" | "message" | "pos">[] {
  const found: Pick<YAMLError, "code" | "message" | "pos">[] = [];
  // A text with errors may nest too deeply to be visited.
  if (document.errors.length > 0) return found;
  visit(document, {
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
