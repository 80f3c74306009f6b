/**
 * How much of a processor a thread gets on a computer that others use too.
 *
 * @module
 */

/**
 * Rounds of work that are timed, some 0.3 ms each: together many turns of the scheduler on a busy
 * computer.
 */
const ROUNDS = 40;
const ROUND_LENGTH = 200_000;

/** Rounds before these, in which the code of a first call is still being optimised. */
const FIRST_ROUNDS = 15;

/**
 * Time after which the share is known to be small, and what is said of one that cannot be measured
 * in it.
 */
const MOST_MS = 100;
const LEAST_SHARE = 0.1;

/**
 * The share of a processor that this thread gets when it computes, above 0 and at most 1: a half
 * where twice as many threads want to run as there are processors. Takes some 15 ms to find out,
 * and at most 100 or so.
 *
 * Work is done in short rounds, the fastest of which had a processor to itself.
 */
export function processorShare(): number {
  const begin = performance.now();
  let shortest = Infinity, total = 0, count = 0;
  for (
    let round = 0;
    round < FIRST_ROUNDS + ROUNDS && performance.now() - begin < MOST_MS;
    round++
  ) {
    const start = performance.now();
    work();
    if (round < FIRST_ROUNDS) continue;
    const time = performance.now() - start;
    shortest = Math.min(shortest, time);
    total += time;
    count++;
  }
  // Where not even the first rounds were done in time, it is small.
  return count === 0 ? LEAST_SHARE : Math.min(1, shortest * count / total);
}

/** The result of all work, which is used so that no work is left out. */
let sink = 1;

function work(): void {
  let number = sink;
  for (let k = 0; k < ROUND_LENGTH; k++) number = (Math.imul(number, 1664525) + 1013904223) >>> 0;
  sink = number;
}
