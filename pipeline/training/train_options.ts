/**
 * Options of the train stage: network and training. Defaults follow the paper.
 *
 * @module
 */

import { z } from "zod";
import { type NetworkConfig, parseNetworkConfig } from "../model/config.ts";
import { OPTIMIZERS } from "../model/muon.ts";
import { SCHEDULES } from "../model/rate_schedule.ts";
import { deviceOptions } from "./device_options.ts";
import { fieldWeights } from "./field_weights.ts";
import { coverRule } from "./model_file.ts";
import { SAVED_ACTIVATION_MIB } from "../model/saved_activations.ts";
import { validationOptions } from "./validation_rule.ts";
import { checkpointOptions } from "./checkpoints.ts";

const widths = z.array(z.int().min(1).max(65_536));

/** Schema of the options of the `train` stage. */
export const trainOptions = z.strictObject({
  network: z.enum(["dsmpnn", "gcn"]).default("dsmpnn").describe(
    "Network: DS-MPNN, or a graph convolutional network (GCN) for comparison.",
  ),
  width: z.int().min(1).max(65_536).default(32).describe("Latent width F."),
  hops: z.int().min(1).max(1000).default(4).describe("Number of message passing hops."),
  encoderHidden: widths.default([64, 64]).describe("Widths of the encoder's hidden layers."),
  decoderHidden: widths.default([64, 64]).describe("Widths of the decoder's hidden layers."),
  kernelHidden: widths.min(1).default([64, 64]).describe(
    "Widths of the kernel network's hidden layers.",
  ),
  hopActivation: z.enum(["identity", "relu", "gelu"]).default("identity").describe(
    "Activation of the update of a hop.",
  ),
  residual: z.boolean().default(true).describe(
    "Whether a hop adds its update to the latents, instead of replacing them.",
  ),
  rootWeight: z.boolean().default(false).describe(
    "Whether the update includes the node's own latent times a weight matrix.",
  ),
  hopNorm: z.enum(["none", "layer"]).default("none").describe(
    "Normalisation of the update before its activation.",
  ),
  edgeUpdate: z.enum(["decoded", "fixed"]).default("decoded").describe(
    "Edge attributes: inputs of both nodes and their outputs decoded after the previous hop " +
      "(`decoded`), or inputs alone (`fixed`).",
  ),
  edgeInputs: z.enum(["differences", "ends"]).optional().meta({
    description: "Inputs of the kernel network: the differences of the edge attributes across " +
      "an edge (`differences`, the paper's form), or also its length and the inputs of both ends " +
      "beyond their coordinates (`ends`). A GCN has no kernel network and ignores it.",
    absent: "`differences`",
  }),
  layers: z.int().min(1).max(1000).default(6).describe("Number of layers of the GCN."),
  optimizer: z.enum(OPTIMIZERS).optional().meta({
    description: "Optimizer: Adam, or Muon for the weights between the first and the last layer " +
      "and Adam for all other parameters.",
    absent: "`adam`",
  }),
  schedule: z.enum(SCHEDULES).optional().meta({
    description: "Learning rate over the steps: one cycle, which rises and falls; half a cosine, " +
      "which falls from the peak to 0; or constant.",
    absent: "`one-cycle`",
  }),
  learningRate: z.number().positive().default(3e-3).describe(
    "Peak learning rate; Muon allows about twice that of Adam, such as " +
      "0.012 instead of 0.006.",
  ),
  warmup: z.number().min(0).max(1).default(0.3).describe(
    "Share of the steps in which the learning rate of one cycle rises.",
  ),
  weightDecay: z.number().min(0).max(100).optional().meta({
    description: "Decoupled weight decay: each step multiplies the weight matrices by 1 - " +
      "learning rate · weightDecay. Biases do not decay.",
    absent: "0",
  }),
  ema: z.number().min(0).lt(1).optional().meta({
    description: "Decay of the exponential mean of the parameters, which then is the model, such " +
      "as 0.999. In the first steps it is at most (1 + step) / (10 + step).",
    absent: "the parameters of the last step",
  }),
  gradientLoss: z.number().min(0).optional().meta({
    description:
      "Weight of the gradient loss, which is added to the mean squared error: the mean " +
      "over edges and targets of (error_i - error_j)² / (s² + 0.001) with s = 0.2 |x_i - x_j| / " +
      "radius, in standard deviations of the targets. For nearest or given edges, the radius is " +
      "that of an evenly filled ball with the same root mean square edge length.",
    absent: "0",
  }),
  fieldWeights: fieldWeights.optional().meta({
    description: "Weights of the squared errors of target fields or components in the loss, such " +
      "as `{ pressure: 4 }`; the errors of each field are in its standard deviations.",
    absent: "1 for each",
  }),
  validation: validationOptions.optional().meta({
    description: "Validation on the graphs of the third input, from which the training does not " +
      "learn.",
    absent: "after each epoch, if there is a third input",
  }),
  keep: z.enum(["best", "last"]).optional().meta({
    description: "Model to retain: that with the smallest relative L2 in the validations, or the " +
      "last one.",
    absent: "`best` with a third input and a constant learning rate or a `patience`, otherwise " +
      "`last`",
  }),
  patience: z.int().min(1).optional().meta({
    description: "Number of validations without a better model after which the training ends; a " +
      "model is better if its error is smaller by more than 0.01 %.",
    absent: "takes all steps",
  }),
  clipNorm: z.number().positive().default(1).describe(
    "Largest Euclidean norm of the gradient; longer ones are scaled down after the all-reduce.",
  ),
  seed: z.int().min(0).default(0).describe("Seed of the initial parameters."),
  initFrom: z.string().optional().meta({
    description: "Model file or checkpoint with the initial parameters and the normalisation.",
    absent: "draws parameters",
  }),
  ...deviceOptions,
  certify: z.boolean().optional().meta({
    description: "Whether to compute step 1 on one rank too, and stop if the numbers differ.",
    absent: "yes on several ranks",
  }),
  keptActivationMiB: z.number().min(0).default(SAVED_ACTIVATION_MIB).meta({
    description: "Memory per rank for activations saved for the backward pass; the others are " +
      "computed again.",
    unit: "MiB",
  }),
  modelFile: z.string().regex(/^[\w-]+\.safetensors$/, "must be a name such as model.safetensors")
    .default("model.safetensors").describe(
      "Name of the model file in the directory of the run; each training of a pipeline needs its " +
        "own.",
    ),
  covers: coverRule.optional().meta({
    description: "Covers by which later predictions with the model are made by default, which it " +
      "records.",
    absent: "those of the pipeline's own predictions",
  }),
  checkpoint: checkpointOptions.optional().meta({
    description: "Checkpoints of the training, set by the commands that run a pipeline.",
    absent: "no checkpoints",
  }),
});

/** Options of the `train` stage. */
export type TrainOptions = z.infer<typeof trainOptions>;

/**
 * The options of a network with the given number of inputs and outputs per node.
 *
 * @param dimensions The number of coordinates, which are the first inputs.
 */
export function networkConfig(
  options: TrainOptions,
  inputs: number,
  outputs: number,
  dimensions: number,
): NetworkConfig {
  const { network, width, layers, hops, encoderHidden, decoderHidden, kernelHidden } = options;
  const { hopActivation, residual, rootWeight, hopNorm, edgeUpdate } = options;
  const seesEnds = options.edgeInputs === "ends";
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
    // Models in the paper's form state neither.
    edgeInputs: seesEnds ? options.edgeInputs : undefined,
    dimensions: seesEnds ? dimensions : undefined,
  };
  return parseNetworkConfig(config, "the train stage");
}
