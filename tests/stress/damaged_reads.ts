/**
 * Reads damaged copies of files. Each must be refused with an error of ours, or read as the whole
 * file; only where a format has no checksum may it read as something else.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc, { type Parameters } from "fast-check";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../errors.ts";
import { processorShare } from "../../pipeline/engine/workers/processor_share.ts";
import { type Damage, DamagedCopy, damages } from "./damaged_copy.ts";
import { copyName, type Original, type Reader } from "./readers.ts";

/** Numbers of damaged files by how their reading ended. */
export interface ReadCounts {
  /** Refused with an error of ours. */
  refused: number;
  /** Read as the whole file. */
  whole: number;
  /** Read as something else, where no checksum forbids it. */
  other: number;
}

/** Limits for a damaged file of some kilobytes, the memory in addition to that of the process. */
const MAX_SECONDS = 5;
const MAX_BYTES = 2 ** 30;

/** Longer messages repeat what is in the file. */
const MAX_MESSAGE_LENGTH = 10_000;

/**
 * Holds a reader to its property on damaged copies of its files.
 *
 * @param directory Where the copies are written
 * @throws {Error} If a damaged file breaks it, with the shrunk damage.
 */
export async function readDamaged(
  { originals: makeOriginals }: Pick<Reader, "originals">,
  parameters: Parameters<[number, Damage]>,
  directory: string,
): Promise<ReadCounts> {
  const originals = await makeOriginals(directory);
  const expected = await Promise.all(originals.map(({ read, path }) => read(path)));
  const copies = await Promise.all(originals.map(({ path }, i) => {
    return DamagedCopy.of(path, join(directory, String(i), copyName(path)));
  }));
  const counts: ReadCounts = { refused: 0, whole: 0, other: 0 };
  const bytesBefore = Deno.memoryUsage().rss;
  const property = fc.asyncProperty(fc.nat(originals.length - 1), damages, async (k, damage) => {
    await copies[k].damage(damage);
    const start = performance.now();
    const outcome = await outcomeOf(originals[k], copies[k].path, expected[k]);
    const seconds = (performance.now() - start) / 1000;
    await copies[k].restore();
    counts[outcome]++;
    // On a computer that others use too, a second counts for the share of it that this test gets.
    const isSlow = seconds > MAX_SECONDS && seconds * processorShare() > MAX_SECONDS;
    assert.ok(!isSlow, `${originals[k].path} took ${seconds.toFixed(1)} s`);
    const addedBytes = Deno.memoryUsage().rss - bytesBefore;
    assert.ok(addedBytes <= MAX_BYTES, `${originals[k].path} took ${addedBytes} bytes of memory`);
  });
  await fc.assert(property, { ...parameters, includeErrorInReport: true });
  return counts;
}

async function outcomeOf(
  { read, sealed }: Original,
  path: string,
  expected: unknown,
): Promise<keyof ReadCounts> {
  let result: unknown;
  try {
    result = await read(path);
  } catch (error) {
    if (error instanceof UserError && error.message.length < MAX_MESSAGE_LENGTH) return "refused";
    throw new Error(`${path} ended with an error that is not one of ours`, { cause: error });
  }
  if (isDeepStrictEqual(result, expected)) return "whole";
  assert.ok(!sealed, `${path} was read as something else, though it has checksums`);
  return "other";
}
