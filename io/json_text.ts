/**
 * JSON from files that are not trusted: what nests too deep ends every function that walks it in a
 * stack overflow, and of a key that stands twice `JSON.parse` would silently keep the last value.
 *
 * @module
 */

/** No metadata of a format nest so deep. */
const mostLevels = 64;

const quote = 0x22;
const backslash = 0x5c;
const openers = [0x5b, 0x7b];
const closers = [0x5d, 0x7d];

/**
 * Parses JSON.
 *
 * @param mostCharacters Longer texts are refused: options with a million wrong entries would have
 * as many problems
 * @throws {SyntaxError} when it is none, is longer, or nests more than 64 levels deep
 */
export function parseJson(text: string | Uint8Array, mostCharacters = Infinity): unknown {
  const json = typeof text === "string" ? text : decode(text);
  if (json.length > mostCharacters) {
    throw new SyntaxError(`it has ${json.length} characters where ${mostCharacters} are the most`);
  }
  if (levelsOf(json) > mostLevels) {
    throw new SyntaxError(`it nests more than ${mostLevels} levels deep`);
  }
  return JSON.parse(json);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError("it is not UTF-8", { cause });
  }
}

/** How deep brackets and braces nest. */
function levelsOf(json: string): number {
  let level = 0, most = 0, inText = false;
  for (let at = 0; at < json.length; at++) {
    const character = json.charCodeAt(at);
    if (character === quote) inText = !inText;
    else if (inText && character === backslash) at++;
    else if (!inText && openers.includes(character)) most = Math.max(most, ++level);
    else if (!inText && closers.includes(character)) level--;
  }
  return most;
}

/** The first key that stands twice in one object of `json`, which must be valid. */
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
