/**
 * YAML as plain data that remembers where each part of it stands in the text.
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

/** Something that keeps a text from being YAML: the end of a sentence. */
export interface YamlProblem {
  readonly place: TextPlace;
  readonly message: string;
}

/** What a text says. */
export interface YamlText {
  /** Plain data; undefined where there are problems. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /**
   * Where a part of the data stands; of what is not there, the place of what would hold it.
   *
   * @param path Keys and indices from the top
   * @param part For an entry of a mapping, its key or its value @default "value"
   */
  placeOf(path: readonly PropertyKey[], part?: "key" | "value"): TextPlace;
}

/** An alias may repeat a large part, and that again: more than these are refused. */
const MOST_ALIASES = 100;

/** One mistake can make a problem of every line after it. */
const MOST_PROBLEMS = 10;

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
    .slice(0, MOST_PROBLEMS)
    .map((error) => ({ place: placeAt(error.pos[0]), message: sentenceEnd(error) }));
  if (problems.length > 0) return { value: undefined, problems, placeOf };
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }), problems, placeOf };
  } catch (error) {
    const problem = { place: placeAt(0), message: messageOf(error) };
    return { value: undefined, problems: [problem], placeOf };
  }
}

/** Aliases whose anchor is missing, which the package finds only when it makes data. */
function unresolvedAliases(document: Document): Pick<YAMLError, "code" | "message" | "pos">[] {
  const found: Pick<YAMLError, "code" | "message" | "pos">[] = [];
  // Text with errors may be nested beyond all reason.
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

/** What the package says, as the end of a sentence. */
function sentenceEnd({ code, message }: Pick<YAMLError, "code" | "message">): string {
  if (code === "MULTIPLE_DOCS") return "there must be one document: a second one starts here";
  if (message.startsWith("Maximum call stack")) return "it is nested too deeply";
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, "");
}

/** Walks from the top of the document as far as it goes. @returns Where in the text it ends */
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
