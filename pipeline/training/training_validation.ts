/**
 * The validations of a training: when they are due, which model is the best, and when no better one
 * is expected.
 *
 * @module
 */

import { join } from "node:path";
import { DataError, UserError } from "../../errors.ts";
import type { StageContext } from "../engine/definition/stage.ts";
import type { Checkpoint } from "./checkpoint_file.ts";
import type { TrainedModel } from "./model_batch.ts";
import { writeModelFile } from "./model_file.ts";
import type { RankNetwork } from "./rank_network.ts";
import type { TrainOptions } from "./train_options.ts";
import { ValidationSet } from "./validation.ts";
import { NO_VALIDATION, type ValidationState, withPoint } from "./validation_state.ts";
import { parseInterval, ValidationSchedule } from "./validation_rule.ts";

/** Interval of validations if the option does not state one. */
const DEFAULT_INTERVAL = "1epoch";

/** Validations of one training, on one of its ranks. */
export class TrainingValidation {
  readonly #context: StageContext<TrainOptions>;
  readonly #set: ValidationSet;
  readonly #schedule: ValidationSchedule;
  #state: ValidationState;
  #bestParameters: Float32Array<ArrayBuffer> | undefined;
  #isTimeOver = false;

  private constructor(
    context: StageContext<TrainOptions>,
    set: ValidationSet,
    resumed: Checkpoint | undefined,
  ) {
    const { validation } = context.options;
    this.#context = context;
    this.#set = set;
    this.#schedule = new ValidationSchedule(parseInterval(validation?.every ?? DEFAULT_INTERVAL));
    this.#state = resumed?.progress.validation ?? NO_VALIDATION;
    this.#bestParameters = resumed?.bestParameters;
  }

  /**
   * The validations of a stage; undefined if it has no third input.
   *
   * @throws {UserError} If an option needs validation samples.
   */
  static of(
    context: StageContext<TrainOptions>,
    resumed: Checkpoint | undefined,
  ): TrainingValidation | undefined {
    const { inputs: [, , graphs], options, peers } = context;
    checkValidationOptions(options, graphs !== undefined);
    if (graphs === undefined) return undefined;
    return new TrainingValidation(context, new ValidationSet(graphs, peers), resumed);
  }

  /** The validations so far. */
  get state(): ValidationState {
    return this.#state;
  }

  /** Parameters of the best model; undefined before the first validation. */
  get bestParameters(): Float32Array<ArrayBuffer> | undefined {
    return this.#bestParameters;
  }

  /** Whether as many validations as the option `patience` found no better model. */
  get isExhausted(): boolean {
    return this.#state.waited >= (this.#context.options.patience ?? Infinity);
  }

  /** 1 if rank 0 found that the time of the interval is over, for the sum over all ranks. */
  get timeVote(): number {
    return this.#context.rank === 0 && this.#schedule.isTimeOver ? 1 : 0;
  }

  /** @param votes The sum of `timeVote` over all ranks. */
  setVotes(votes: number): void {
    this.#isTimeOver = votes > 0;
  }

  /** Whether a validation is due after `step` steps, as `ValidationSchedule.isDue` defines it. */
  isDue(step: number, epoch: number, nextEpoch: number): boolean {
    return !this.isDone(step) && this.#schedule.isDue(step, epoch, nextEpoch, this.#isTimeOver);
  }

  /** Whether the model after `step` steps has been validated. */
  isDone(step: number): boolean {
    return this.#state.points.at(-1)?.step === step;
  }

  /**
   * Validates a model after `step` steps; every rank calls it.
   *
   * @param network Receives the parameters of the model.
   */
  async validate(
    step: number,
    epoch: number,
    network: RankNetwork,
    model: TrainedModel,
  ): Promise<void> {
    const start = performance.now();
    network.setParameters(model.parameters);
    const figures = await this.#set.measure(network, model);
    const point = { step, epoch, ...figures };
    this.#state = withPoint(this.#state, point);
    this.#isTimeOver = false;
    this.#schedule.restart();
    const isBest = this.#state.best === point;
    if (isBest) this.#bestParameters = model.parameters.slice();
    const { rank, record, warn, directory, options } = this.#context;
    if (rank > 0) return;
    if (isBest) {
      const path = join(directory, bestModelFile(options));
      const training = { steps: step, validation: figures };
      try {
        await writeModelFile(path, model, training, { overwrite: true });
      } catch (error) {
        // As for a checkpoint: the best model is in memory, and the training continues.
        if (!(error instanceof DataError)) throw error;
        warn(`${error.message}; training continues with the best model in memory`);
      }
    }
    record({
      kind: "validation",
      values: {
        ...point,
        sampleCount: await this.#set.sampleCount(),
        isBest,
        validationSeconds: (performance.now() - start) / 1000,
      },
    });
  }

  /** The model to retain: the best one, or the last. */
  retained(model: TrainedModel): TrainedModel {
    const { schedule, patience, keep } = this.#context.options;
    // Where the rate falls to 0, a few validation samples choose worse than the schedule does.
    const isAnnealed = schedule !== "constant" && patience === undefined;
    const parameters = this.#bestParameters;
    return (keep ?? (isAnnealed ? "last" : "best")) === "last" || parameters === undefined
      ? model
      : { ...model, parameters };
  }
}

/** Name of the file of the best model so far, such as `model.best.safetensors`. */
export function bestModelFile({ modelFile }: Pick<TrainOptions, "modelFile">): string {
  return modelFile.replace(/\.safetensors$/, ".best.safetensors");
}

/** @throws {UserError} If an option needs validation samples, and there are none. */
export function checkValidationOptions(
  { validation, keep, patience }: Pick<TrainOptions, "validation" | "keep" | "patience">,
  hasSamples: boolean,
): void {
  if (hasSamples) return;
  const needing = Object.entries({
    validation: validation !== undefined,
    'keep: "best"': keep === "best",
    patience: patience !== undefined,
  }).filter(([, isSet]) => isSet).map(([name]) => name);
  if (needing.length === 0) return;
  const options = needing.join(" and ");
  throw new UserError(
    `Cannot train with ${options}: there must be validation graphs, the third input of the ` +
      "stage, and there are none; add them to from, or omit the option",
  );
}
