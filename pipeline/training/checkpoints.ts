/**
 * The checkpoints of a training in their directory: when one is due, how they are named, and which
 * are kept.
 *
 * @module
 */

import { basename, join } from "node:path";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { type Checkpoint, runIdentity, writeCheckpoint } from "./checkpoint_file.ts";

/** When a checkpoint is due: so many steps or seconds after the last one. */
export const checkpointInterval = z.union([
  z.strictObject({
    steps: z.int().min(1).meta({ description: "Steps between checkpoints.", unit: "steps" }),
  }),
  z.strictObject({
    seconds: z.number().positive().meta({ description: "Time between checkpoints.", unit: "s" }),
  }),
]);

/** When a checkpoint is due. */
export type CheckpointInterval = z.infer<typeof checkpointInterval>;

/** The option that makes a training write checkpoints, or resume from one. */
export const checkpointOptions = z.strictObject({
  directory: z.string().describe("Directory of the checkpoints."),
  every: checkpointInterval.describe("Interval between checkpoints, in steps or in time."),
  run: runIdentity.describe("Identity of the run, stored in each checkpoint."),
  resume: z.string().optional().meta({
    description: "Path of the checkpoint to resume from.",
    absent: "starts at step 1",
  }),
});

/** Older ones are removed: the last but one is there in case the last one is damaged. */
const KEPT = 2;

const SUFFIX = ".safetensors";

/** A checkpoint's place, told from its name. */
export interface CheckpointPlace {
  readonly path: string;
  /** Name of the stage that trains. */
  readonly stage: string;
  readonly step: number;
}

/**
 * The checkpoints in `directory`, the latest of each stage first; none if there is no directory.
 */
export async function listCheckpoints(directory: string): Promise<readonly CheckpointPlace[]> {
  const places: CheckpointPlace[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) {
      const [, stage, step] = name.match(/^(.+)-(\d+)\.safetensors$/) ?? [];
      if (stage !== undefined) {
        places.push({ path: join(directory, name), stage, step: Number(step) });
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return places.sort((a, b) => a.stage < b.stage ? -1 : a.stage > b.stage ? 1 : b.step - a.step);
}

/**
 * Writes the checkpoints of one stage. One that cannot be written, as on a full disk, is a warning:
 * the one before it is kept, and the training is worth more than the way back to it.
 */
export class CheckpointWriter {
  readonly #options: z.infer<typeof checkpointOptions>;
  readonly #stage: string;
  readonly #warn: (message: string) => void;
  #lastSeconds = seconds();
  #lastStep: number;
  /** Step of the last checkpoint that is whole; 0 without one. */
  #keptStep: number;

  /** @param step Steps that were taken before. */
  constructor(
    options: z.infer<typeof checkpointOptions>,
    stage: string,
    step: number,
    warn: (message: string) => void,
  ) {
    this.#options = options;
    this.#stage = stage;
    this.#warn = warn;
    this.#lastStep = this.#keptStep = step;
  }

  /** Whether it is time for a checkpoint after `step` steps. */
  isDue(step: number): boolean {
    const { every } = this.#options;
    return "steps" in every
      ? step - this.#lastStep >= every.steps
      : seconds() - this.#lastSeconds >= every.seconds;
  }

  /** Writes a checkpoint unless this step has one, and removes those that are no longer needed. */
  async write(checkpoint: Omit<Checkpoint, "run">): Promise<void> {
    const { directory, run } = this.#options;
    const { step } = checkpoint.progress;
    if (step === this.#lastStep) return;
    const path = join(directory, `${this.#stage}-${String(step).padStart(8, "0")}${SUFFIX}`);
    try {
      await writeCheckpoint(path, { ...checkpoint, run });
      this.#keptStep = step;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const kept = this.#keptStep > 0
        ? `with the checkpoint of step ${this.#keptStep}`
        : "without a checkpoint";
      this.#warn(`${error.message}; training goes on ${kept}`);
    }
    [this.#lastStep, this.#lastSeconds] = [step, seconds()];
    if (this.#keptStep === step) await this.#removeOlder(step);
  }

  async #removeOlder(step: number): Promise<void> {
    const own = (await listCheckpoints(this.#options.directory)).filter(({ stage }) =>
      stage === this.#stage
    );
    // A later step can only be of a checkpoint that was refused.
    const kept = own.filter((place) => place.step <= step).slice(0, KEPT).map(({ path }) =>
      basename(path)
    );
    for (const { path } of own) if (!kept.includes(basename(path))) await Deno.remove(path);
  }
}

function seconds(): number {
  return performance.now() / 1000;
}
