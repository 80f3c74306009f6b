/**
 * Settings, loss curve and certificate of a training, for the report.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import type { GraphRule } from "../batches/graph_rows.ts";
import { type Certificate, GRADIENT_TOLERANCE, PREDICTION_TOLERANCE } from "./certificate.ts";
import type { TrainedModel } from "./model_batch.ts";
import { type ValidationPoint, validationState } from "./validation_state.ts";
import { divisorsText } from "./target_divisors.ts";

/** Settings by name, in the order in which a report shows them. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** Summary of a training. */
export interface TrainingSummary {
  /** Settings of network, graphs and training. */
  readonly settings: Settings;
  /** Loss and learning rate of every step; steps count from 1. */
  readonly lossCurve: readonly {
    readonly step: number;
    readonly loss: number;
    readonly learningRate: number;
  }[];
  /** Validations, if there were any. */
  readonly validation?: ValidationSummary | undefined;
  /** Certificate of step 1 with its tolerances, if there is one. */
  readonly certify?: CertificateSummary | undefined;
  /** Description of the device. */
  readonly device: string;
  readonly ranks: number;
  readonly steps: number;
  /** Number of the steps that were taken after the checkpoint from which the run resumed. */
  readonly runSteps: number;
}

/** The validations of a training. */
export interface ValidationSummary {
  readonly points: readonly ValidationPoint[];
  /** Step of the best model; undefined if no error was a number. */
  readonly bestStep: number | undefined;
  /** Step of the model that is retained. */
  readonly keptStep: number;
}

/** A certificate with its tolerances. */
export interface CertificateSummary extends Certificate {
  readonly predictionTolerance: number;
  readonly gradientTolerance: number;
}

/** The summary of the training in the first row of a batch of schema MODEL. */
export function trainingSummary(batch: RecordBatch, model: TrainedModel): TrainingSummary {
  const losses = batch.list("losses", 0, "float64");
  const rates = batch.list("learningRates", 0, "float64");
  const training: { readonly ranks: number } & Settings = JSON.parse(
    batch.value("training", 0, "utf8"),
  );
  return {
    settings: settingsOf(model, training, batch.value("droppedEdges", 0, "float64")),
    lossCurve: Array.from(losses, (loss, k) => ({ step: k + 1, loss, learningRate: rates[k] })),
    validation: validationSummary(batch.value("validation", 0, "utf8"), training, losses.length),
    certify: certificateSummary(batch.value("certificate", 0, "utf8")),
    device: batch.value("device", 0, "utf8"),
    ranks: training.ranks,
    steps: losses.length,
    runSteps: losses.length - batch.value("firstStep", 0, "int32"),
  };
}

function validationSummary(
  text: string,
  { keptStep }: Settings,
  steps: number,
): ValidationSummary | undefined {
  if (text === "") return undefined;
  const { points, best } = validationState.parse(JSON.parse(text));
  return {
    points,
    bestStep: best?.step,
    keptStep: keptStep === undefined ? steps : Number(keptStep),
  };
}

function certificateSummary(text: string): CertificateSummary | undefined {
  if (text === "") return undefined;
  const certificate: Certificate = JSON.parse(text);
  return {
    ...certificate,
    predictionTolerance: PREDICTION_TOLERANCE,
    gradientTolerance: GRADIENT_TOLERANCE,
  };
}

function settingsOf(
  { config, parameters, graphRule, normalisation, inputNames, targetNames }: TrainedModel,
  training: Settings,
  droppedEdges: number,
): Settings {
  const settings: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(config)) {
    if (name === "inputs" || name === "outputs") continue;
    settings[name] = Array.isArray(value) ? value.join("-") : value;
  }
  settings.parameters = parameters.length;
  Object.assign(settings, graphSettings(graphRule));
  const divisors = divisorsText(normalisation.targetPowers, inputNames, targetNames);
  if (divisors !== "") settings.divisors = divisors;
  for (const [name, value] of Object.entries(training)) {
    settings[name] = typeof value === "object" ? JSON.stringify(value) : value;
  }
  if (droppedEdges > 0) settings.droppedEdges = droppedEdges;
  return settings;
}

/** Settings of the graphs, named as the options of the sample stage. */
export function graphSettings({ edges, radius, maxEdges, sampledNodes }: GraphRule): Settings {
  const nodes = sampledNodes === 0 ? "all" : sampledNodes;
  if (edges === "given") return { edges, sampledNodes: nodes };
  if (radius === 0) return { edges, maxEdges, sampledNodes: nodes };
  return { edges, radius, maxEdges, sampledNodes: nodes };
}
