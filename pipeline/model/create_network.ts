/**
 * Construction of a network from its options.
 *
 * @module
 */

import type { Device } from "../../kernels/device.ts";
import type { NetworkConfig } from "./config.ts";
import { Dsmpnn } from "./dsmpnn.ts";
import { Gcn } from "./gcn.ts";
import type { Network, NetworkOptions } from "./network.ts";

/** The network that `config` describes, on `device`, with all parameters 0. */
export function createNetwork(
  device: Device,
  config: NetworkConfig,
  options: NetworkOptions = {},
): Network {
  return config.network === "gcn" ? new Gcn(device, config) : new Dsmpnn(device, config, options);
}
