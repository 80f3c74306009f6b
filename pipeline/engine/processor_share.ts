/**
 * How much of a processor a thread gets on a computer that others use too.
 *
 * @module
 */

/** Rounds of work that are timed, some 0.3 ms each: together many turns of the scheduler on a busy computer. */
const ROUNDS = 40, ROUND_LENGTH = 200_000;

/** Time after which the share is known to be small. */
const MOST_MS = 100;

/**
 * The share of a processor that this thread gets when it computes, above 0 and at most 1: a half where twice as many threads
 * want to run as there are processors. Takes some 10 ms to find out, and at most 100 or so.
 *
 * Work is done in short rounds, the fastest of which had a processor to itself.
 */
export function processorShare(): number {
  let shortest = Infinity, total = 0, number = 1;
  let rounds = 0;
  for (; rounds < ROUNDS && total < MOST_MS; rounds++) {
    const start = performance.now();
    for (let k = 0; k < ROUND_LENGTH; k++) number = (Math.imul(number, 1664525) + 1013904223) >>> 0;
    const time = performance.now() - start;
    shortest = Math.min(shortest, time);
    total += time;
  }
  // The number is used, so the work is not left out.
  return number >= 0 && total > 0 ? Math.min(1, shortest * rounds / total) : 1;
}
