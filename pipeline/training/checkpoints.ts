/**
 * The directory of a training's checkpoints: their names, when one is due, and which are retained.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../../errors.ts";
import { type Checkpoint, runIdentity, writeCheckpoint } from "./checkpoint_file.ts";

/** Schema of `CheckpointInterval`. */
export const checkpointInterval = z.union([
  z.strictObject({
    steps: z.int().min(1).meta({ description: "Steps between checkpoints.", unit: "steps" }),
  }),
  z.strictObject({
    seconds: z.number().positive().meta({ description: "Time between checkpoints.", unit: "s" }),
  }),
]);

/** Steps or seconds between two checkpoints. */
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

/** Number of retained checkpoints: the last, and the one before in case the last is damaged. */
const RETAINED_COUNT = 2;

const SUFFIX = ".safetensors";

/** A checkpoint file, as its name describes it. */
export interface CheckpointPlace {
  readonly path: string;
  /** Name of the stage that trains. */
  readonly stage: string;
  readonly step: number;
}

/** The checkpoints in `directory`, latest first for each stage; none without the directory. */
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
 * Writes the checkpoints of one stage. A checkpoint that cannot be written, as on a full disk, is
 * only a warning: the previous one is retained and the training continues.
 */
export class CheckpointWriter {
  readonly #options: z.infer<typeof checkpointOptions>;
  readonly #stage: string;
  readonly #warn: (message: string) => void;
  #lastSeconds = seconds();
  #lastStep: number;
  /** Step of the last complete checkpoint; 0 without one. */
  #savedStep: number;

  /** @param step Number of steps taken before. */
  constructor(
    options: z.infer<typeof checkpointOptions>,
    stage: string,
    step: number,
    warn: (message: string) => void,
  ) {
    this.#options = options;
    this.#stage = stage;
    this.#warn = warn;
    this.#lastStep = this.#savedStep = step;
  }

  /** Whether a checkpoint is due after `step` steps. */
  isDue(step: number): boolean {
    const { every } = this.#options;
    return "steps" in every
      ? step - this.#lastStep >= every.steps
      : seconds() - this.#lastSeconds >= every.seconds;
  }

  /** Writes a checkpoint unless this step has one, and removes older ones. */
  async write(checkpoint: Omit<Checkpoint, "run">): Promise<void> {
    const { directory, run } = this.#options;
    const { step } = checkpoint.progress;
    if (step === this.#lastStep) return;
    const path = join(directory, `${this.#stage}-${String(step).padStart(8, "0")}${SUFFIX}`);
    try {
      await writeCheckpoint(path, { ...checkpoint, run });
      this.#savedStep = step;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const state = this.#savedStep > 0
        ? `with the checkpoint of step ${this.#savedStep}`
        : "without a checkpoint";
      this.#warn(`${error.message}; training continues ${state}`);
    }
    this.#lastStep = step;
    this.#lastSeconds = seconds();
    if (this.#savedStep === step) await this.#removeOlder(step);
  }

  async #removeOlder(step: number): Promise<void> {
    const own = (await listCheckpoints(this.#options.directory)).filter(({ stage }) =>
      stage === this.#stage
    );
    // A later step can only be that of a checkpoint that was refused.
    const retained = own.filter((place) => place.step <= step).slice(0, RETAINED_COUNT);
    for (const place of own) if (!retained.includes(place)) await Deno.remove(place.path);
  }
}

function seconds(): number {
  return performance.now() / 1000;
}
