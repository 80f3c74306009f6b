/** How much work the device is given before the host waits for it. @module */

/** Dispatches before the first wait: a software adapter takes a second for them at most. */
const FIRST_DISPATCHES = 32;

/**
 * How long a wait should take: shorter ones cost time, in longer ones nobody can tell slow work
 * from a device that hangs.
 */
const WAIT_MS = 200;

/** A wait this much shorter says that there can be more dispatches. */
const SHORT_WAIT_MS = WAIT_MS / 4;

/**
 * Tells when the host should wait for the device, from how long it had to before.
 *
 * Only the times depend on it, never the numbers: all work goes through one queue in its order.
 */
export class Pace {
  #dispatches = FIRST_DISPATCHES;
  #due = FIRST_DISPATCHES;

  /** Whether it is time to wait when so many dispatches have been recorded in all. */
  isDue(dispatchCount: number): boolean {
    return dispatchCount >= this.#due;
  }

  /**
   * Takes in that the host has waited for the dispatches so far.
   *
   * @param milliseconds How long, where it waited because that was due.
   */
  waited(dispatchCount: number, milliseconds?: number): void {
    if (milliseconds !== undefined && milliseconds < SHORT_WAIT_MS) this.#dispatches *= 2;
    else if (milliseconds !== undefined && milliseconds > WAIT_MS) {
      this.#dispatches = Math.max(1, Math.floor(this.#dispatches * WAIT_MS / milliseconds));
    }
    this.#due = dispatchCount + this.#dispatches;
  }
}
