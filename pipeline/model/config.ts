/**
 * What a network is made of: the options of the executable specification, checked.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../../errors.ts";

const size = z.int().min(1).max(65_536);

const dsmpnnConfig = z.strictObject({
  network: z.literal("dsmpnn"),
  /** Node inputs I (coordinates are among them). */
  inputs: size,
  /** Predicted values per node O. */
  outputs: size,
  /** Latent width F. */
  width: size,
  hops: z.int().min(1).max(1_000),
  /** Hidden widths of the three MLPs; the last hidden width of the kernel network is C. */
  encoderHidden: z.array(size),
  decoderHidden: z.array(size),
  kernelHidden: z.array(size).min(1),
  hopActivation: z.enum(["identity", "relu", "gelu"]),
  residual: z.boolean(),
  rootWeight: z.boolean(),
  hopNorm: z.enum(["none", "layer"]),
  /** Whether the edges of a hop see the decoded outputs of the hop before, or only the inputs. */
  edgeUpdate: z.enum(["decoded", "fixed"]),
});

const gcnConfig = z.strictObject({
  network: z.literal("gcn"),
  inputs: size,
  outputs: size,
  width: size,
  layers: z.int().min(1).max(1_000),
});

/** Options of DS-MPNN (Kakka et al. 2024). */
export type DsmpnnConfig = z.infer<typeof dsmpnnConfig>;

/** Options of the node-based GCN baseline. */
export type GcnConfig = z.infer<typeof gcnConfig>;

/** Options of any network. */
export type NetworkConfig = DsmpnnConfig | GcnConfig;

const networkConfig = z.discriminatedUnion("network", [dsmpnnConfig, gcnConfig]);

/**
 * The network options in `value`, for instance the parsed `config` of a case or model file.
 *
 * @param source Where the value comes from, for the error message.
 * @throws {DataError} Naming every option that is missing, unknown or out of range.
 */
export function parseNetworkConfig(value: unknown, source: string): NetworkConfig {
  const parsed = networkConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) =>
    `${issue.path.join(".") || "config"}: ${issue.message}`
  );
  throw new DataError(`Cannot read the network options of ${source}: ${problems.join("; ")}`);
}
