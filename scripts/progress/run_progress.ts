/**
 * Progress of a pipeline: on a terminal, the state of the run in a line above a bar for each stage
 * at work; lines otherwise.
 *
 * @module
 */

// @ts-types="npm:@types/cli-progress@3.11.6"
import { MultiBar, Presets, type SingleBar } from "cli-progress";
import process from "node:process";
import type { RunEvent } from "../../pipeline/engine/workers/run_report.ts";
import { canDrawBars } from "./terminal.ts";
import type { Progress, StageRecord } from "../../pipeline/engine/definition/stage.ts";
import { formatPercent } from "../../format.ts";
import { RunStatus } from "./run_status.ts";

/** Shows the progress of a run. */
export interface RunProgress {
  show(event: RunEvent): void;
  /** Stops and leaves the bars unchanged. */
  stop(): void;
}

/** Columns of a bar with its counts, rate and time, without figures of the stage. */
const BAR_COLUMNS = 72;

/** Time between two updates of the state of the run. */
const STATUS_MILLISECONDS = 500;

/** Stages with a single unit of work show no progress. */
const MIN_TOTAL = 2;

/**
 * Starts showing progress on the error stream.
 *
 * @param bars Whether to draw bars. @default whether the stream is a terminal that can
 */
export function startRunProgress(bars = canDrawBars()): RunProgress {
  return bars ? startBars() : startLines();
}

function startBars(): RunProgress {
  const format = "{stage} {bar} {value}/{total} {rate}/s, {eta_formatted} left{values}";
  const options = {
    format,
    barsize: 24,
    stream: process.stderr,
    hideCursor: true,
    forceRedraw: true,
  };
  const bars = new MultiBar(options, Presets.shades_classic);
  const status = new RunStatus();
  const line = bars.create(1, 0, { status: "" }, { format: "{status}" });
  const showStatus = () => {
    line.update(0, { status: status.text(terminalWidth() - 1, Deno.memoryUsage().rss) });
  };
  const timer = setInterval(showStatus, STATUS_MILLISECONDS);
  const running = new Map<string, { readonly bar: SingleBar; readonly startSeconds: number }>();
  return {
    show(event) {
      status.record(event);
      if (event.type === "warning") {
        bars.log(`${wrap(`warning: ${event.message}`, terminalWidth())}\n`);
      }
      if (event.type !== "progress" || event.rank !== 0 || event.progress.total < MIN_TOTAL) {
        return;
      }
      const { done, total } = event.progress;
      let entry = running.get(event.stage);
      if (entry === undefined) {
        entry = {
          bar: bars.create(total, 0, { stage: "", rate: "", values: "" }),
          startSeconds: event.seconds,
        };
        running.set(event.stage, entry);
      }
      if (done >= total) {
        bars.remove(entry.bar);
        return showStatus();
      }
      entry.bar.update(done, {
        stage: event.stage.padEnd(14),
        rate: rateText(done, event.seconds - entry.startSeconds),
        values: fitting(valuesText(event.progress), terminalWidth() - BAR_COLUMNS),
      });
    },
    stop() {
      clearInterval(timer);
      showStatus();
      bars.stop();
    },
  };
}

/** Prints a line per tenth of a stage, at most one per second, and one at its end. */
function startLines(): RunProgress {
  const stages = new Map<
    string,
    { readonly startSeconds: number; tenth: number; seconds: number }
  >();
  let stopped = false;
  return {
    show(event) {
      if (stopped) return;
      if (event.type === "warning") console.error(`warning: ${event.message}`);
      if (event.type === "record" && event.entry.kind === "validation") {
        console.error(validationText(event.stage, event.entry.values));
      }
      if (event.type !== "progress" || event.rank !== 0 || event.progress.total < MIN_TOTAL) {
        return;
      }
      const { done, total } = event.progress;
      const { seconds } = event;
      const state = stages.get(event.stage) ?? { startSeconds: seconds, tenth: 0, seconds };
      stages.set(event.stage, state);
      const tenth = Math.floor(10 * done / total);
      if (done < total && (tenth === state.tenth || seconds < state.seconds + 1)) return;
      state.tenth = tenth;
      state.seconds = seconds;
      const rate = rateText(done, seconds - state.startSeconds);
      const left = ((total - done) * (seconds - state.startSeconds) / done).toFixed(0);
      console.error(
        `${event.stage}: ${done} of ${total}, ${rate}/s, ${left} s ` +
          `left${valuesText(event.progress)}`,
      );
    },
    stop() {
      stopped = true;
    },
  };
}

function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}

/**
 * Wraps text at `width` characters, except for longer words: progress bars turn off the wrapping of
 * the terminal.
 */
export function wrap(text: string, width: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

function validationText(
  stage: string,
  { step, relativeL2, isBest }: StageRecord["values"],
): string {
  const error = formatPercent(typeof relativeL2 === "number" ? relativeL2 : NaN);
  return `${stage}: validation ${error} after step ${step}${isBest === true ? ", the best" : ""}`;
}

function rateText(done: number, seconds: number): string {
  return seconds > 0 ? (done / seconds).toPrecision(3) : "-";
}

/** The text if it fits, otherwise none. */
function fitting(text: string, columns: number): string {
  return text.length <= columns ? text : "";
}

function valuesText({ values }: Progress): string {
  return Object.entries(values ?? {}).map(([name, value]) => `, ${name} ${value.toPrecision(3)}`)
    .join("");
}
