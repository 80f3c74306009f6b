/** Compares what the ranks computed on a case with what the case expects. @module */

import { join, resolve } from "node:path";
import { z } from "zod";
import type { RecordBatch } from "../../io/record_batch.ts";
import { type Tensor, writeSafetensors } from "../../io/safetensors.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { type NamedTensor, ParameterLayout } from "../model/parameters.ts";
import { type Case, readCaseFile } from "../training/case_file.ts";
import {
  GRADIENT_TOLERANCE,
  gradientErrors,
  largestDifference,
  LOSS_TOLERANCE,
  PREDICTION_TOLERANCE,
  relativeError,
} from "../training/certificate.ts";
import { VERIFICATION } from "./compute_case.ts";

/**
 * Allowed error of the parameters after k Adam steps, in units of k · learningRate (`model.md`,
 * "Exact means").
 */
export const AFTER_TOLERANCE = 0.02;

/** Errors against the case; each is 0 for exact. */
export interface CaseErrors {
  /** Largest error over largest expected value. */
  readonly prediction: number;
  /** Relative. */
  readonly loss: number;
  /** By tensor; see `gradientErrors`. */
  readonly gradients: Readonly<Record<string, number>>;
  /** Largest of `gradients`. */
  readonly gradient: number;
  /** Largest relative error of the step losses. */
  readonly losses: number;
  /** Largest error of a parameter after the steps, over steps · learningRate. */
  readonly after: number;
}

/** Result of a case on P ranks, as written to `verification.json`. */
export interface CaseResult {
  readonly ranks: number;
  readonly nodes: number;
  readonly edges: number;
  /** Ghosts of all ranks. */
  readonly ghosts: number;
  /** Bytes of the halo messages of all ranks in one training step. */
  readonly haloBytes: number;
  readonly adapter: string;
  /** Absent for a case without expected numbers. */
  readonly errors: CaseErrors | undefined;
  /** Whether every error holds its tolerance; true without expected numbers. */
  readonly ok: boolean;
}

/** Name of the file in the run's directory that holds the `CaseResult`. */
export const RESULT_FILE = "verification.json";

export default defineStage({
  name: "check_case",
  description:
    "Compares the ranks' results with a case file, and writes them to a safetensors file if asked.",
  options: z.strictObject({
    file: z.string(),
    /** File for the computed tensors, relative to the directory of the run. */
    out: z.string().optional(),
  }),
  inputs: [VERIFICATION],
  repeats: {
    reads: ["file"],
    writes: ({ out }) => out === undefined ? [RESULT_FILE] : [RESULT_FILE, out],
  },
  async run({ inputs: [verifications], options, directory }) {
    const expected = await readCaseFile(options.file);
    const parts: RecordBatch[] = [];
    for await (const batch of verifications) parts.push(batch);
    parts.sort((a, b) => a.value("rank", 0, "int32") - b.value("rank", 0, "int32"));
    const actual = collect(parts, expected);
    if (options.out !== undefined) await writeActual(resolve(directory, options.out), actual);
    const errors = compare(actual, expected);
    const result: CaseResult = {
      ranks: parts.length,
      nodes: expected.nodeCount,
      edges: expected.senders.length,
      ghosts: parts.reduce((sum, part) => sum + part.value("ghostCount", 0, "int32"), 0),
      haloBytes: parts.reduce((sum, part) => sum + part.value("haloBytes", 0, "float64"), 0),
      adapter: parts[0].value("adapter", 0, "utf8"),
      errors,
      ok: errors === undefined || isWithin(errors),
    };
    await Deno.writeTextFile(join(directory, RESULT_FILE), JSON.stringify(result));
  },
});

/** What the ranks computed, together. */
interface Actual {
  readonly outputs: number;
  readonly prediction: Float32Array;
  readonly loss: number;
  readonly layout: ParameterLayout;
  readonly gradient: Float32Array;
  readonly losses: Float64Array;
  readonly after: Float32Array;
}

function collect(parts: readonly RecordBatch[], { config, nodeCount }: Case): Actual {
  const { outputs } = config;
  const prediction = new Float32Array(nodeCount * outputs);
  for (const part of parts) {
    const values = part.list("prediction", 0, "float32");
    part.list("nodes", 0, "uint32").forEach((node, k) => {
      prediction.set(values.subarray(k * outputs, (k + 1) * outputs), node * outputs);
    });
  }
  const [first] = parts;
  return {
    outputs,
    prediction,
    loss: first.value("loss", 0, "float64"),
    layout: new ParameterLayout(config),
    gradient: first.list("gradient", 0, "float32"),
    losses: first.list("losses", 0, "float64"),
    after: first.list("after", 0, "float32"),
  };
}

function compare(actual: Actual, { config, adam, expected }: Case): CaseErrors | undefined {
  if (expected === undefined) return undefined;
  const layout = new ParameterLayout(config);
  const gradients = gradientErrors(
    layout,
    actual.gradient,
    layout.fromTensors(expected.gradient, "expected/gradient"),
  );
  const after = layout.fromTensors(expected.after, "expected/after");
  const travel = adam.steps * adam.learningRate;
  return {
    prediction: relativeError(actual.prediction, expected.prediction),
    loss: relativeError([actual.loss], [expected.loss]),
    gradients: gradients.byTensor,
    gradient: gradients.worst,
    losses: expected.losses.reduce(
      (worst, loss, k) => Math.max(worst, relativeError([actual.losses[k]], [loss])),
      0,
    ),
    after: travel === 0 ? 0 : largestDifference(actual.after, after) / travel,
  };
}

function isWithin({ prediction, loss, gradient, losses, after }: CaseErrors): boolean {
  return prediction <= PREDICTION_TOLERANCE && loss <= LOSS_TOLERANCE &&
    gradient <= GRADIENT_TOLERANCE &&
    losses <= LOSS_TOLERANCE && after <= AFTER_TOLERANCE;
}

async function writeActual(path: string, actual: Actual): Promise<void> {
  const tensors: Record<string, Tensor> = {};
  const put = (name: string, { shape, data }: NamedTensor) =>
    tensors[`actual/${name}`] = { dtype: "F32", shape, data };
  const { prediction, loss, losses, layout, outputs } = actual;
  put("prediction", { shape: [prediction.length / outputs, outputs], data: prediction });
  put("loss", { shape: [1], data: Float32Array.of(loss) });
  for (const [name, tensor] of Object.entries(layout.toTensors(actual.gradient))) {
    put(`gradient/${name}`, tensor);
  }
  put("losses", { shape: [losses.length], data: Float32Array.from(losses) });
  for (const [name, tensor] of Object.entries(layout.toTensors(actual.after))) {
    put(`after/${name}`, tensor);
  }
  await writeSafetensors(path, tensors, {}, { overwrite: true });
}
