/**
 * Evaluation of a network next to its baselines, on the same samples.
 *
 * @module
 */

import type { SpilledBatches } from "../../../io/spilled_batches.ts";
import type { RecordBatch } from "../../../io/record_batch.ts";
import { fieldsOf } from "../../batches/field_names.ts";
import { trueRows } from "../../batches/value_offsets.ts";
import { bodyOf, surfaceOf } from "../flow/flow_columns.ts";
import type { FlowReference } from "../flow/force_metrics.ts";
import { InletRegression } from "../flow/inlet_regression.ts";
import type { DrawnSample, MetricsRow, OutputDensity } from "../report_data.ts";
import { reportSample } from "../report_sample.ts";
import { DensityAccumulator } from "./value_density.ts";
import { type BaselineSample, MeanFieldBaseline, NearestSampleBaseline } from "./baselines.ts";
import { nodesNearSubdomains } from "./border_nodes.ts";
import { MethodMeter } from "./method_meter.ts";
import { PointwiseBaseline } from "./pointwise_baseline.ts";

/** Values that a network predicts at every node. */
export interface EvaluatedTargets {
  /** Name of each value `[O]`. */
  readonly names: readonly string[];
  /** Unit of each value `[O]`. */
  readonly units: readonly string[];
  /** Standard deviation of each value over the training set `[O]`, in its unit. */
  readonly deviation: ArrayLike<number>;
}

/** Metrics of all methods, and the figures of the network. */
export interface EvaluationResult {
  readonly metrics: readonly MetricsRow[];
  readonly densities: readonly OutputDensity[];
  readonly samples: readonly DrawnSample[];
}

/**
 * Measures a network, a regression at single nodes, the nearest training sample and the training
 * mean.
 */
export class Evaluation {
  readonly #meshes: SpilledBatches;
  readonly #blockBytes: number;
  readonly #beat: () => void;
  readonly #nearestSample: NearestSampleBaseline;
  readonly #trainingMean = new MeanFieldBaseline();
  readonly #pointwise = new PointwiseBaseline();
  readonly #reference: FlowReference;
  readonly #inletRegression: InletRegression;
  readonly #seenIds: string[] = [];

