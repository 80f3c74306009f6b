/**
 * JSON from untrusted files: deep nesting overflows the stack of every function that walks it, and
 * `JSON.parse` silently ignores all but the last of equal keys.
 *
 * @module
 */

/** More levels than the metadata of any format have. */
const MAX_LEVELS = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENERS = [0x5b, 0x7b];
const CLOSERS = [0x5d, 0x7d];

/**
 * Parses JSON.
 *
 * @param maxCharacters Maximum length: a million invalid options would have as many problems
 * @throws {SyntaxError} If it is not JSON, is longer, or nests more than 64 levels deep
 */
export function parseJson(text: string | Uint8Array, maxCharacters = Infinity): unknown {
  const json = typeof text === "string" ? text : decode(text);
  if (json.length > maxCharacters) {
    throw new SyntaxError(
      `it must have at most ${maxCharacters} characters, it has ${json.length}`,
    );
  }
  if (levelsOf(json) > MAX_LEVELS) {
    throw new SyntaxError(`it nests more than ${MAX_LEVELS} levels deep`);
  }
  return JSON.parse(json);
}

/** Whether a JSON value is an object, which has members. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError("it is not UTF-8", { cause });
  }
}

/** The number of levels to which brackets and braces nest. */
function levelsOf(json: string): number {
  let level = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const character = json.charCodeAt(at);
    if (character === QUOTE) inText = !inText;
    else if (inText && character === BACKSLASH) at++;
    else if (!inText && OPENERS.includes(character)) deepest = Math.max(deepest, ++level);
    else if (!inText && CLOSERS.includes(character)) level--;
  }
  return deepest;
}

/** The first key that occurs twice in an object of `json`, which must be valid. */
export function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token.endsWith(":")) {
      const key: string = JSON.parse(token.slice(0, -1));
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
