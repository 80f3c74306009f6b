/**
 * Everything that is wrong with a batch, each with its place, in one error.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { countOf } from "../../../format.ts";

/** Keys and indices from the top of a batch to a part of it. */
export type BatchPath = readonly (string | number)[];

/** Where a part of a batch is written. */
export interface BatchPlace {
  /** Such as `jobs.yaml:7:5`. */
  readonly text: string;
  /** Places come in this order. */
  readonly order: number;
}

/** Finds the place of a part: the key or the value of an entry. */
export type PlaceOf = (path: BatchPath, part?: "key" | "value") => BatchPlace;

/** More problems than these are only counted. */
const MOST_SHOWN = 50;

/** Collects problems. */
export class BatchProblems {
  readonly #file: string;
  readonly #placeOf: PlaceOf;
  /** By their line; the jobs of a grid have the same ones. */
  readonly #found = new Map<string, number>();

  /** @param file For the message. */
  constructor(file: string, placeOf: PlaceOf) {
    this.#file = file;
    this.#placeOf = placeOf;
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.#found.size > 0;
  }

  /** Where a part is written. */
  place(path: BatchPath): string {
    return this.#placeOf(path).text;
  }

  /** @param message A sentence. */
  add(path: BatchPath, message: string, part?: "key" | "value"): void {
    const { text, order } = this.#placeOf(path, part);
    this.#found.set(`${text}: ${message}`, order);
  }

  /** @throws {UserError} With a line for each problem, in the order of their places. */
  throwIfAny(): void {
    if (!this.any) return;
    const lines = [...this.#found].sort(([, a], [, b]) => a - b).map(([line]) => line);
    const more = lines.length - MOST_SHOWN;
    throw new UserError([
      `Cannot run the jobs of "${this.#file}": ${countOf(lines.length, "problem")}`,
      ...lines.slice(0, MOST_SHOWN),
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join("\n"));
  }
}
