/**
 * A trained model as a row of a record batch.
 *
 * @module
 */

import { createRecordBatch, type RecordBatch } from "../../io/record_batch.ts";
import { MODEL } from "../batches/batch_schemas.ts";
import { type NetworkConfig, parseNetworkConfig } from "../model/config.ts";
import type { Derivation } from "../derived/derivation.ts";
import type { GraphRule } from "../batches/graph_rows.ts";
import { coordinateCount } from "../batches/value_offsets.ts";
import { type Normalisation, readNormalisation } from "./normalisation.ts";
import type { ValidationState } from "./validation_state.ts";
import type { TrainingRange } from "./training_range.ts";

/** What is known of the data of a training, which prediction on new data needs. */
export interface TrainingData {
  /** Number of space dimensions, and of coordinates, which are the first inputs. */
  readonly dimensions: number;
  /** Undefined in models of earlier versions. */
  readonly range?: TrainingRange | undefined;
  /** How arrays of files became fields, as in the header of a store. */
  readonly preparation?: Readonly<Record<string, unknown>> | undefined;
  readonly title?: string | undefined;
  /** Derived inputs, which are the last ones. */
  readonly derived?: readonly Derivation[] | undefined;
  /** How the pipeline of the training predicts, unless the caller chooses otherwise. */
  readonly covers?: CoverRule | undefined;
}

/** Covers of the meshes in a prediction. */
export interface CoverRule {
  /** Number of covers to average. */
  readonly rounds: number;
  /** Largest number of nodes of a group; 0 for all nodes of a mesh. */
  readonly nodes: number;
  readonly seed: number;
  /** Draw of the groups. @default uniform */
  readonly draw?: "stratified" | undefined;
  /** Maximum number of edges per receiver. @default that of the training */
  readonly maxEdges?: number | undefined;
  /** Length of the local linear fit, in local spacings. @default no fit */
  readonly fitLength?: number | undefined;
}

/** A trained model with everything that prediction needs. */
export interface TrainedModel extends TrainingData {
  readonly config: NetworkConfig;
  /** Flat, in the order of `ParameterLayout`. */
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly normalisation: Normalisation;
  readonly inputNames: readonly string[];
  readonly targetNames: readonly string[];
  /** Units in the order of inputs, then targets. */
  readonly units: readonly string[];
  /** How the graphs of the training were drawn. */
  readonly graphRule: GraphRule;
}

/** The model in the first row of `batch`. */
export function readModel(batch: RecordBatch): TrainedModel {
  const covers = batch.value("covers", 0, "utf8");
  return {
    config: parseNetworkConfig(JSON.parse(batch.value("config", 0, "utf8")), "the model"),
    parameters: batch.list("parameters", 0, "float32").slice(),
    normalisation: readNormalisation(batch),
    inputNames: batch.texts("inputNames", 0),
    targetNames: batch.texts("targetNames", 0),
    units: batch.texts("units", 0),
    graphRule: JSON.parse(batch.value("graphRule", 0, "utf8")) as GraphRule,
    covers: covers === "" ? undefined : JSON.parse(covers) as CoverRule,
    ...readTrainingData(batch, batch.texts("inputNames", 0)),
  };
}

/**
 * The data of the training in the first row of a statistics or model batch.
 *
 * @param inputNames Names of the inputs, for batches of stages that do not state the dimensions.
 */
export function readTrainingData(
  batch: RecordBatch,
  inputNames: readonly string[],
): TrainingData {
  const numbers = (column: string) => [...batch.list(column, 0, "float64")];
  const text = (column: string) => batch.value(column, 0, "utf8") || undefined;
  const inputMin = numbers("inputMin");
  const [low, high] = numbers("spacing");
  const preparation = text("preparation");
  const derived = text("derived");
  return {
    dimensions: batch.value("dimensions", 0, "int32") || coordinateCount(inputNames),
    range: inputMin.length === 0 ? undefined : {
      inputMin,
      inputMax: numbers("inputMax"),
      spacing: high === undefined ? undefined : [low, high],
    },
    preparation: preparation === undefined ? undefined : JSON.parse(preparation),
    title: text("title"),
    derived: derived === undefined ? undefined : JSON.parse(derived),
  };
}

/** The columns of a statistics or model batch with the data of a training. */
export function trainingDataColumns(
  { dimensions, range, preparation, title, derived }: TrainingData,
) {
  return {
    dimensions,
    inputMin: Float64Array.from(range?.inputMin ?? []),
    inputMax: Float64Array.from(range?.inputMax ?? []),
    spacing: Float64Array.from(range?.spacing ?? []),
    preparation: preparation === undefined ? "" : JSON.stringify(preparation),
    title: title ?? "",
    derived: derived === undefined ? "" : JSON.stringify(derived),
  };
}

/** Record of a training, for the report. */
export interface TrainingRecord {
  /** Settings of the training, as in the metadata of the model file. */
  readonly training: Readonly<Record<string, unknown>>;
  /** Certificate of step 1, if there is one. */
  readonly certificate: unknown;
  /** Validations; undefined without any. */
  readonly validation?: ValidationState | undefined;
  /** Description of the device; empty if unknown. */
  readonly device: string;
  /** Loss and learning rate of every step. */
  readonly losses: Float64Array;
  readonly learningRates: Float64Array;
  /** Number of steps taken before this run, up to the checkpoint from which it resumed. */
  readonly firstStep: number;
  /** Number of edges that all ranks dropped in all steps. */
  readonly droppedEdges: number;
}

/** The batch with the one row of a trained model. */
export function modelBatch(model: TrainedModel, record: TrainingRecord): RecordBatch {
  const { config, parameters, normalisation, inputNames, targetNames, units } = model;
  const { graphRule, covers } = model;
  const { training, certificate, validation, ...rest } = record;
  return createRecordBatch(MODEL, [{
    config: JSON.stringify(config),
    parameters,
    ...normalisation,
    ...trainingDataColumns(model),
    inputNames,
    targetNames,
    units,
    graphRule: JSON.stringify(graphRule),
    covers: covers === undefined ? "" : JSON.stringify(covers),
    training: JSON.stringify(training),
    certificate: certificate === undefined ? "" : JSON.stringify(certificate),
    validation: validation === undefined ? "" : JSON.stringify(validation),
    ...rest,
  }]);
}

/**
 * The first batch of a stream that must have one; the others are not read.
 *
 * @param content Content of the batch, for the error.
 * @throws {RangeError} If the stream has no batch.
 */
export async function firstBatch(
  input: AsyncIterable<RecordBatch>,
  content: string,
): Promise<RecordBatch> {
  for await (const batch of input) return batch;
  throw new RangeError(`Cannot read ${content}: the input must have a row, it has none`);
}
