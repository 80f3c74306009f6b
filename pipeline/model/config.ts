/**
 * Options of the networks, and their validation.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../../errors.ts";

const layerSize = z.int().min(1).max(65_536);

const dsmpnnConfig = z.strictObject({
  network: z.literal("dsmpnn"),
  /** Node inputs I, coordinates included. */
  inputs: layerSize,
  /** Predicted values per node O. */
  outputs: layerSize,
  /** Latent width F. */
  width: layerSize,
  hops: z.int().min(1).max(1_000),
  /** Hidden widths of the three MLPs; the last hidden width of the kernel network is C. */
  encoderHidden: z.array(layerSize),
  decoderHidden: z.array(layerSize),
  kernelHidden: z.array(layerSize).min(1),
  hopActivation: z.enum(["identity", "relu", "gelu"]),
  residual: z.boolean(),
  rootWeight: z.boolean(),
  hopNorm: z.enum(["none", "layer"]),
  /** Edge attributes: inputs and the outputs decoded after the previous hop, or inputs alone. */
  edgeUpdate: z.enum(["decoded", "fixed"]),
  /**
   * Inputs of the kernel network: the differences of the edge attributes across an edge (the
   * paper's form), or also its length and the inputs of both ends beyond their coordinates.
   *
   * @default "differences"
   */
  edgeInputs: z.enum(["differences", "ends"]).optional(),
  /** Coordinates D, which are the first inputs; stated if `edgeInputs` is `"ends"`. */
  dimensions: z.int().min(1).max(3).optional(),
}).refine(
  ({ edgeInputs, dimensions, inputs }) =>
    edgeInputs !== "ends" || (dimensions !== undefined && dimensions <= inputs),
  {
    path: ["dimensions"],
    message: 'with edgeInputs "ends", it must be given and at most the number of inputs',
  },
);

const gcnConfig = z.strictObject({
  network: z.literal("gcn"),
  inputs: layerSize,
  outputs: layerSize,
  width: layerSize,
  layers: z.int().min(1).max(1_000),
});

/** Options of DS-MPNN (Kakka et al. 2024). */
export type DsmpnnConfig = z.infer<typeof dsmpnnConfig>;

/** Options of the node-based GCN baseline. */
export type GcnConfig = z.infer<typeof gcnConfig>;

/** Options of one of the networks. */
export type NetworkConfig = DsmpnnConfig | GcnConfig;

const networkConfig = z.discriminatedUnion("network", [dsmpnnConfig, gcnConfig]);

/**
 * The network options in `value`, such as the parsed `config` of a case or model file.
 *
 * @param source Name of the file, for the error message.
 * @throws {DataError} If an option is missing, unknown or out of range; the error names each one.
 */
export function parseNetworkConfig(value: unknown, source: string): NetworkConfig {
  const parsed = networkConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) =>
    `${issue.path.join(".") || "config"}: ${issue.message}`
  );
  throw new DataError(`Cannot read the network options of ${source}: ${problems.join("; ")}`);
}
