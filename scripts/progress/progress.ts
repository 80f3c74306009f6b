/**
 * Progress of a long command: a bar on a terminal, lines otherwise.
 *
 * @module
 */

// @ts-types="npm:@types/cli-progress@3.11.6"
import { Presets, SingleBar } from "cli-progress";
import process from "node:process";
import { canDrawBars } from "./terminal.ts";

/** Progress of a command. */
export interface Progress {
  /** Shows that `done` of the total are finished. */
  update(done: number): void;
  /** Stops; further updates do nothing. */
  stop(): void;
}

/**
 * Starts showing progress on the error stream, so that the output of a command can be piped.
 *
 * @param action The work, such as `generate`
 * @param total Number of things, at least 1
 * @param things Their name, such as `samples`
 */
export function startProgress(action: string, total: number, things: string): Progress {
  return canDrawBars() ? startBar(action, total, things) : startLines(action, total, things);
}

function startBar(action: string, total: number, things: string): Progress {
  const format = `${action} {bar} {value} of {total} ${things}, {eta_formatted} left`;
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}

/** Prints a line per tenth of the work, at most one per second, and one at the end. */
function startLines(action: string, total: number, things: string): Progress {
  const started = performance.now();
  let lastSeconds = 0;
  let lastTenth = 0;
  let stopped = false;
  return {
    update(done) {
      const seconds = (performance.now() - started) / 1000;
      const tenth = Math.floor(10 * done / total);
      if (stopped || done < total && (tenth === lastTenth || seconds < lastSeconds + 1)) return;
      lastSeconds = seconds;
      lastTenth = tenth;
      console.error(`${action}: ${done} of ${total} ${things}, ${seconds.toFixed(1)} s`);
    },
    stop() {
      stopped = true;
    },
  };
}
