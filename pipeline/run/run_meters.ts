/**
 * Measurements of a run: memory, step time, and progress of the training.
 *
 * @module
 */

import type { Progress } from "../engine/definition/stage.ts";
import type { RunEvent } from "../engine/workers/run_report.ts";
import { PeakMemory } from "./plan/peak_memory.ts";
import { StepTimes } from "./plan/step_times.ts";

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

/** Meters of a run, which count from their creation. */
export class RunMeters {
  readonly #training: string | undefined;
  readonly #steps: StepTimes;
  readonly #memory = new PeakMemory();
  #progress: Progress | undefined;

  /** @param training Name of the stage that trains; undefined without one */
  constructor(training: string | undefined) {
    this.#training = training;
    this.#steps = new StepTimes(training ?? "");
  }

  /** Measures what an event of the run shows. */
  record(event: RunEvent): void {
    this.#memory.sample();
    this.#steps.record(event);
    if (event.type !== "progress" || event.stage !== this.#training || event.rank !== 0) return;
    this.#progress = event.progress;
  }

  /** The figures so far. */
  get figures(): RunFigures {
    return {
      peakBytes: this.#memory.bytes,
      stepSeconds: this.#steps.stepSeconds,
      training: this.#training,
      progress: this.#progress,
    };
  }
}
