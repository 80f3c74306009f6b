/**
 * What every network offers to training and prediction.
 *
 * @module
 */

import type { DeviceArray } from "../../kernels/device.ts";
import type { MessageGraph } from "./device_graph.ts";
import type { HaloExchange } from "./halo.ts";
import type { ParameterLayout } from "./parameters.ts";

/** A rank's part of a graph with its node inputs. */
export interface NetworkInput {
  readonly graph: MessageGraph & {
    /** In-degree of every local node in the whole graph `[interior + ghost]`; the GCN needs it. */
    readonly degrees: Uint32Array;
  };
  /** Normalised node inputs `[interior + ghost, I]`. */
  readonly input: Float32Array;
}

/** A network on one device, for one rank. */
export interface Network {
  readonly layout: ParameterLayout;
  /** The flat parameters; written by the optimizer. */
  readonly parameters: DeviceArray<"f32">;
  /** The flat gradients; `backward` adds to them. */
  readonly gradients: DeviceArray<"f32">;
  /**
   * The prediction `[interior nodes, O]`, owned by the network and valid until the next call.
   *
   * @param options.training Whether `backward` follows (keeps activations). @default true
   */
  forward(
    input: NetworkInput,
    halo: HaloExchange,
    options?: { readonly training?: boolean | undefined },
  ): Promise<DeviceArray<"f32">>;
  /** Adds the parameter gradients of the last `forward`, from the gradient of its prediction. */
  backward(predictionGradient: DeviceArray<"f32">, halo: HaloExchange): Promise<void>;
  /** Gives all device memory back. */
  release(): void;
}

/** Memory policy of a network. */
export interface NetworkOptions {
  /**
   * Most bytes of edge activations kept for the backward pass; the rest is computed again. @default
   * 160 MiB
   */
  readonly keptActivationBytes?: number | undefined;
}
