/**
 * Reads damaged copies of whole files. Each must be refused with an error of ours, or read as the
 * whole file does; only where a format has no checksum may it read as something else.
 *
 * @module
 */

import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../errors.ts";
import { hash, KeyedSequence } from "../../pipeline/graph/random.ts";
import { DamagedCopy } from "./damaged_copy.ts";
import { copyName, type Original, type Reader } from "./readers.ts";

/** Which damages: those of a seed with numbers `from` on. */
export interface Rounds {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

/** How reading damaged files went. */
export interface ReadCounts {
  /** Refused with an error of ours. */
  refused: number;
  /** Read as the whole file. */
  same: number;
  /** Read as something else, where no checksum forbids it. */
  other: number;
  /** What must not happen, a line each. */
  failures: string[];
  slowestSeconds: number;
  /** Most memory of the process. */
  peakBytes: number;
}

/**
 * A damaged file of some kilobytes takes no more than these, in addition to what the process has
 * before.
 */
const mostSeconds = 5;
const mostBytes = 2 ** 30;
const mostFailures = 20;

/**
 * Reads damaged files.
 *
 * @param directory Where copies are made
 * @param onRound Called after each
 */
export async function readMutated(
  reader: Reader,
  { seed, from, count }: Rounds,
  directory: string,
  onRound: (round: number) => void = () => {},
): Promise<ReadCounts> {
  const counts: ReadCounts = {
    refused: 0,
    same: 0,
    other: 0,
    failures: [],
    slowestSeconds: 0,
    peakBytes: 0,
  };
  const originals = await reader.originals(directory);
  const whole = await Promise.all(originals.map(({ read, path }) => read(path)));
  const copies = await Promise.all(originals.map(({ path }, i) => {
    return DamagedCopy.of(path, join(directory, String(i), copyName(path)));
  }));
  const before = Deno.memoryUsage().rss;
  for (let round = from; round < from + count && counts.failures.length < mostFailures; round++) {
    const draws = new KeyedSequence(hash(seed, "mutation", reader.name, round));
    const which = draws.below(originals.length);
    const copy = copies[which];
    const what = await copy.damage(draws);
    const start = performance.now();
    const problem = await readDamaged(originals[which], copy.path, whole[which], counts);
    const seconds = (performance.now() - start) / 1000;
    counts.slowestSeconds = Math.max(counts.slowestSeconds, seconds);
    const { rss } = Deno.memoryUsage();
    const added = rss - before;
    const fail = (text: string) =>
      counts.failures.push(`${round}: ${originals[which].path} (${what}): ${text}`);
    if (problem !== undefined) fail(problem);
    if (seconds > mostSeconds) fail(`took ${seconds.toFixed(1)} s`);
    if (added > mostBytes && counts.peakBytes - before <= mostBytes) {
      fail(`${added} bytes of memory are taken`);
    }
    counts.peakBytes = Math.max(counts.peakBytes, rss);
    await copy.restore();
    onRound(round);
  }
  return counts;
}

/** Reads a damaged file and counts how it went. @returns What is wrong with that */
async function readDamaged(
  { read, sealed }: Original,
  path: string,
  whole: unknown,
  counts: ReadCounts,
): Promise<string | undefined> {
  let found: unknown;
  try {
    found = await read(path);
  } catch (error) {
    if (error instanceof UserError && error.message.length < 10_000) return void counts.refused++;
    return `${error instanceof Error ? error.stack ?? error.message : error}`.slice(0, 2000);
  }
  if (isDeepStrictEqual(found, whole)) return void counts.same++;
  if (!sealed) return void counts.other++;
  return "it was read as something else, though it has checksums";
}
