/**
 * All problems of a batch, each with its place, in one error.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { countOf } from "../../../format.ts";

/** Keys and indices that lead from the root of a batch to a part of it. */
export type BatchPath = readonly (string | number)[];

/** Position of a part of a batch in its file. */
export interface BatchPlace {
  /** Such as `jobs.yaml:7:5`. */
  readonly text: string;
  /** Ascends with the position. */
  readonly order: number;
}

/** Finds the position of a part: the key or the value of an entry. */
export type PlaceOf = (path: BatchPath, part?: "key" | "value") => BatchPlace;

/** Further problems are only counted. */
const MAX_SHOWN = 50;

/** Collects problems. */
export class BatchProblems {
  readonly #file: string;
  readonly #placeOf: PlaceOf;
  /** Order by line: the jobs of a grid repeat the same problem. */
  readonly #found = new Map<string, number>();

  /** @param file Path of the batch, for the message. */
  constructor(file: string, placeOf: PlaceOf) {
    this.#file = file;
    this.#placeOf = placeOf;
  }

  /** Whether there are problems. */
  get any(): boolean {
    return this.#found.size > 0;
  }

  /** Position of a part as text. */
  place(path: BatchPath): string {
    return this.#placeOf(path).text;
  }

  /** @param message A complete sentence. */
  add(path: BatchPath, message: string, part?: "key" | "value"): void {
    const { text, order } = this.#placeOf(path, part);
    this.#found.set(`${text}: ${message}`, order);
  }

  /** @throws {UserError} If there are problems; lists one per line, ordered by their places. */
  throwIfAny(): void {
    if (!this.any) return;
    const lines = [...this.#found].sort(([, a], [, b]) => a - b).map(([line]) => line);
    const more = lines.length - MAX_SHOWN;
    const shown = lines.slice(0, MAX_SHOWN);
    if (more > 0) shown.push(`and ${more} more`);
    const title = `Cannot run the jobs of "${this.#file}": ${countOf(lines.length, "problem")}`;
    throw new UserError([title, ...shown].join("\n"));
  }
}
