/**
 * Measurements of a run: memory, step time, and progress of the training.
 *
 * @module
 */

import type { Progress } from "../engine/definition/stage.ts";
import type { RunEvent } from "../engine/workers/run_report.ts";
import { PeakMemory } from "./plan/peak_memory.ts";

/** Measured figures of a run. */
export interface RunFigures {
  /** Maximum bytes of the process, exact unless the process that started it used more. */
  readonly peakBytes: number;
  /** Mean time from one training step to the next; undefined without two steps. */
  readonly stepSeconds: number | undefined;
  /** Name of the first stage that trains; undefined without one. */
  readonly training: string | undefined;
  /** The last progress that rank 0 of the training reported. */
  readonly progress: Progress | undefined;
}

type ProgressEvent = Extract<RunEvent, { readonly type: "progress" }>;

/** Meters of a run, which count from their creation. */
export class RunMeters {
  /** Name of the stage that trains; undefined without one. */
  readonly training: string | undefined;
  readonly #memory = new PeakMemory();
  #first: ProgressEvent | undefined;
  #last: ProgressEvent | undefined;

  /** @param training Name of the stage that trains; undefined without one */
  constructor(training: string | undefined) {
    this.training = training;
  }

  /** Measures what an event of the run shows. */
  record(event: RunEvent): void {
    this.#memory.sample();
    if (event.type !== "progress" || event.stage !== this.training || event.rank !== 0) return;
    this.#last = event;
    this.#first ??= event;
  }

  /** The figures so far. */
  get figures(): RunFigures {
    return {
      peakBytes: this.#memory.bytes,
      stepSeconds: this.#stepSeconds,
      training: this.training,
      progress: this.#last?.progress,
    };
  }

  /** The first step does not count: it includes the start and the certificate. */
  get #stepSeconds(): number | undefined {
    const first = this.#first;
    const last = this.#last;
    const count = (last?.progress.done ?? 0) - (first?.progress.done ?? 0);
    if (first === undefined || last === undefined || count === 0) return undefined;
    return (last.seconds - first.seconds) / count;
  }
}
