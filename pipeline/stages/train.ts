/** Trains a network on the graphs of a stream, synchronously over all ranks. @module */

import { join } from "node:path";
import { DataError, UserError } from "../../errors.ts";
import { createRecordBatch, type RecordBatch } from "../../io/record_batch.ts";
import type { Device } from "../../kernels/device.ts";
import { defineStage, type StageContext } from "../engine/definition/stage.ts";
import type { TrainingSample } from "../model/gradient_step.ts";
import { ParameterLayout } from "../model/parameters.ts";
import { Adam, clipGradient, oneCycleRate } from "../model/optimizer.ts";
import {
  type Certificate,
  certifyStep,
  GRADIENT_TOLERANCE,
  isWithinTolerance,
  PREDICTION_TOLERANCE,
} from "../training/certificate.ts";
import { type Checkpoint, readCheckpoint } from "../training/checkpoint_file.ts";
import { CheckpointWriter } from "../training/checkpoints.ts";
import { type GraphRow, readGraph } from "../batches/graph_rows.ts";
import { firstBatch, type TrainedModel } from "../training/model_batch.ts";
import { writeModelFile } from "../training/model_file.ts";
import {
  type Normalisation,
  normalise,
  normaliseTargets,
  readNormalisation,
} from "../training/normalisation.ts";
import { openDevice } from "../training/open_device.ts";
import { RankNetwork } from "../training/rank_network.ts";
import { GRAPH, MODEL, STATISTICS } from "../batches/batch_schemas.ts";
import { networkConfig, type TrainOptions, trainOptions } from "../training/train_options.ts";
import { warmStart } from "../training/warm_start.ts";

export default defineStage({
  name: "train",
  description:
    "Trains a network over all ranks, one graph per step, and writes it to a model file.",
  options: trainOptions,
  inputs: [GRAPH, STATISTICS],
  output: MODEL,
  peers: true,
  yieldsAtEnd: true,
  repeats: { reads: ["initFrom"], writes: ({ modelFile }) => [modelFile], keeps: true },
  async *run(context) {
    const statistics = await firstBatch(context.inputs[1], "the statistics of the training data");
    const { resume } = context.options.checkpoint ?? {};
    const from = resume === undefined ? undefined : await readCheckpoint(resume);
    if (from !== undefined && context.rank === 0) {
      const { step, steps } = from.progress;
      context.progress({ done: step, total: steps });
    }
    const device = await openDevice(context);
    try {
      const run = new TrainingRun(context, device, readNormalisation(statistics), from);
      try {
        for await (const batch of context.inputs[0]) await run.step(readGraph(batch));
      } catch (error) {
        if (context.signal.aborted) await run.save();
        throw error;
      }
      yield await run.result();
    } finally {
      device.destroy();
    }
  },
});

/** One rank's training, from its first graph to the last. */
class TrainingRun {
  readonly #context: StageContext<TrainOptions>;
  readonly #device: Device;
  readonly #statistics: Normalisation;
  readonly #from: Checkpoint | undefined;
  readonly #writer: CheckpointWriter | undefined;
  readonly #losses: number[];
  readonly #rates: number[];
  #network: RankNetwork | undefined;
  #optimizer!: Adam;
  #model: TrainedModel | undefined;
  #steps: number;
  #epoch: number;
  #certificate: Certificate | undefined;
  #droppedEdges: number;

