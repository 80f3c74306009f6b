/**
 * Pace of the host: the work that it submits before it waits for the device.
 *
 * @module
 */

/** Dispatches before the first wait: at most a second of work for a software adapter. */
const FIRST_DISPATCHES = 32;

/** Target time of a wait: shorter waits add overhead, longer ones look like a hanging device. */
const WAIT_MS = 200;

/** After a wait shorter than this, the number of dispatches is doubled. */
const SHORT_WAIT_MS = WAIT_MS / 4;

/**
 * Decides when the host waits for the device, from the times of earlier waits.
 *
 * Only timing depends on it, not the results: all work goes through one queue in order.
 */
export class Pace {
  #dispatches = FIRST_DISPATCHES;
  #due = FIRST_DISPATCHES;

  /** Whether a wait is due after `dispatchCount` dispatches in total. */
  isDue(dispatchCount: number): boolean {
    return dispatchCount >= this.#due;
  }

  /**
   * Records that the host has waited for the first `dispatchCount` dispatches.
   *
   * @param milliseconds Time of the wait, if it was due.
   */
  waited(dispatchCount: number, milliseconds?: number): void {
    if (milliseconds !== undefined && milliseconds < SHORT_WAIT_MS) this.#dispatches *= 2;
    else if (milliseconds !== undefined && milliseconds > WAIT_MS) {
      this.#dispatches = Math.max(1, Math.floor(this.#dispatches * WAIT_MS / milliseconds));
    }
    this.#due = dispatchCount + this.#dispatches;
  }
}
