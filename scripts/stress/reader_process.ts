/**
 * Reads damaged files for `reader_stress.ts`, in a process of its own: what hangs or takes all
 * memory ends alone.
 *
 *     deno run --allow-read --allow-write scripts/stress/reader_process.ts READER SEED FROM COUNT
 *
 * Prints the number of a round now and then, and the counts as JSON in the last line.
 *
 * @module
 */

import { readMutated } from "./mutated_reads.ts";
import { readers } from "./readers.ts";
import { makeScratchDirectory } from "../command/scratch_directory.ts";

/** Rounds from one line to the next. */
const roundsPerLine = 50;

const [name, ...numbers] = Deno.args;
const [seed, from, count] = numbers.map(Number);
const directory = await makeScratchDirectory("readers");
try {
  const reader = readers.find((reader) => reader.name === name)!;
  const counts = await readMutated(reader, { seed, from, count }, directory, (round) => {
    if ((round - from + 1) % roundsPerLine === 0) console.log(round - from + 1);
  });
  console.log(JSON.stringify(counts));
} finally {
  await Deno.remove(directory, { recursive: true });
}
