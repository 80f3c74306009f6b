/**
 * Options of the train stage: the network, and how it is trained. Defaults follow the paper.
 *
 * @module
 */

import { z } from "zod";
import { type NetworkConfig, parseNetworkConfig } from "../model/config.ts";
import { deviceOptions } from "./device_options.ts";
import { SAVED_ACTIVATION_MIB } from "../model/saved_activations.ts";
import { checkpointOptions } from "./checkpoints.ts";

const widths = z.array(z.int().min(1).max(65_536));

/** Schema of the options of the `train` stage. */
export const trainOptions = z.strictObject({
  network: z.enum(["dsmpnn", "gcn"]).default("dsmpnn"),
  /** Latent width F. */
  width: z.int().min(1).max(65_536).default(32),
  hops: z.int().min(1).max(1000).default(4),
  encoderHidden: widths.default([64, 64]),
  decoderHidden: widths.default([64, 64]),
  kernelHidden: widths.min(1).default([64, 64]),
  hopActivation: z.enum(["identity", "relu", "gelu"]).default("identity"),
  residual: z.boolean().default(true),
  rootWeight: z.boolean().default(false),
  hopNorm: z.enum(["none", "layer"]).default("none"),
  edgeUpdate: z.enum(["decoded", "fixed"]).default("decoded"),
  /** Layers of the GCN. */
  layers: z.int().min(1).max(1000).default(6),
  /** Highest learning rate of the one-cycle schedule. */
  learningRate: z.number().positive().default(3e-3),
  /** Share of the steps in which the learning rate rises. */
  warmup: z.number().min(0).max(1).default(0.3),
  /** Largest Euclidean norm of the gradient; longer ones are scaled down after the all-reduce. */
  clipNorm: z.number().positive().default(1),
  seed: z.int().min(0).default(0),
  /**
   * A model file whose parameters and normalisation the training starts from. By default it draws
   * parameters.
   */
  initFrom: z.string().optional(),
  ...deviceOptions,
  /**
   * Computes step 1 on one rank too and stops if the two differ. By default for more than one rank.
   */
  certify: z.boolean().optional(),
  /**
   * Most memory for activations kept for the backward pass, in MiB per rank; the rest is computed
   * again.
   */
  keptActivationMiB: z.number().min(0).default(SAVED_ACTIVATION_MIB),
  /**
   * Name of the file in the run's directory that is written; each training of a pipeline needs its
   * own.
   */
  modelFile: z.string().regex(/^[\w-]+\.safetensors$/, "must be a name such as model.safetensors")
    .default(
      "model.safetensors",
    ),
  /** Without it, none are written. */
  checkpoint: checkpointOptions.optional(),
});

/** Options of the `train` stage. */
export type TrainOptions = z.infer<typeof trainOptions>;

/** The options of the network for so many inputs and outputs per node. */
export function networkConfig(
  options: TrainOptions,
  inputs: number,
  outputs: number,
): NetworkConfig {
  const { network, width, layers, hops, encoderHidden, decoderHidden, kernelHidden } = options;
  const { hopActivation, residual, rootWeight, hopNorm, edgeUpdate } = options;
  const config = network === "gcn" ? { network, inputs, outputs, width, layers } : {
    network,
    inputs,
    outputs,
    width,
    hops,
    encoderHidden,
    decoderHidden,
    kernelHidden,
    hopActivation,
    residual,
    rootWeight,
    hopNorm,
    edgeUpdate,
  };
  return parseNetworkConfig(config, "the train stage");
}
