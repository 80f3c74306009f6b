/**
 * One rank's training: steps, checkpoints, certificate and the trained model.
 *
 * @module
 */

import { join } from "node:path";
import { DataError, UserError } from "../../errors.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import type { Device } from "../../kernels/device.ts";
import { checkRanks, type GraphRow } from "../batches/graph_rows.ts";
import type { StageContext } from "../engine/definition/stage.ts";
import type { TrainingSample } from "../model/gradient_step.ts";
import { createOptimizer } from "../model/muon.ts";
import { clipGradient, NonFiniteError, type Optimizer } from "../model/optimizer.ts";
import { ParameterMean } from "../model/parameter_mean.ts";
import { scheduledRate } from "../model/rate_schedule.ts";
import { decayed, decayingElements } from "../model/weight_decay.ts";
import { ParameterLayout } from "../model/parameters.ts";
import {
  type Certificate,
  certifyStep,
  GRADIENT_TOLERANCE,
  isWithinTolerance,
  PREDICTION_TOLERANCE,
} from "./certificate.ts";
import type { Checkpoint } from "./checkpoint_file.ts";
import { weightedTargets } from "./field_weights.ts";
import { CheckpointWriter } from "./checkpoints.ts";
import { modelBatch, type TrainedModel, type TrainingData } from "./model_batch.ts";
import { writeModelFile } from "./model_file.ts";
import { countNeighbours, NEIGHBOUR_COUNTS, neighbourFigures } from "./neighbour_counts.ts";
import type { Normalisation } from "./normalisation.ts";
import { RankNetwork } from "./rank_network.ts";
import { PeerTraffic } from "./peer_traffic.ts";
import { networkConfig, type TrainOptions } from "./train_options.ts";
import {
  checkFinite,
  checkGraph,
  checkNoWeights,
  checkOptimizer,
  divergence,
  recordedOptimizer,
  recordedWeights,
  tensorName,
} from "./training_refusals.ts";
import { trainingSample } from "./training_sample.ts";
import { TrainingValidation } from "./training_validation.ts";
import { warmStart } from "./warm_start.ts";

/** The part of a training that exists from its first graph on. */
interface Trainer {
  readonly network: RankNetwork;
  readonly optimizer: Optimizer;
  /** Mean of the parameters; undefined without the option `ema`. */
  readonly mean: ParameterMean | undefined;
}

/** The normalisation of a training, and what else is known of its data. */
export interface TrainingStatistics {
  readonly normalisation: Normalisation;
  /** @param inputNames Names of the inputs. */
  data(inputNames: readonly string[]): TrainingData;
}

/** One rank's training, from its first graph to its trained model. */
export class TrainingRun {
  readonly #context: StageContext<TrainOptions>;
  readonly #device: Device;
  readonly #statistics: TrainingStatistics;
  readonly #resumed: Checkpoint | undefined;
  readonly #writer: CheckpointWriter | undefined;
  readonly #losses: number[];
  readonly #rates: number[];
  #model: TrainedModel | undefined;
  #trainer: Trainer | undefined;
  #steps: number;
  #epoch: number;
  #droppedEdges: number;
  /** Nodes of all steps by number of neighbours. */
  readonly #neighbours = new Float64Array(NEIGHBOUR_COUNTS);
  #certificate: Certificate | undefined;
  #hasWarned = false;
  readonly #traffic: PeerTraffic;
  readonly #validation: TrainingValidation | undefined;

