/**
 * How long the steps of a training really take, from the progress that it reports.
 *
 * @module
 */

import type { RunEvent } from "../../engine/workers/run_report.ts";

/** Watches the events of a run. */
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
   * Mean time from step to step after the first one, which also starts and certifies; undefined
   * without two steps.
   */
  get stepSeconds(): number | undefined {
    const first = this.#first;
    const last = this.#last;
    if (first === undefined || last === undefined || last.done === first.done) return undefined;
    return (last.seconds - first.seconds) / (last.done - first.done);
  }
}
