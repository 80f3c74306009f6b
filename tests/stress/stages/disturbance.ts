/**
 * Disturbances of a stage: pauses at random moments, and the sudden end of its worker.
 *
 * @module
 */

import { z } from "zod";
import type { StageContext } from "../../../pipeline/engine/definition/stage.ts";
import { hash, KeyedSequence } from "../../../pipeline/graph/random.ts";

/** Ways in which a worker ends early. */
export const ENDINGS = ["throw", "Deno.exit", "self.close"] as const;

/** The end of a worker. */
export const killOptions = z.strictObject({
  how: z.enum(ENDINGS),
  rank: z.int().min(0),
  /** Rows or batches that the rank receives before; if there are fewer, it is killed at its end. */
  after: z.int().min(0),
  /** Delay from then to the end; 0 is immediately. */
  milliseconds: z.int().min(0),
});

/** Options of every stage that is disturbed. */
export const disturbanceOptions = z.strictObject({
  /** The same seed makes the same pauses. */
  seed: z.int().min(0),
  kill: killOptions.optional(),
});

/** The file that a worker writes again and again while it runs. */
export function beatFile(directory: string, name: string, rank: number): string {
  return `${directory}/${name}-${rank}.beat`;
}

/** The file with the time at which a worker was killed. */
export function killFile(directory: string): string {
  return `${directory}/killed.txt`;
}

const BEAT_MILLISECONDS = 10;

/** Disturbs one rank of a stage. */
export class Disturbance {
  readonly #options: z.infer<typeof disturbanceOptions>;
  readonly #context: StageContext<unknown>;
  readonly #draws: KeyedSequence;
  #taken = 0;
  #isKilled = false;

  constructor(options: z.infer<typeof disturbanceOptions>, context: StageContext<unknown>) {
    const { name, rank, directory } = context;
    this.#options = options;
    this.#context = context;
    this.#draws = new KeyedSequence(hash(options.seed, "disturbance", name, rank));
    setInterval(
      () => Deno.writeTextFileSync(beatFile(directory, name, rank), ""),
      BEAT_MILLISECONDS,
    );
  }

  /** The next drawn integer of 0 to `bound` - 1. */
  draw = (bound: number): number => this.#draws.below(bound);

  /** A moment at which anything may happen. */
  async pause(): Promise<void> {
    const kind = this.draw(12);
    if (kind === 0) await sleep(this.draw(30));
    else if (kind <= 2) await sleep(this.draw(4));
    else if (kind <= 4) keepBusy(this.draw(3));
  }

  /** The items of an input, with pauses between them and the end of the worker after some. */
  async *disturb<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    this.#killIfDue();
    for await (const item of items) {
      await this.pause();
      yield item;
      this.#taken++;
      this.#killIfDue();
    }
  }

  /** Called before the stage ends; a worker that must be killed waits for that. */
  async end(): Promise<void> {
    await this.pause();
    const { kill } = this.#options;
    const { rank, signal } = this.#context;
    if (kill?.rank !== rank) return;
    if (!this.#isKilled) this.#kill();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  }

  #killIfDue(): void {
    const { kill } = this.#options;
    if (kill?.rank === this.#context.rank && kill.after === this.#taken && !this.#isKilled) {
      this.#kill();
    }
  }

  #kill(): void {
    const { how, milliseconds } = this.#options.kill!;
    this.#isKilled = true;
    const act = () => {
      Deno.writeTextFileSync(killFile(this.#context.directory), String(Date.now()));
      if (how === "Deno.exit") Deno.exit(7);
      if (how === "self.close") return self.close();
      throw new Error("killed by the test");
    };
    if (milliseconds === 0) act();
    else setTimeout(act, milliseconds);
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function keepBusy(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}