  constructor(
    context: StageContext<TrainOptions>,
    device: Device,
    statistics: Normalisation,
    from: Checkpoint | undefined,
  ) {
    const { name, rank, options: { checkpoint } } = context;
    this.#context = context;
    this.#device = device;
    this.#statistics = statistics;
    this.#from = from;
    this.#model = from?.model;
    this.#losses = Array.from(from?.losses ?? []);
    this.#rates = Array.from(from?.learningRates ?? []);
    const { steps = 0, epoch = 0, droppedEdges = 0, certificate } = from?.progress ?? {};
    [this.#steps, this.#epoch, this.#droppedEdges] = [steps, epoch, droppedEdges];
    this.#certificate = certificate?.ranks === context.ranks ? certificate : undefined;
    this.#writer = checkpoint && rank === 0
      ? new CheckpointWriter(checkpoint, name, this.#losses.length, context.warn)
      : undefined;
  }

  /**
   * Takes one optimizer step on this rank's part of a graph, unless an earlier run has taken it.
   */
  async step(graph: GraphRow): Promise<void> {
    if (graph.step < (this.#from?.progress.step ?? 0)) return;
    this.#model ??= await this.#firstModel(graph);
    if (this.#network === undefined) this.#start(graph, this.#model);
    const { options } = this.#context;
    const { parameters, normalisation } = this.#model;
    const sample = trainingSample(graph, normalisation);
    const dropped = Float64Array.of(graph.droppedEdges);
    const { loss, gradient } = await this.#network!.gradientStep(sample, dropped);
    if (!Number.isFinite(loss)) {
      throw new UserError(
        `Cannot go on training as the loss must be finite: it is ${loss} at step ` +
          `${graph.step + 1} (sample ` +
          `"${graph.id}"); use a smaller learningRate`,
      );
    }
    // A checkpoint of other ranks tells nothing of how these do.
    if (this.#taken === 0 && this.#certificate === undefined) {
      await this.#certify(graph, sample, loss, gradient);
    }
    clipGradient(gradient, options.clipNorm);
    const { learningRate: peakRate, warmup } = options;
    const rate = oneCycleRate(graph.step, { steps: graph.steps, peakRate, warmup });
    // One piece, as a run that is told to stop leaves at the next use of the device and saves what
    // it has.
    this.#optimizer.step(parameters, gradient, rate);
    this.#losses.push(loss);
    this.#rates.push(rate);
    this.#droppedEdges += dropped[0];
    [this.#steps, this.#epoch] = [graph.steps, graph.epoch];
    this.#network!.setParameters(parameters);
    if (this.#context.rank === 0) {
      this.#context.progress({ done: graph.step + 1, total: graph.steps, values: { loss } });
    }
    if (this.#writer?.isDue(this.#losses.length)) await this.save();
  }

  /**
   * Writes a checkpoint of the steps so far; only rank 0 does, as all ranks have the same state.
   */
  async save(): Promise<void> {
    if (this.#model === undefined || this.#taken === 0) return;
    const { firstMoment, secondMoment } = this.#optimizer.state;
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
        certificate: this.#certificate,
      },
    });
  }

  /**
   * The trained model, the same row on every rank; rank 0 also writes it to the run's directory.
   */
  async result(): Promise<RecordBatch> {
    const { peers, rank, ranks } = this.#context;
    if (rank > 0) return await peers.receive(0);
    await this.save();
    const batch = await this.#modelBatch();
    for (let other = 1; other < ranks; other++) await peers.send(other, batch);
    return batch;
  }

  /** Steps that this run has taken. */
  get #taken(): number {
    return this.#losses.length - (this.#from?.progress.step ?? 0);
  }

  async #modelBatch(): Promise<RecordBatch> {
    const model = this.#model;
    if (model === undefined) {
      throw new DataError("Cannot train as there is no graph: the training split is empty");
    }
    const { options, directory, ranks } = this.#context;
    const { learningRate, warmup, clipNorm, seed } = options;
    const training = { steps: this.#losses.length, ranks, learningRate, warmup, clipNorm, seed };
    const certificate = this.#certificate;
    const device = this.#device.description;
    await writeModelFile(join(directory, options.modelFile), model, {
      ...training,
      device,
      certificate,
    });
    const { config, parameters, normalisation, inputNames, targetNames, units, graphRule } = model;
    return createRecordBatch(MODEL, [{
      config: JSON.stringify(config),
      parameters,
      ...normalisation,
      inputNames,
      targetNames,
      units,
      graphRule: JSON.stringify(graphRule),
      training: JSON.stringify(training),
      certificate: certificate === undefined ? "" : JSON.stringify(certificate),
      device,
      losses: Float64Array.from(this.#losses),
      learningRates: Float64Array.from(this.#rates),
      firstStep: this.#losses.length - this.#taken,
      droppedEdges: this.#droppedEdges,
    }]);
  }

  /** The model before the first step of a training. */
  async #firstModel(graph: GraphRow): Promise<TrainedModel> {
    const { options } = this.#context;
    checkGraph(graph, this.#statistics);
    const { inputNames, targetNames, units, rule: graphRule } = graph;
    const config = networkConfig(options, inputNames.length, targetNames.length);
    const fields = { config, inputNames, targetNames, units, graphRule };
    if (options.initFrom !== undefined) return await warmStart(options.initFrom, fields);
    const parameters = new ParameterLayout(config).initialValues(options.seed);
    return { ...fields, parameters, normalisation: this.#statistics };
  }

  /** Makes the network when the first graph is there. */
  #start(graph: GraphRow, { config, parameters }: TrainedModel): void {
    const { options, peers, ranks } = this.#context;
    checkRanks(graph, ranks);
    this.#network = new RankNetwork(this.#device, config, peers, {
      keptActivationBytes: options.keptActivationMiB * 2 ** 20,
    });
    this.#network.setParameters(parameters);
    this.#optimizer = new Adam(parameters.length);
    if (this.#from !== undefined) {
      this.#optimizer.restore({ step: this.#from.progress.step, ...this.#from });
    }
    if (graph.droppedEdges > 0) {
      this.#context.warn(
        `Rank ${graph.rank} drops ${graph.droppedEdges} of ` +
          `${graph.droppedEdges + graph.senders.length} edges of the ` +
          "first graph as their senders lie beyond the overlap; an overlap of at least the " +
          `${graph.rule.radius > 0 ? "radius" : "longest edge"} loses none`,
      );
    }
  }

  async #certify(
    graph: GraphRow,
    sample: TrainingSample,
    loss: number,
    gradient: Float32Array,
  ): Promise<void> {
    const { options, peers, ranks } = this.#context;
    if (!(options.certify ?? ranks > 1) || ranks === 1) return;
    const { config, parameters } = this.#model!;
    const prediction = await this.#network!.predict({ ...sample, graph });
    const part = { graph, sample, prediction };
    const certificate = await certifyStep(this.#device, config, peers, part, parameters, {
      loss,
      gradient,
    });
    if (certificate === undefined) return;
    this.#certificate = certificate;
    if (isWithinTolerance(certificate)) return;
    throw new UserError(
      `Cannot certify step ${graph.step + 1} as ${ranks} ranks must give the numbers of ` +
        "one: the prediction is off by " +
        `${certificate.predictionError.toExponential(1)} (allowed ` +
        `${PREDICTION_TOLERANCE}), the gradient by ` +
        `${certificate.gradientError.toExponential(1)} (allowed ${GRADIENT_TOLERANCE}); ` +
        "please report this",
    );
  }
}

/** A rank's part of a sample as the network sees it. */
export function trainingSample(
  graph: GraphRow,
  normalisation: Normalisation,
): TrainingSample & { graph: GraphRow } {
  const { inputMean, inputScale } = normalisation;
  return {
    graph,
    input: normalise(graph.input, inputMean, inputScale),
    target: normaliseTargets(graph.target, graph, normalisation),
    counted: graph.counted,
  };
}

function checkRanks(graph: GraphRow, ranks: number): void {
  if (graph.ranks === ranks) return;
  throw new UserError(
    `Cannot train as ranks and parts must be the same number: ${ranks} ranks, ` +
      `${graph.ranks} parts; ` +
      `set both, or use --ranks`,
  );
}

function checkGraph(graph: GraphRow, normalisation: Normalisation): void {
  if (graph.targetNames.length === 0) {
    throw new DataError(`Cannot train as sample "${graph.id}" has no target field`);
  }
  if (graph.inputNames.length !== normalisation.inputMean.length) {
    throw new DataError(
      "Cannot train as graphs and statistics must have the same inputs: " +
        `${graph.inputNames.length} and ` +
        `${normalisation.inputMean.length}`,
    );
  }
}
