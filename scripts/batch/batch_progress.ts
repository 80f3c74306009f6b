/**
 * Progress of a batch: a bar for each job that trains on a terminal, plain lines otherwise.
 *
 * @module
 */

// @ts-types="npm:@types/cli-progress@3.11.6"
import { MultiBar, Presets, type SingleBar } from "cli-progress";
import { canDrawBars } from "../progress/terminal.ts";
import process from "node:process";

/** Progress of the jobs of a batch. */
export interface BatchProgress {
  /** Prints a line that stays. */
  print(line: string): void;
  /** Shows the training steps of a job. */
  update(job: string, done: number, total: number, loss: number | undefined): void;
  /** Removes the bar of a job. */
  finish(job: string): void;
  /** Removes all bars. */
  stop(): void;
}

/** Maximum width of the name in front of a bar. */
const NAME_WIDTH = 32;

/** Starts showing progress on the error stream. */
export function startBatchProgress(): BatchProgress {
  return canDrawBars() ? startBars() : startLines();
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
    print: (line) => bars.isActive ? bars.log(`${line}\n`) : console.error(line),
    update(job, done, total, loss) {
      if (!running.has(job)) running.set(job, bars.create(total, 0, { job: "", loss: "" }));
      const name = job.length > NAME_WIDTH ? `${job.slice(0, NAME_WIDTH - 1)}…` : job;
      running.get(job)!.update(done, { job: name, loss: lossText(loss) });
    },
    finish(job) {
      const bar = running.get(job);
      if (bar !== undefined) bars.remove(bar);
      running.delete(job);
    },
    stop() {
      // Prints the lines that wait for the next redraw.
      if (bars.isActive) bars.update();
      bars.stop();
    },
  };
}

/** Prints a line after each quarter of the steps of a job. */
function startLines(): BatchProgress {
  const quarters = new Map<string, number>();
  return {
    print: (line) => console.error(line),
    update(job, done, total, loss) {
      const quarter = Math.floor(4 * done / total);
      if (done === total || quarter <= (quarters.get(job) ?? 0)) return;
      quarters.set(job, quarter);
      console.error(`${job}: step ${done} of ${total}${lossText(loss)}`);
    },
    finish: (job) => void quarters.delete(job),
    stop() {},
  };
}

function lossText(loss: number | undefined): string {
  return loss === undefined ? "" : `, loss ${loss.toPrecision(3)}`;
}