  /**
   * @param reference Viscosity and chord of the force coefficients.
   * @param meshes Storage of the training meshes and fields, which are read again.
   * @param blockBytes Maximum bytes of the fields for which training meshes are searched together.
   * @param beat Called for every mesh that is read.
   */
  constructor(
    reference: FlowReference,
    meshes: SpilledBatches,
    blockBytes: number,
    beat: () => void,
  ) {
    this.#reference = reference;
    this.#inletRegression = new InletRegression(reference);
    this.#meshes = meshes;
    this.#blockBytes = blockBytes;
    this.#beat = beat;
    this.#nearestSample = new NearestSampleBaseline(async (number) => {
      // A mesh in memory is read, and searched, without a turn of the event loop.
      beat();
      return baselineSample(await meshes.read(number));
    });
  }

  /** Ids of the test samples whose targets are those of a training sample, node by node. */
  get seenIds(): readonly string[] {
    return this.#seenIds;
  }

  /** Adds a training mesh; all of them come before the fields. */
  async addTrainingMesh(mesh: RecordBatch): Promise<void> {
    const sample = baselineSample(mesh);
    this.#nearestSample.add(sample);
    this.#trainingMean.add(sample);
    this.#pointwise.add({ ...sample, count: mesh.value("count", 0, "int32") });
    const body = sample.known === undefined ? bodyOf(mesh, surfaceOf(mesh)) : undefined;
    if (body !== undefined) this.#inletRegression.add(body, sample.target);
    await this.#meshes.add(mesh);
  }

  /**
   * Measures all methods on every field.
   *
   * @param borderWidth Largest distance of a border node to another subdomain, in units of the
   * positions
   */
  async measure(
    fields: AsyncIterable<RecordBatch>,
    { names, units, deviation }: EvaluatedTargets,
    borderWidth: number,
  ): Promise<EvaluationResult> {
    const targetFields = fieldsOf(names, units);
    const meter = () => new MethodMeter(targetFields, names, deviation, this.#reference);
    const network = meter();
    const nearestSample = meter();
    const trainingMean = meter();
    const pointwise = meter();
    const densities = new DensityAccumulator(names, units);
    const firstField = this.#meshes.count;
    for await (const block of blocksOf(fields, this.#blockBytes)) {
      let k = 0;
      for await (const nearest of this.#nearestSample.predict(block.map(baselineSample))) {
        this.#beat();
        const batch = block[k++];
        const surface = surfaceOf(batch);
        const sample = {
          id: batch.value("id", 0, "utf8"),
          truth: trueRows(batch, "target"),
          known: knownOf(batch),
          surface,
          body: bodyOf(batch, surface),
          border: borderOf(batch, borderWidth),
        };
        const query = baselineSample(batch);
        const mean = this.#trainingMean.predict(query);
        const predicted = trueRows(batch, "prediction");
        const fromInlet = sample.body && this.#inletRegression.predict(sample.body);
        network.add({ ...sample, predicted, fromInlet });
        densities.add(sample.truth, predicted, sample.known);
        // Where the target of the nearest sample is not known, it predicts the mean.
        const filled = nearest.map((value, k) => Number.isNaN(value) ? mean[k] : value);
        nearestSample.add({ ...sample, predicted: filled });
        if (areEqualFields(filled, sample.truth)) this.#seenIds.push(sample.id);
        trainingMean.add({ ...sample, predicted: mean });
        pointwise.add({ ...sample, predicted: this.#pointwise.predict(query) });
        await this.#meshes.add(batch);
      }
    }
    const metrics: readonly MetricsRow[] = [
      { method: "network", label: "Network", ...network.result() },
      { method: "nearestSample", label: "Nearest training sample", ...nearestSample.result() },
      { method: "trainingMean", label: "Training mean", ...trainingMean.result() },
      { method: "pointwise", label: "Pointwise regression", ...pointwise.result() },
    ];
    return {
      metrics,
      densities: densities.result(),
      samples: await this.#drawnSamples(metrics[0], firstField),
    };
  }

  async #drawnSamples({ metrics }: MetricsRow, firstField: number): Promise<DrawnSample[]> {
    const { samples } = metrics.relativeL2;
    // Imported late, so that the stage starts sooner.
    const { sampleGallery } = await import("../maps/sample_gallery.ts");
    return await sampleGallery(samples, async ({ number, label }) => {
      this.#beat();
      const field = await this.#meshes.read(firstField + number);
      return reportSample(field, label, samples[number].relativeL2 ?? NaN);
    });
  }
}

/** Whether two fields are equal at every node. Two constant ones are no sign of the same case. */
function areEqualFields(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  let isConstant = true;
  for (let k = 0; k < b.length; k++) {
    if (a[k] !== b[k]) return false;
    isConstant &&= b[k] === b[0];
  }
  return !isConstant;
}

/** Batches in groups of up to `maxBytes`, at least one batch each. */
async function* blocksOf(
  batches: AsyncIterable<RecordBatch>,
  maxBytes: number,
): AsyncGenerator<readonly RecordBatch[]> {
  let block: RecordBatch[] = [];
  let bytes = 0;
  for await (const batch of batches) {
    if (block.length > 0 && bytes + batch.byteLength > maxBytes) {
      yield block;
      block = [];
      bytes = 0;
    }
    block.push(batch);
    bytes += batch.byteLength;
  }
  if (block.length > 0) yield block;
}

function baselineSample(batch: RecordBatch): BaselineSample {
  return {
    id: batch.value("id", 0, "utf8"),
    dimensions: batch.value("dimensions", 0, "int32"),
    position: trueRows(batch, "position"),
    input: trueRows(batch, "input"),
    target: trueRows(batch, "target"),
    known: knownOf(batch),
  };
}

/** Per node, 1 if its targets are known, else 0; undefined if all are. */
function knownOf(batch: RecordBatch): Float32Array | undefined {
  const known = batch.list("known", 0, "float32");
  return known.length === 0 ? undefined : known;
}

/** The border nodes of a mesh; undefined for a single subdomain or a width of 0. */
function borderOf(batch: RecordBatch, width: number): Uint8Array | undefined {
  const parts = batch.value("parts", 0, "int32");
  if (parts === 1 || width === 0) return undefined;
  const position = batch.list("position", 0, "float32");
  const dimensions = batch.value("dimensions", 0, "int32");
  return nodesNearSubdomains(
    { position, dimensions },
    batch.list("owner", 0, "uint32"),
    parts,
    width,
  );
}
