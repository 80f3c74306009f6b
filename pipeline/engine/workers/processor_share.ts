/**
 * The share of a processor that a thread gets on a computer that is busy with other work.
 *
 * @module
 */

/**
 * Timed rounds of work, of about 0.3 ms each: together several time slices of the scheduler on a
 * busy computer.
 */
const ROUNDS = 40;
const ROUND_LENGTH = 200_000;

/** Rounds before the timed ones, in which the code is still being optimised. */
const WARMUP_ROUNDS = 15;

/** Time limit of the measurement, and the share if no round was timed within it. */
const MAX_MILLISECONDS = 100;
const MIN_SHARE = 0.1;

/**
 * Measures the share of a processor that this thread gets when it computes, above 0 and at most 1:
 * one half if there are twice as many runnable threads as processors. Takes about 15 ms, at most
 * about 100 ms.
 *
 * Times short rounds of work; the fastest of them is taken to have had a processor to itself.
 */
export function processorShare(): number {
  const begin = performance.now();
  let shortest = Infinity;
  let total = 0;
  let count = 0;
  for (
    let round = 0;
    round < WARMUP_ROUNDS + ROUNDS && performance.now() - begin < MAX_MILLISECONDS;
    round++
  ) {
    const start = performance.now();
    work();
    if (round < WARMUP_ROUNDS) continue;
    const time = performance.now() - start;
    shortest = Math.min(shortest, time);
    total += time;
    count++;
  }
  return count === 0 ? MIN_SHARE : Math.min(1, shortest * count / total);
}

/** Result of all work, used so that the compiler cannot remove any. */
let sink = 1;

function work(): void {
  let number = sink;
  for (let k = 0; k < ROUND_LENGTH; k++) number = (Math.imul(number, 1664525) + 1013904223) >>> 0;
  sink = number;
}
