/**
 * Measures the time of training steps from the progress that they report.
 *
 * @module
 */

import type { RunEvent } from "../../engine/workers/run_report.ts";

/** Mean time of the steps of a training in a run. */
export class StepTimes {
  readonly #stage: string;
  #first: { readonly done: number; readonly seconds: number } | undefined;
  #last: { readonly done: number; readonly seconds: number } | undefined;

  /** @param stage Name of the stage that trains. */
  constructor(stage: string) {
    this.#stage = stage;
  }

  /** Records the progress of the stage; ignores other events. */
  record(event: RunEvent): void {
    if (event.type !== "progress" || event.stage !== this.#stage || event.rank !== 0) return;
    this.#last = { done: event.progress.done, seconds: event.seconds };
    this.#first ??= this.#last;
  }

  /**
   * Mean time per step in seconds, after the first one, which includes the start and the
   * certificate; undefined before the second step.
   */
  get stepSeconds(): number | undefined {
    const first = this.#first;
    const last = this.#last;
    if (first === undefined || last === undefined || last.done === first.done) return undefined;
    return (last.seconds - first.seconds) / (last.done - first.done);
  }
}