  /** @param resumed The checkpoint from which the training resumes, if any. */
  constructor(
    context: StageContext<TrainOptions>,
    device: Device,
    statistics: TrainingStatistics,
    resumed: Checkpoint | undefined,
  ) {
    const { name, rank, ranks, options: { checkpoint } } = context;
    const progress = resumed?.progress;
    this.#context = context;
    this.#traffic = new PeerTraffic(context.peers);
    this.#validation = TrainingValidation.of(context, resumed);
    this.#device = device;
    this.#statistics = statistics;
    this.#resumed = resumed;
    this.#model = resumed?.model;
    this.#losses = Array.from(resumed?.losses ?? []);
    this.#rates = Array.from(resumed?.learningRates ?? []);
    this.#steps = progress?.steps ?? 0;
    this.#epoch = progress?.epoch ?? 0;
    this.#droppedEdges = progress?.droppedEdges ?? 0;
    this.#neighbours.set(progress?.neighbours ?? []);
    // The certificate of another number of ranks proves nothing about these ranks.
    const certificate = progress?.certificate;
    this.#certificate = certificate?.ranks === ranks ? certificate : undefined;
    this.#writer = checkpoint && rank === 0
      ? new CheckpointWriter(checkpoint, name, this.#losses.length, context.warn)
      : undefined;
  }

  /**
   * Takes one optimizer step on this rank's part of a graph, unless the checkpoint includes it,
   * after a validation if one is due.
   *
   * @returns Whether to take further steps.
   * @throws {UserError} If loss, gradient or update is not finite, or the certificate exceeds its
   * tolerances; the model and the state of the optimizer are then those before the step.
   */
  async step(graph: GraphRow): Promise<boolean> {
    if (graph.step < this.#firstStep) return true;
    const model = this.#model ??= await this.#firstModel(graph);
    const { network, optimizer, mean } = this.#trainer ??= this.#start(graph, model);
    const validation = this.#validation;
    if (validation?.isDue(this.#losses.length, this.#epoch, graph.epoch)) {
      await validation.validate(this.#losses.length, this.#epoch, network, this.#averaged(model));
      network.setParameters(model.parameters);
    }
    if (validation?.isExhausted) return false;
    const { options } = this.#context;
    const sample = trainingSample(graph, model.normalisation, options.gradientLoss);
    const counts = new Float64Array(2 + NEIGHBOUR_COUNTS);
    counts[0] = graph.droppedEdges;
    countNeighbours(graph.offsets, counts.subarray(1, 1 + NEIGHBOUR_COUNTS));
    counts[1 + NEIGHBOUR_COUNTS] = validation?.timeVote ?? 0;
    const step = await network.gradientStep(sample, counts);
    const { count, gradient } = step;
    // Loss and gradient are equal on all ranks: all stop here, or none.
    checkFinite(graph, step.loss, gradient, model.config);
    const loss = count > 0 ? step.loss : this.#lossWithoutTargets(graph);
    if (this.#stepCount === 0 && this.#certificate === undefined) {
      this.#certificate = await this.#certify(graph, sample, step.loss, gradient);
    }
    const gradientNorm = clipGradient(gradient, options.clipNorm);
    const { learningRate: peakRate, warmup, schedule = "one-cycle", weightDecay = 0 } = options;
    const rate = scheduledRate(schedule, graph.step, { steps: graph.steps, peakRate, warmup });
    const parameters = weightDecay === 0
      ? model.parameters
      : decayed(model.parameters, decayingElements(model.config), 1 - rate * weightDecay);
    try {
      await optimizer.prepare(parameters, gradient, rate);
    } catch (cause) {
      if (!(cause instanceof NonFiniteError)) throw cause;
      const tensor = tensorName(model.config, cause.element);
      const rule = `the update of ${tensor} must be finite, it overflows`;
      throw divergence(graph, loss, `${rule} at a learning rate of ${rate}`, cause);
    }
    // Nothing is awaited from here to the parameters: a run that is stopped leaves at the next use
    // of the device and must then save complete steps.
    optimizer.apply(model.parameters);
    mean?.add(model.parameters, graph.step + 1);
    validation?.setVotes(counts[1 + NEIGHBOUR_COUNTS]);
    this.#losses.push(loss);
    this.#rates.push(rate);
    this.#droppedEdges += counts[0];
    for (let k = 0; k < NEIGHBOUR_COUNTS; k++) this.#neighbours[k] += counts[k + 1];
    this.#steps = graph.steps;
    this.#epoch = graph.epoch;
    network.setParameters(model.parameters);
    if (this.#context.rank === 0) {
      const values = sample.gradientLoss === undefined
        ? { loss }
        : { loss, "mean square": step.meanSquare };
      this.#context.progress({ done: graph.step + 1, total: graph.steps, values });
      this.#context.record({
        kind: "step",
        values: {
          step: graph.step + 1,
          epoch: graph.epoch,
          loss,
          learningRate: rate,
          gradientNorm,
          ...this.#traffic.lap(),
        },
      });
    }
    if (this.#writer?.isDue(this.#losses.length)) await this.save();
    return true;
  }

  /** Writes a checkpoint of the steps so far; only on rank 0, as all ranks have equal state. */
  async save(): Promise<void> {
    if (this.#model === undefined || this.#trainer === undefined || this.#stepCount === 0) return;
    const { firstMoment, secondMoment } = this.#trainer.optimizer.state;
    await this.#writer?.write({
      model: this.#model,
      firstMoment,
      secondMoment,
      losses: Float64Array.from(this.#losses),
      learningRates: Float64Array.from(this.#rates),
      progress: {
        step: this.#losses.length,
        steps: this.#steps,
        epoch: this.#epoch,
        ranks: this.#context.ranks,
        device: this.#device.description,
        droppedEdges: this.#droppedEdges,
        neighbours: [...this.#neighbours],
        optimizer: recordedOptimizer(this.#context.options),
        certificate: this.#certificate,
        validation: this.#validation?.state,
      },
      bestParameters: this.#validation?.bestParameters,
      meanParameters: this.#trainer.mean?.values,
    });
  }

  /** The trained model, the same row on every rank; rank 0 also writes the model file. */
  async result(): Promise<RecordBatch> {
    const { peers, rank, ranks } = this.#context;
    await this.#validateLast();
    if (rank > 0) return await peers.receive(0);
    await this.save();
    const batch = await this.#modelBatch();
    for (let other = 1; other < ranks; other++) await peers.send(other, batch);
    return batch;
  }

  /** Validates the last step, unless it has been. */
  async #validateLast(): Promise<void> {
    const step = this.#losses.length;
    const model = this.#model;
    if (this.#validation === undefined || model === undefined) return;
    if (this.#validation.isDone(step)) return;
    // A training that resumes after its last step has no graph, and so no network yet.
    const network = this.#trainer?.network ?? this.#network(model);
    await this.#validation.validate(step, this.#epoch, network, this.#averaged(model));
  }

  /** The model with the mean of its parameters, if there is one. */
  #averaged(model: TrainedModel): TrainedModel {
    const parameters = this.#trainer?.mean?.values ?? this.#resumed?.meanParameters;
    return parameters === undefined ? model : { ...model, parameters };
  }

  /**
   * Loss to record for a graph in which no target is known: that of the step before, as there is
   * nothing to compare. Its gradient is 0.
   */
  #lossWithoutTargets({ id, step }: GraphRow): number {
    if (!this.#hasWarned && this.#context.rank === 0) {
      this.#hasWarned = true;
      const number = step + 1;
      this.#context.warn(
        `Step ${number} has nothing to learn from: no sampled node of sample "${id}" has a known ` +
          "target; it and further steps like it repeat the loss of the step before",
      );
    }
    return this.#losses.at(-1) ?? 0;
  }

  /** Number of steps that the checkpoint includes. */
  get #firstStep(): number {
    return this.#resumed?.progress.step ?? 0;
  }

  /** Number of steps that this run has taken. */
  get #stepCount(): number {
    return this.#losses.length - this.#firstStep;
  }

  async #modelBatch(): Promise<RecordBatch> {
    if (this.#model === undefined) {
      throw new DataError("Cannot train: the training split is empty, it gave no graph");
    }
    const trained = this.#averaged(this.#model);
    const model = this.#validation?.retained(trained) ?? trained;
    const { options, directory, ranks } = this.#context;
    const { learningRate, warmup, clipNorm, seed } = options;
    const optimizer = recordedOptimizer(options);
    const gradientLoss = options.gradientLoss || undefined;
    const { schedule, weightDecay, ema } = options;
    const fieldWeights = recordedWeights(options);
    const rule = {
      optimizer,
      schedule,
      learningRate,
      warmup,
      weightDecay,
      ema,
      clipNorm,
      gradientLoss,
      fieldWeights,
      seed,
    };
    const state = this.#validation?.state;
    const keptStep = model === trained ? undefined : state?.best?.step;
    const training = { steps: this.#losses.length, ranks, ...rule, keptStep };
    const certificate = this.#certificate;
    const device = this.#device.description;
    const path = join(directory, options.modelFile);
    await writeModelFile(path, model, { ...training, device, certificate });
    return modelBatch(model, {
      // For the report only: the bytes of the model file do not change.
      training: { ...training, ...neighbourFigures(this.#neighbours, model.graphRule) },
      certificate,
      validation: state,
      device,
      losses: Float64Array.from(this.#losses),
      learningRates: Float64Array.from(this.#rates),
      firstStep: this.#firstStep,
      droppedEdges: this.#droppedEdges,
    });
  }

  /** The model before the first step of a training. */
  async #firstModel(graph: GraphRow): Promise<TrainedModel> {
    const { options } = this.#context;
    const { normalisation } = this.#statistics;
    checkGraph(graph, normalisation);
    const { inputNames, targetNames, units, rule: graphRule } = graph;
    const data = this.#statistics.data(inputNames);
    const { dimensions } = data;
    const config = networkConfig(options, inputNames.length, targetNames.length, dimensions);
    const { covers } = options;
    const fields = { config, inputNames, targetNames, units, graphRule, ...data, covers };
    if (options.initFrom !== undefined) {
      checkNoWeights(options);
      return await warmStart(options.initFrom, fields);
    }
    const parameters = new ParameterLayout(config).initialValues(options.seed);
    return {
      ...fields,
      parameters,
      normalisation: weightedTargets(normalisation, options.fieldWeights, targetNames),
    };
  }

  #network({ config, parameters }: TrainedModel): RankNetwork {
    const { options: { keptActivationMiB }, peers } = this.#context;
    const savedActivationBytes = keptActivationMiB * 2 ** 20;
    const network = new RankNetwork(this.#device, config, peers, { savedActivationBytes });
    network.setParameters(parameters);
    return network;
  }

  #start(graph: GraphRow, model: TrainedModel): Trainer {
    const { options, ranks, warn } = this.#context;
    checkRanks("train", graph, ranks);
    const network = this.#network(model);
    const optimizer = createOptimizer(options.optimizer ?? "adam", this.#device, model.config);
    if (this.#resumed !== undefined) {
      checkOptimizer(this.#resumed, options);
      optimizer.restore({ step: this.#firstStep, ...this.#resumed });
    }
    const { rank, rule, droppedEdges } = graph;
    if (droppedEdges > 0) {
      const edgeCount = droppedEdges + graph.senders.length;
      warn(
        `Rank ${rank} drops ${droppedEdges} of ${edgeCount} edges of the first graph because ` +
          "their senders lie beyond the overlap; an overlap of at least the " +
          `${rule.radius > 0 ? "radius" : "longest edge"} drops none`,
      );
    }
    const { ema } = options;
    const mean = ema === undefined
      ? undefined
      : new ParameterMean(ema, this.#resumed?.meanParameters ?? model.parameters);
    return { network, optimizer, mean };
  }

  async #certify(
    graph: GraphRow,
    sample: TrainingSample,
    loss: number,
    gradient: Float32Array,
  ): Promise<Certificate | undefined> {
    const { options, peers, ranks } = this.#context;
    if (!(options.certify ?? ranks > 1) || ranks === 1) return undefined;
    const { config, parameters } = this.#model!;
    const prediction = await this.#trainer!.network.predict({ ...sample, graph });
    const part = { graph, sample, prediction };
    const step = { loss, gradient };
    const certificate = await certifyStep(this.#device, config, peers, part, parameters, step);
    if (certificate === undefined || isWithinTolerance(certificate)) return certificate;
    const predictionError = certificate.predictionError.toExponential(1);
    const gradientError = certificate.gradientError.toExponential(1);
    throw new UserError(
      `Cannot certify step ${graph.step + 1}: ${ranks} ranks must give the numbers of one, the ` +
        `prediction differs by ${predictionError} (allowed ${PREDICTION_TOLERANCE}) and the ` +
        `gradient by ${gradientError} (allowed ${GRADIENT_TOLERANCE}); please report this`,
    );
  }
}
