/** Measures the predictions and gathers what the report shows. @module */

import { z } from "zod";
import { KeptBatches } from "../../io/kept_batches.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { squaredDistanceToBox, subdomainBoxes } from "../graph/subdomain_boxes.ts";
import { MeanFieldBaseline, NearestSampleBaseline } from "../reporting/metrics/baselines.ts";
import { AIRFRANS_REFERENCE, type FlowReference } from "../reporting/flow/force_metrics.ts";
import { MethodMeter } from "../reporting/metrics/method_meter.ts";
import type { MetricsRow, ReportSample } from "../reporting/report_data.ts";
import { cellsOf } from "../batches/cell_columns.ts";
import {
  type Certificate,
  GRADIENT_TOLERANCE,
  PREDICTION_TOLERANCE,
} from "../training/certificate.ts";
import { fieldsOf, fieldValues } from "../batches/field_names.ts";
import { bodyFigures, bodyOf, surfaceOf } from "../reporting/flow/flow_columns.ts";
import type { GraphRule } from "../batches/graph_rows.ts";
import { keptMeshMiB } from "../batches/mesh_memory.ts";
import {
  type Measurements,
  MEASUREMENTS_FILE,
  writeMeasurements,
} from "../reporting/measurements_file.ts";
import { firstBatch, readModel, type TrainedModel } from "../training/model_batch.ts";
import { FIELD, MESH, MODEL } from "../batches/batch_schemas.ts";
import { divisorsText } from "../training/target_divisors.ts";

export default defineStage({
  name: "evaluate",
  description:
    "Measures predictions on unseen samples against the truth and two baselines, for the report.",
  options: z.strictObject({
    /**
     * Nodes this near to another subdomain count as border nodes, in units of the positions.
     * @default a quarter of the radius; without a radius, borders are not measured
     */
    borderWidth: z.number().positive().optional(),
    /**
     * Kinematic viscosity of a flow around a body, for the wall shear: by default that of air, in
     * m²/s.
     */
    viscosity: z.number().positive().default(AIRFRANS_REFERENCE.viscosity),
    /**
     * Chord of a body in a flow, in units of the positions: what coefficients of lift and drag
     * refer to.
     */
    chord: z.number().positive().default(AIRFRANS_REFERENCE.chord),
    /**
     * Most memory for training meshes, which the baselines read again, and predicted ones, of which
     * figures are drawn, in MiB; the others wait in a temporary file in the run's directory. While
     * training meshes are searched, as much again.
     */
    keptMeshMiB,
  }),
  inputs: [FIELD, MODEL, MESH],
  repeats: { writes: () => [MEASUREMENTS_FILE] },
  async run({ inputs: [fields, models, trainingMeshes], options, directory, beat }) {
    const keptBytes = options.keptMeshMiB * 2 ** 20;
    using kept = new KeptBatches(directory, keptBytes);
    const baselines: Baselines = {
      nearestSample: new NearestSampleBaseline(async (number) => {
        // What is kept in memory is read, and searched, without a turn of the event loop.
        beat();
        return baselineSample(await kept.read(number));
      }),
      trainingMean: new MeanFieldBaseline(),
    };
    for await (const mesh of trainingMeshes) {
      for (const baseline of Object.values(baselines)) baseline.add(baselineSample(mesh));
      await kept.add(mesh);
    }
    const modelBatch = await firstBatch(models, "the trained model");
    const model = readModel(modelBatch);
    const borderWidth = options.borderWidth ?? model.graphRule.radius / 4;
    const blocks = blocksOf(fields, keptBytes);
    const reference = { viscosity: options.viscosity, chord: options.chord };
    const measured = await measure(blocks, {
      model,
      baselines,
      borderWidth,
      reference,
      kept,
      beat,
    });
    await writeMeasurements(directory, { ...measured, ...trainingRecord(modelBatch, model) });
  },
});

interface Baselines {
  readonly nearestSample: NearestSampleBaseline;
  readonly trainingMean: MeanFieldBaseline;
}

