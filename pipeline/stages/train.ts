/** Trains a network on the graphs of a stream, synchronously over all ranks. @module */

import { join } from "node:path";
import { DataError, UserError } from "../../errors.ts";
import { createRecordBatch, type RecordBatch } from "../../io/record_batch.ts";
import type { Device } from "../../kernels/device.ts";
import { createDevice } from "../../kernels/select_device.ts";
import { allReduce } from "../engine/collective.ts";
import { defineStage, type StageContext } from "../engine/stage.ts";
import type { TrainingSample } from "../model/gradient_step.ts";
import { Adam, clipGradient, oneCycleRate } from "../model/optimizer.ts";
import {
  type Certificate,
  certifyStep,
  GRADIENT_TOLERANCE,
  isWithinTolerance,
  PREDICTION_TOLERANCE,
} from "./certificate.ts";
import { type GraphRow, readGraph } from "./graph_rows.ts";
import { firstBatch, type TrainedModel } from "./model_batch.ts";
import { writeModelFile } from "./model_file.ts";
import { type Normalisation, normalise, readNormalisation } from "./normalisation.ts";
import { RankNetwork } from "./rank_network.ts";
import { GRAPH, MODEL, STATISTICS } from "./schemas.ts";
import { networkConfig, type TrainOptions, trainOptions } from "./train_options.ts";

export default defineStage({
  name: "train",
  description: "Trains a network over all ranks, one graph per step, and writes model.safetensors.",
  options: trainOptions,
  inputs: [GRAPH, STATISTICS],
  output: MODEL,
  peers: true,
  yieldsAtEnd: true,
  async *run(context) {
    const statistics = await firstBatch(context.inputs[1], "the statistics of the training data");
    const device = await createDevice(context.options.device);
    try {
      const run = new TrainingRun(context, device, readNormalisation(statistics));
      for await (const batch of context.inputs[0]) await run.step(readGraph(batch));
      yield await run.result();
    } finally {
      device.destroy();
    }
  },
});

/** One rank's training, from the first graph to the last. */
class TrainingRun {
  readonly #context: StageContext<TrainOptions>;
  readonly #device: Device;
  readonly #normalisation: Normalisation;
  readonly #losses: number[] = [];
  readonly #rates: number[] = [];
  #network!: RankNetwork;
  #optimizer!: Adam;
  #parameters!: Float32Array<ArrayBuffer>;
  #first: GraphRow | undefined;
  #certificate: Certificate | undefined;
  #droppedEdges = 0;

  constructor(context: StageContext<TrainOptions>, device: Device, normalisation: Normalisation) {
    this.#context = context;
    this.#device = device;
    this.#normalisation = normalisation;
  }

