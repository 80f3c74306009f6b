/**
 * Errors of a device: found by error scopes, recorded, and thrown at the next wait or use.
 *
 * @module
 */

const FILTERS = ["validation", "out-of-memory", "internal"] as const;

/** Records the first failure of one device. */
export class Failures {
  readonly #device: GPUDevice;
  readonly #deviceName: string;
  #pending: Promise<void>[] = [];
  readonly #onLost: (error: Error) => void;
  #first: Error | undefined;
  #destroyed = false;

  /** @param onLost Called if the device is lost without a call of `destroy`. */
  constructor(device: GPUDevice, deviceName: string, onLost: (error: Error) => void = () => {}) {
    this.#device = device;
    this.#deviceName = deviceName;
    this.#onLost = onLost;
    device.lost.then(({ message }) => {
      if (this.#destroyed) return;
      this.#lost(message);
      this.#onLost(this.#first!);
    });
    this.#push();
  }

  /** Ends the error scopes of the work so far and begins new ones. */
  nextScopes(): void {
    for (const filter of FILTERS.toReversed()) {
      this.#pending.push(
        this.#device.popErrorScope().then((error) => {
          if (error !== null) this.#record(filter, error.message);
        }, (cause: Error) => {
          if (!this.#destroyed) this.#lost(cause.message);
        }),
      );
    }
    this.#push();
  }

  /**
   * Waits for the error scopes of the work so far.
   *
   * @throws {Error} If the device has failed; always the first failure.
   */
  async check(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
    this.throwIfFailed();
  }

  /** @throws {Error} If the device was destroyed or a failure is known. */
  throwIfFailed(): void {
    if (this.#destroyed) throw new Error(`Cannot use ${this.#deviceName}: it was destroyed`);
    if (this.#first !== undefined) throw this.#first;
  }

  /** Makes every later use fail, and ignores later errors of the device. */
  destroy(): void {
    this.#destroyed = true;
  }

  #push(): void {
    for (const filter of FILTERS) this.#device.pushErrorScope(filter);
  }

  #record(filter: typeof FILTERS[number], message: string): void {
    const remedy = filter === "out-of-memory" ? "; use smaller blocks or more ranks" : "";
    this.#first ??= new Error(
      `Cannot finish the work on ${this.#deviceName}: it reported an error (${filter}), ` +
        `${message.trim()}${remedy}`,
    );
  }

  #lost(message: string): void {
    this.#first ??= new Error(
      `Cannot finish the work on ${this.#deviceName}: the device was lost, ` +
        `${message || "no reason given"}; start the run again`,
    );
  }
}
