/**
 * The stress test of readers: thousands of damaged files for each.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { processorShare } from "../../pipeline/engine/workers/processor_share.ts";
import type { ReadCounts, Rounds } from "./mutated_reads.ts";
import { linesOf } from "../command/lines.ts";
import { denoCommand, pipelineFlags } from "../command/task_command.ts";
import { readers } from "./readers.ts";
import type { StressOptions, StressRow, StressTest } from "./stress_test.ts";

/**
 * A process that says nothing for so long, with a processor of its own, hangs: a round takes
 * milliseconds.
 */
const mostSilentSeconds = 30;
const lookSeconds = 5;

const count = 10_000;

/**
 * Files that one process reads. The library for HDF5 keeps something from file to file: after 4,200
 * damaged ones it hangs on one that a new process reads.
 */
const processRounds = 2000;

/** Damages files of every format and reads them. */
export const readerStress: StressTest = {
  name: "readers",
  description:
    "Read damaged files: each is refused with an error of ours, or reads as the whole one " +
    "where checksums are.",
  rows: readers.map(({ name }) => name),
  count,
  async *run(options) {
    let done = 0;
    for (const { name } of readers) {
      if (options.only && !options.only.includes(name)) continue;
      const rounds: Rounds = {
        seed: options.seed,
        from: options.from,
        count: options.count ?? count,
      };
      yield await runReader(name, rounds, (ofReader) => options.onProgress(done + ofReader));
      done += rounds.count;
    }
  },
};

async function runReader(
  name: string,
  rounds: Rounds,
  onProgress: StressOptions["onProgress"],
): Promise<StressRow> {
  const start = performance.now();
  const end = rounds.from + rounds.count;
  const parts: ReadCounts[] = [];
  let problem: string | undefined;
  for (let from = rounds.from; from < end && problem === undefined; from += processRounds) {
    const part = { ...rounds, from, count: Math.min(processRounds, end - from) };
    const read = await readInProcess(name, part, (done) => onProgress(from - rounds.from + done));
    if (read.counts) parts.push(read.counts);
    problem = read.problem;
  }
  const seconds = (performance.now() - start) / 1000;
  const sum = (of: (counts: ReadCounts) => number) =>
    parts.reduce((total, counts) => total + of(counts), 0);
  const [refused, same, other] = [
    sum((part) => part.refused),
    sum((part) => part.same),
    sum((part) => part.other),
  ];
  const slowestSeconds = Math.max(0, ...parts.map((part) => part.slowestSeconds));
  const peakBytes = Math.max(0, ...parts.map((part) => part.peakBytes));
  const failures = [
    ...parts.flatMap((part) => part.failures),
    ...(problem === undefined ? [] : [problem]),
  ];
  const outcome = `${refused} refused, ${same} as they were, ${other} otherwise, slowest ` +
    `${(1000 * slowestSeconds).toFixed(0)} ms`;
  return { name, count: rounds.count, outcome, seconds, peakBytes, failures };
}

/** Runs `reader_process.ts`, and ends it when it hangs. */
async function readInProcess(
  name: string,
  { seed, from, count }: Rounds,
  onProgress: (done: number) => void,
): Promise<{ readonly counts?: ReadCounts | undefined; readonly problem?: string | undefined }> {
  const script = fileURLToPath(new URL("reader_process.ts", import.meta.url));
  const args = [
    "run",
    "--no-check",
    // One of the damages is a link out of the store, and links are made by those only who may write
    // anywhere.
    ...pipelineFlags("."),
    "--allow-write",
    script,
    name,
  ];
  const process = denoCommand({
    args: [...args, ...[seed, from, count].map(String)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let done = 0, counts: ReadCounts | undefined, silentSeconds = 0;
  const timer = setInterval(() => {
    // On a computer that others use too, a second is as long as what there is of it.
    silentSeconds += lookSeconds * processorShare();
    if (silentSeconds < mostSilentSeconds) return;
    clearInterval(timer);
    process.kill("SIGKILL");
  }, 1000 * lookSeconds);
  for await (const line of linesOf(process.stdout)) {
    silentSeconds = 0;
    if (line.startsWith("{")) counts = JSON.parse(line);
    else onProgress(done = Number(line));
  }
  clearInterval(timer);
  const { code, signal } = await process.status;
  if (counts !== undefined) return { counts };
  const end = silentSeconds >= mostSilentSeconds
    ? "hangs"
    : `ended with ${signal ?? `code ${code}`}`;
  return { problem: `reading ${end} after round ${from + done} of seed ${seed}` };
}
