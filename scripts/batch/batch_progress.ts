/**
 * Progress of a batch: a bar for each job that trains on a terminal, plain lines otherwise.
 *
 * @module
 */

// @ts-types="npm:@types/cli-progress@3.11.6"
import { MultiBar, Presets, type SingleBar } from "cli-progress";
import process from "node:process";

/** Shows what happens to the jobs. */
export interface BatchProgress {
  /** A line that stays. */
  say(line: string): void;
  /** How far the training of a job has come. */
  update(job: string, done: number, total: number, loss: number | undefined): void;
  /** The job trains no longer. */
  finish(job: string): void;
  /** Leaves nothing but the lines. */
  stop(): void;
}

/** Names of jobs are cut to this in front of a bar. */
const NAME_WIDTH = 32;

/** Starts showing progress on the error stream. */
export function startBatchProgress(): BatchProgress {
  return Deno.stderr.isTerminal() ? startBars() : startLines();
}

function startBars(): BatchProgress {
  const format = "{job} {bar} {value}/{total}, {eta_formatted} left{loss}";
  const options = {
    format,
    barsize: 20,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  };
  const bars = new MultiBar(options, Presets.shades_classic);
  const running = new Map<string, SingleBar>();
  return {
    say: (line) => bars.isActive ? bars.log(`${line}\n`) : console.error(line),
    update(job, done, total, loss) {
      if (!running.has(job)) running.set(job, bars.create(total, 0, { job: "", loss: "" }));
      const name = job.length > NAME_WIDTH ? `${job.slice(0, NAME_WIDTH - 1)}…` : job;
      running.get(job)!.update(done, {
        job: name,
        loss: loss === undefined ? "" : `, loss ${loss.toPrecision(3)}`,
      });
    },
    finish(job) {
      const bar = running.get(job);
      if (bar !== undefined) bars.remove(bar);
      running.delete(job);
    },
    stop() {
      // Lines that wait for the next redraw would be lost.
      if (bars.isActive) bars.update();
      bars.stop();
    },
  };
}

/** A job that trains says so with every fourth of its steps. */
function startLines(): BatchProgress {
  const fourths = new Map<string, number>();
  return {
    say: (line) => console.error(line),
    update(job, done, total, loss) {
      const fourth = Math.floor(4 * done / total);
      if (done === total || fourth <= (fourths.get(job) ?? 0)) return;
      fourths.set(job, fourth);
      console.error(
        `${job}: step ${done} of ` +
          `${total}${loss === undefined ? "" : `, loss ${loss.toPrecision(3)}`}`,
      );
    },
    finish: (job) => void fourths.delete(job),
    stop() {},
  };
}
