/**
 * Anything that a stage may throw, as plain data: bounded, and printable on a terminal.
 *
 * @module
 */

/** An error as plain data: a thread cannot send its class and own fields to another. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: PlainError | undefined;
}

/** Maximal length of a text that a stage hands to the main thread, in characters. */
const MAX_LENGTH = 10_000;

/** Maximal number of causes that are reported with an error. */
const MAX_CAUSES = 8;

/**
 * Characters that change what a terminal shows elsewhere: control codes except for tabs and line
 * ends, and marks that reverse the direction of writing.
 */
// deno-lint-ignore no-control-regex -- finds the control characters
const CONTROL_CODES = /[\x00-\x08\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)/g;

/** Returns the start of a text with control codes escaped, such as `\x1b`. */
export function printableText(text: string): string {
  const start = text.slice(0, MAX_LENGTH).replace(CONTROL_CODES, escapeCode);
  const rest = text.length - MAX_LENGTH;
  return rest > 0 ? `${start}… (${rest} more characters)` : start;
}

function escapeCode(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
}

/** Returns any thrown value as an error with its causes, as plain data. Never throws. */
export function packError(thrown: unknown): PlainError {
  return pack(thrown, new Set());
}

function pack(thrown: unknown, outer: ReadonlySet<unknown>): PlainError {
  const message = property(thrown, "message");
  if (!isError(thrown)) {
    const text = typeof message === "string" ? message : textOf(thrown);
    return { name: "Error", message: printableText(text), stack: undefined, cause: undefined };
  }
  const name = property(thrown, "name");
  const stack = property(thrown, "stack");
  const cause = property(thrown, "cause");
  const seen = new Set([...outer, thrown]);
  const isLast = cause === undefined || seen.has(cause) || seen.size > MAX_CAUSES;
  return {
    name: typeof name === "string" ? printableText(name) : "Error",
    message: typeof message === "string"
      ? printableText(message)
      : "its message is not a text or cannot be read",
    stack: typeof stack === "string" ? printableText(stack) : undefined,
    cause: isLast ? undefined : pack(cause, seen),
  };
}

/** Whether a value is an error; a Proxy may refuse the question. */
function isError(value: unknown): boolean {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** A property of a value; undefined if it has none, or reading it throws. */
function property(value: unknown, name: string): unknown {
  try {
    return (value as Record<string, unknown> | undefined)?.[name];
  } catch {
    return undefined;
  }
}

/** Returns any value as a text. Never throws. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a value of type ${typeof value} without a text`;
  }
}

/** Returns an error with the name, message, stack and causes of the packed one. */
export function unpackError(plain: PlainError): Error {
  const error = new Error(plain.message, plain.cause && { cause: unpackError(plain.cause) });
  error.name = plain.name;
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