interface Measuring {
  readonly model: TrainedModel;
  readonly baselines: Baselines;
  readonly borderWidth: number;
  readonly reference: FlowReference;
  /** Takes the predicted meshes too. */
  readonly kept: KeptBatches;
  /** Called for every mesh. */
  beat(): void;
}

/** Batches that are measured together, as the training meshes are searched once for all of them. */
async function* blocksOf(
  batches: AsyncIterable<RecordBatch>,
  mostBytes: number,
): AsyncGenerator<readonly RecordBatch[]> {
  let block: RecordBatch[] = [], bytes = 0;
  for await (const batch of batches) {
    if (block.length > 0 && bytes + batch.byteLength > mostBytes) {
      yield block;
      [block, bytes] = [[], 0];
    }
    block.push(batch);
    bytes += batch.byteLength;
  }
  if (block.length > 0) yield block;
}

/** Measures network and baselines on every field. */
async function measure(
  blocks: AsyncIterable<readonly RecordBatch[]>,
  { model, baselines, borderWidth, reference, kept, beat }: Measuring,
): Promise<Pick<Measurements, "metrics" | "samples">> {
  const targetUnits = model.units.slice(model.inputNames.length);
  const targetFields = fieldsOf(model.targetNames, targetUnits);
  const meter = () =>
    new MethodMeter(
      targetFields,
      model.targetNames,
      model.normalisation.targetDeviation,
      reference,
    );
  const meters = { network: meter(), nearestSample: meter(), trainingMean: meter() };
  const firstField = kept.count;
  for await (const block of blocks) {
    let k = 0;
    for await (const nearest of baselines.nearestSample.predict(block.map(baselineSample))) {
      beat();
      const batch = block[k++];
      const truth = batch.list("target", 0, "float32");
      const predicted = batch.list("prediction", 0, "float32");
      const id = batch.value("id", 0, "utf8");
      const border = borderMask(batch, borderWidth);
      const surface = surfaceOf(batch);
      const body = bodyOf(batch, surface);
      const sample = { id, truth, surface, body, ...(border && { border }) };
      meters.network.add({ ...sample, predicted });
      meters.nearestSample.add({ ...sample, predicted: nearest });
      meters.trainingMean.add({
        ...sample,
        predicted: baselines.trainingMean.predict(baselineSample(batch)),
      });
      await kept.add(batch);
    }
  }
  const metrics: MetricsRow[] = [
    { method: "network", label: "Network", ...meters.network.result() },
    { method: "nearestSample", label: "Nearest training sample", ...meters.nearestSample.result() },
    { method: "trainingMean", label: "Training mean", ...meters.trainingMean.result() },
  ];
  const { medianId, worstId, samples } = metrics[0].metrics.relativeL2;
  const wanted = medianId === worstId
    ? [["only", medianId] as const]
    : [["median", medianId] as const, ["worst", worstId] as const];
  const drawn: ReportSample[] = [];
  for (const [label, wantedId] of wanted) {
    const place = samples.findIndex(({ id }) => id === wantedId);
    if (place < 0) continue;
    drawn.push(
      reportSample(await kept.read(firstField + place), label, samples[place].relativeL2 ?? NaN),
    );
  }
  return { metrics, samples: drawn };
}

function baselineSample(batch: RecordBatch) {
  return {
    id: batch.value("id", 0, "utf8"),
    dimensions: batch.value("dimensions", 0, "int32"),
    position: batch.list("position", 0, "float32"),
    input: batch.list("input", 0, "float32"),
    target: batch.list("target", 0, "float32"),
  };
}

/**
 * 1 for a node within `width` of the box of another subdomain; undefined for a single subdomain.
 */
function borderMask(batch: RecordBatch, width: number): Uint8Array | undefined {
  const parts = batch.value("parts", 0, "int32");
  if (parts === 1 || width === 0) return undefined;
  const position = batch.list("position", 0, "float32");
  const dimensions = batch.value("dimensions", 0, "int32");
  const owner = batch.list("owner", 0, "uint32");
  const boxes = subdomainBoxes(position, dimensions, owner, parts);
  return Uint8Array.from(owner, (own, node) => {
    for (let rank = 0; rank < parts; rank++) {
      if (
        rank !== own &&
        squaredDistanceToBox(boxes, rank, position, dimensions, node) <= width * width
      ) {
        return 1;
      }
    }
    return 0;
  });
}

