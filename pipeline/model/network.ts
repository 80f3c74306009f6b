/**
 * The interface of a network, for training and prediction.
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
    /** In-degree of every local node in the complete graph `[interior + ghost]`; for the GCN. */
    readonly degrees: Uint32Array;
  };
  /** Normalised node inputs `[interior + ghost, I]`. */
  readonly input: Float32Array;
}

/** A network on one device, for one rank. */
export interface Network {
  readonly layout: ParameterLayout;
  /** The flat parameters, written by the optimizer. */
  readonly parameters: DeviceArray<"f32">;
  /** The flat gradients; `backward` adds to them. */
  readonly gradients: DeviceArray<"f32">;
  /**
   * The prediction `[interior nodes, O]`, owned by the network and valid until the next call.
   *
   * @param options.training Whether to save activations for `backward`. @default true
   */
  forward(
    input: NetworkInput,
    halo: HaloExchange,
    options?: { readonly training?: boolean | undefined },
  ): Promise<DeviceArray<"f32">>;
  /** Adds the parameter gradients of the last `forward`, given the gradient of its prediction. */
  backward(predictionGradient: DeviceArray<"f32">, halo: HaloExchange): Promise<void>;
  /** Releases all device memory. */
  release(): void;
}

/** Memory policy of a network. */
export interface NetworkOptions {
  /**
   * The maximum size of the edge activations saved for the backward pass, in bytes; the others are
   * recomputed.
   *
   * @default 160 MiB
   */
  readonly savedActivationBytes?: number | undefined;
}
