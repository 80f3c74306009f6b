/**
 * The error classes on which a caller may branch. Every other failure is a built-in error by
 * meaning: `TypeError` (shape), `RangeError` (value), `SyntaxError` (unreadable text or bytes).
 *
 * @module
 */

/** A request of the user cannot be met: printed as one message, without a stack trace. */
export class UserError extends Error {
  override name = "UserError";
}

/** A file or store is missing, cut short, inconsistent or of the wrong kind. */
export class DataError extends UserError {
  override name = "DataError";
}

/** A pipeline is invalid; carries every problem found, each a full sentence. */
export class PipelineError extends UserError {
  override name = "PipelineError";
  readonly problems: readonly string[];

  constructor(message: string, problems: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.problems = problems;
  }
}

/** A stage of a running pipeline failed; names the stage and the rank. */
export class StageError extends UserError {
  override name = "StageError";
  readonly stage: string;
  readonly rank: number;

  constructor(message: string, stage: string, rank: number, options?: ErrorOptions) {
    super(message, options);
    this.stage = stage;
    this.rank = rank;
  }
}

/** Kinds of permissions that a user grants by name: files, hosts and environment variables. */
export type PermissionKind = "read" | "write" | "net" | "env";

/** A permission, as in `--allow-write=/data`. */
export interface Permission {
  readonly name: PermissionKind | "run";
  readonly value: string;
}

/** The process lacks permissions, which can be granted when it is started. */
export class PermissionError extends UserError {
  override name = "PermissionError";
  readonly missing: readonly Permission[];

  constructor(message: string, missing: readonly Permission[], options?: ErrorOptions) {
    super(message, options);
    this.missing = missing;
  }
}

/** The requested device is not available. */
export class DeviceUnavailableError extends UserError {
  override name = "DeviceUnavailableError";
}

/**
 * Checks a number that counts something.
 *
 * @param subject Start of the error, such as "Cannot partition nodes: parts"
 * @throws {RangeError} If the value is not an integer of at least `minimum`
 */
export function requireInteger(subject: string, value: number, minimum: number): void {
  if (Number.isSafeInteger(value) && value >= minimum) return;
  throw new RangeError(`${subject} must be an integer >= ${minimum}, received ${value}`);
}

/** The candidate nearest to `name` by edit distance, else one that starts with it, if any. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const names = [...candidates];
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 2)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? names.find((candidate) => name.length > 1 && candidate.startsWith(name));
}

/** Names that a sentence lists. */
const MAX_LISTED_NAMES = 20;

/** The end of a sentence: `did you mean "subdomains"?`, or the list of candidates. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const names = [...candidates];
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `did you mean "${nearest}"?`;
  if (names.length === 0) return "there are none";
  const rest = names.length - MAX_LISTED_NAMES;
  const more = rest > 0 ? ` and ${rest} more` : "";
  return `known: ${names.slice(0, MAX_LISTED_NAMES).join(", ")}${more}`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[j] + 1, current[j - 1] + 1));
    }
    previous = current;
  }
  return previous[b.length];
}

/** The message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