/**
 * What the report draws of one sample; a field of several components is drawn by its components.
 */
function reportSample(batch: RecordBatch, label: string, relativeL2: number): ReportSample {
  const dimensions = batch.value("dimensions", 0, "int32");
  const inputNames = batch.texts("inputNames", 0);
  const targetNames = batch.texts("targetNames", 0);
  const units = batch.texts("units", 0);
  const [n, m] = batch.list("gridShape", 0, "uint32");
  const body = bodyOf(batch, surfaceOf(batch));
  const column = (name: string, width: number, at: number) =>
    fieldValues(batch.list(name, 0, "float32"), width, {
      name,
      components: 1,
      unit: "",
      column: at,
    });
  return {
    label,
    id: batch.value("id", 0, "utf8"),
    relativeL2,
    dimensions,
    position: batch.list("position", 0, "float32"),
    ...(dimensions === 2 && m !== undefined && { gridShape: [n, m] as const }),
    cells: cellsOf(batch),
    ...(body &&
      bodyFigures(
        body,
        batch.list("target", 0, "float32"),
        batch.list("prediction", 0, "float32"),
      )),
    inputs: inputNames.slice(dimensions).map((name, k) => ({
      name,
      unit: units[dimensions + k],
      values: column("input", inputNames.length, dimensions + k),
    })),
    targets: targetNames.map((name, k) => ({
      name,
      unit: units[inputNames.length + k],
      truth: column("target", targetNames.length, k),
      predicted: column("prediction", targetNames.length, k),
    })),
    owner: batch.list("owner", 0, "uint32"),
  };
}

/** Loss curve, settings and certificate of the training. */
function trainingRecord(
  batch: RecordBatch,
  model: TrainedModel,
): Omit<Measurements, "metrics" | "samples"> {
  const losses = batch.list("losses", 0, "float64");
  const rates = batch.list("learningRates", 0, "float64");
  const certificateText = batch.value("certificate", 0, "utf8");
  const certificate: Certificate | undefined = certificateText === ""
    ? undefined
    : JSON.parse(certificateText);
  const training = JSON.parse(batch.value("training", 0, "utf8")) as
    & { ranks: number }
    & Record<string, number>;
  const droppedEdges = batch.value("droppedEdges", 0, "float64");
  const { inputs: _inputs, outputs: _outputs, ...network } = model.config;
  const divisors = divisorsText(
    model.normalisation.targetPowers,
    model.inputNames,
    model.targetNames,
  );
  return {
    settings: {
      ...Object.fromEntries(
        Object.entries(network).map((
          [name, value],
        ) => [name, Array.isArray(value) ? value.join("-") : value]),
      ),
      parameters: model.parameters.length,
      ...graphSettings(model.graphRule),
      ...(divisors !== "" && { divisors }),
      ...training,
      ...(droppedEdges > 0 && { droppedEdges }),
    },
    lossCurve: Array.from(losses, (loss, k) => ({ step: k + 1, loss, learningRate: rates[k] })),
    ...(certificate && {
      certify: {
        ...certificate,
        predictionTolerance: PREDICTION_TOLERANCE,
        gradientTolerance: GRADIENT_TOLERANCE,
      },
    }),
    device: batch.value("device", 0, "utf8"),
    ranks: training.ranks,
    steps: losses.length,
    runSteps: losses.length - batch.value("firstStep", 0, "int32"),
  };
}

/**
 * How the graphs were made, in the words of the `sample` stage; given ones came with their meshes.
 */
export function graphSettings(
  { edges, radius, maxEdges, sampledNodes }: GraphRule,
): Measurements["settings"] {
  const rule = edges === "given" ? { edges } : { edges, ...(radius > 0 && { radius }), maxEdges };
  return { ...rule, sampledNodes: sampledNodes === 0 ? "all" : sampledNodes };
}