  /** Takes one optimizer step on this rank's part of a graph. */
  async step(graph: GraphRow): Promise<void> {
    if (this.#first === undefined) this.#start(graph);
    const { options } = this.#context;
    const sample = trainingSample(graph, this.#normalisation);
    const { loss, gradient } = await this.#network.gradientStep(sample);
    if (!Number.isFinite(loss)) {
      throw new UserError(
        `Cannot go on training as the loss must be finite: it is ${loss} at step ${graph.step + 1} (sample ` +
          `"${graph.id}"); use a smaller learningRate`,
      );
    }
    if (graph.step === 0) await this.#certify(graph, sample, loss, gradient);
    clipGradient(gradient, options.clipNorm);
    const { learningRate: peakRate, warmup } = options;
    const rate = oneCycleRate(graph.step, { steps: graph.steps, peakRate, warmup });
    this.#optimizer.step(this.#parameters, gradient, rate);
    this.#network.setParameters(this.#parameters);
    this.#losses.push(loss);
    this.#rates.push(rate);
    this.#droppedEdges += graph.droppedEdges;
    if (this.#context.rank === 0) {
      this.#context.progress({ done: graph.step + 1, total: graph.steps, values: { loss } });
    }
  }

  /** The trained model, the same row on every rank; rank 0 also writes it to the run's directory. */
  async result(): Promise<RecordBatch> {
    const { peers, rank, ranks } = this.#context;
    const totals = Float64Array.of(this.#droppedEdges);
    await allReduce(peers, new Float32Array(0), totals);
    if (rank > 0) return await peers.receive(0);
    const batch = await this.#modelBatch(totals[0]);
    for (let other = 1; other < ranks; other++) await peers.send(other, batch);
    return batch;
  }

  async #modelBatch(droppedEdges: number): Promise<RecordBatch> {
    const first = this.#first;
    if (first === undefined) {
      throw new DataError("Cannot train as there is no graph: the training split is empty");
    }
    const { options, directory } = this.#context;
    const { inputNames, targetNames, units, rule: graphRule } = first;
    const config = networkConfig(options, inputNames.length, targetNames.length);
    const parameters = this.#parameters, normalisation = this.#normalisation;
    const { learningRate, warmup, clipNorm, seed } = options;
    const training = { steps: this.#losses.length, ranks: first.ranks, learningRate, warmup, clipNorm, seed };
    const certificate = this.#certificate;
    const model: TrainedModel = {
      config,
      parameters,
      normalisation,
      inputNames,
      targetNames,
      units,
      graphRule,
    };
    await writeModelFile(join(directory, "model.safetensors"), model, {
      ...training,
      device: this.#device.description,
      certificate,
    });
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
      device: this.#device.description,
      losses: Float64Array.from(this.#losses),
      learningRates: Float64Array.from(this.#rates),
      droppedEdges,
    }]);
  }

  #start(graph: GraphRow): void {
    const { options, peers, ranks } = this.#context;
    checkGraph(graph, ranks, this.#normalisation);
    const config = networkConfig(options, graph.inputNames.length, graph.targetNames.length);
    this.#first = graph;
    this.#network = new RankNetwork(this.#device, config, peers, {
      keptActivationBytes: options.keptActivationMiB * 2 ** 20,
    });
    const { layout } = this.#network.network;
    this.#parameters = layout.initialValues(options.seed);
    this.#network.setParameters(this.#parameters);
    this.#optimizer = new Adam(layout.length);
    if (graph.droppedEdges > 0) {
      this.#context.warn(
        `Rank ${graph.rank} drops ${graph.droppedEdges} of ${
          graph.droppedEdges + graph.senders.length
        } edges of the ` +
          `first graph as their senders lie beyond the overlap; an overlap of at least the ${
            graph.rule.radius > 0 ? "radius" : "longest edge"
          } loses none`,
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
    const prediction = await this.#network.predict({ ...sample, graph });
    const config = networkConfig(options, graph.inputNames.length, graph.targetNames.length);
    const part = { graph, sample, prediction };
    const certificate = await certifyStep(this.#device, config, peers, part, this.#parameters, {
      loss,
      gradient,
    });
    if (certificate === undefined) return;
    this.#certificate = certificate;
    if (isWithinTolerance(certificate)) return;
    throw new UserError(
      `Cannot certify step 1 as ${ranks} ranks must give the numbers of one: the prediction is off by ` +
        `${
          certificate.predictionError.toExponential(1)
        } (allowed ${PREDICTION_TOLERANCE}), the gradient by ` +
        `${certificate.gradientError.toExponential(1)} (allowed ${GRADIENT_TOLERANCE}); please report this`,
    );
  }
}

/** A rank's part of a sample as the network sees it. */
export function trainingSample(
  graph: GraphRow,
  normalisation: Normalisation,
): TrainingSample & { graph: GraphRow } {
  const { inputMean, inputScale, targetMean, targetScale } = normalisation;
  return {
    graph,
    input: normalise(graph.input, inputMean, inputScale),
    target: normalise(graph.target, targetMean, targetScale),
    counted: graph.counted,
  };
}

function checkGraph(graph: GraphRow, ranks: number, normalisation: Normalisation): void {
  if (graph.ranks !== ranks) {
    throw new UserError(
      `Cannot train as ranks and parts must be the same number: ${ranks} ranks, ${graph.ranks} parts; ` +
        `set both, or use --ranks`,
    );
  }
  if (graph.targetNames.length === 0) {
    throw new DataError(`Cannot train as sample "${graph.id}" has no target field`);
  }
  if (graph.inputNames.length !== normalisation.inputMean.length) {
    throw new DataError(
      `Cannot train as graphs and statistics must have the same inputs: ${graph.inputNames.length} and ` +
        `${normalisation.inputMean.length}`,
    );
  }
}
