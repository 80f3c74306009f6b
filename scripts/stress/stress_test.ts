/**
 * What a stress test is, and what it says at its end.
 *
 * @module
 */

/** How stress tests are run. */
export interface StressOptions {
  /** The same seed makes the same tests. */
  readonly seed: number;
  /** Number of the first round. */
  readonly from: number;
  /** Rounds of each row, in place of the test's own count. */
  readonly count?: number | undefined;
  /** Rows to run; all by default. */
  readonly only?: readonly string[] | undefined;
  /** Called after some rounds, with those done so far in all rows. */
  readonly onProgress: (done: number) => void;
}

/** A line of the table. */
export interface StressRow {
  readonly name: string;
  readonly count: number;
  /** What happened in numbers, such as `9,000 refused, 1,000 as they were`. */
  readonly outcome: string;
  readonly seconds: number;
  readonly peakBytes?: number | undefined;
  /** What must not happen; none when all is well. */
  readonly failures: readonly string[];
}

/** A stress test: one command of `deno task stress`, with a row for each thing that it tests. */
export interface StressTest {
  readonly name: string;
  readonly description: string;
  readonly rows: readonly string[];
  /** Rounds of each row by default. */
  readonly count: number;
  /** Runs the rows one after the other. */
  run(options: StressOptions): AsyncIterable<StressRow>;
}
