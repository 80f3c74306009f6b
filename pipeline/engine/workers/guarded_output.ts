/**
 * Printing that never ends a run: a full disk behind a log or a terminal that is gone makes a write
 * to a standard stream fail, which would otherwise end the process or the stage that prints.
 *
 * @module
 */

/** Methods of the console that print to the error stream. */
const ERROR_METHODS = ["error", "warn", "trace", "assert"];

/** Guards the standard streams of this thread until it is disposed of. */
export class OutputGuard implements Disposable {
  #failure: Error | undefined;
  readonly #restore: (() => void)[] = [];

  /** Starts to guard the console and the streams; failed writes are dropped. */
  constructor() {
    for (const [name, method] of Object.entries(console)) {
      if (typeof method === "function") this.#guard(console, name, !ERROR_METHODS.includes(name));
    }
    for (const stream of [Deno.stdout, Deno.stderr]) {
      // The streams of node:process write through these.
      for (const name of ["write", "writeSync"]) this.#guard(stream, name, stream === Deno.stdout);
    }
  }

  /** The first failure to print to the output stream. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Restores the console and the streams. */
  [Symbol.dispose](): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  #guard(target: object, name: string, isOutput: boolean): void {
    const original: (...values: unknown[]) => unknown = Reflect.get(target, name);
    const drop = (error: unknown, values: readonly unknown[]) => {
      if (!isFailedWrite(error)) throw error;
      if (isOutput) this.#failure ??= error;
      const [bytes] = values;
      return bytes instanceof Uint8Array ? bytes.byteLength : undefined;
    };
    const guarded = (...values: unknown[]) => {
      try {
        const result = original.apply(target, values);
        return result instanceof Promise ? result.catch((error) => drop(error, values)) : result;
      } catch (error) {
        return drop(error, values);
      }
    };
    const own = Object.getOwnPropertyDescriptor(target, name);
    Reflect.set(target, name, guarded);
    this.#restore.push(() => {
      if (Reflect.get(target, name) !== guarded) return;
      if (own === undefined) Reflect.deleteProperty(target, name);
      else Reflect.defineProperty(target, name, own);
    });
  }
}

/** Whether an error is of the operating system, not of a value that cannot be printed. */
function isFailedWrite(error: unknown): error is Error {
  return error instanceof Error && "code" in error && typeof error.code === "string" &&
    /^E[A-Z0-9]+$/.test(error.code);
}
