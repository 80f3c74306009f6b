/**
 * The distributed, sampling-based message passing network (Kakka et al., arXiv 2402.15106) for one
 * rank.
 *
 * Every hop sends latents along the edges, multiplied by kernel matrices that depend on the edge.
 * Ghost nodes are encoded and decoded locally, so a halo exchange per hop carries latents only. It
 * overlaps with the computation of the receivers that no ghost sends to.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import type { DsmpnnConfig } from "./config.ts";
import { type DeviceGraph, uploadGraph } from "./device_graph.ts";
import { EdgeConvolution, type HopGradients, type HopPass } from "./edge_convolution.ts";
import type { HaloExchange } from "./halo.ts";
import { HopUpdate } from "./hop_update.ts";
import { countSavedBlocks } from "./saved_activations.ts";
import { Mlp } from "./mlp.ts";
import type { Network, NetworkInput, NetworkOptions } from "./network.ts";
import { NodeMlp } from "./node_mlp.ts";
import { mlpSizes, ParameterLayout } from "./parameters.ts";
import { Workspace } from "./workspace.ts";

/** State of the last forward pass that the backward pass needs. */
interface ForwardState {
  readonly graph: DeviceGraph;
  readonly input: DeviceArray<"f32">;
  readonly savedBlocks: number;
  readonly training: boolean;
}

/** DS-MPNN on one device. */
export class Dsmpnn implements Network {
  readonly layout: ParameterLayout;
  readonly parameters: DeviceArray<"f32">;
  readonly gradients: DeviceArray<"f32">;
  readonly #config: DsmpnnConfig;
  readonly #device: Device;
  readonly #workspace: Workspace;
  readonly #encoder: NodeMlp;
  readonly #decoder: NodeMlp;
  readonly #convolution: EdgeConvolution;
  readonly #update: HopUpdate;
  readonly #savedActivationBytes: number | undefined;
  #state: ForwardState | undefined;

  constructor(device: Device, config: DsmpnnConfig, options: NetworkOptions = {}) {
    this.#config = config;
    this.#device = device;
    this.#workspace = new Workspace(device);
    this.layout = new ParameterLayout(config);
    this.parameters = device.allocate("f32", this.layout.length);
    this.gradients = device.allocate("f32", this.layout.length);
    const nodeMlp = (name: "encoder" | "decoder") =>
      new NodeMlp(
        new Mlp(
          device,
          this.layout,
          name,
          mlpSizes(config, name),
          this.parameters,
          this.gradients,
          { lastActivation: false },
        ),
        this.#workspace,
      );
    this.#encoder = nodeMlp("encoder");
    this.#decoder = nodeMlp("decoder");
    this.#convolution = new EdgeConvolution(
      this.#workspace,
      config,
      this.layout,
      this.parameters,
      this.gradients,
    );
    this.#update = new HopUpdate(
      this.#workspace,
      config,
      this.layout,
      this.parameters,
      this.gradients,
    );
    this.#savedActivationBytes = options.savedActivationBytes;
  }

  async forward(
    { graph: hostGraph, input: hostInput }: NetworkInput,
    halo: HaloExchange,
    { training = true }: { readonly training?: boolean | undefined } = {},
  ): Promise<DeviceArray<"f32">> {
    const { hops, outputs, width } = this.#config;
    const graph = uploadGraph(this.#workspace, hostGraph, this.#device.preferredBlockEdges);
    const input = this.#workspace.store("input", "f32", hostInput as Float32Array<ArrayBuffer>);
    const savedBlocks = training
      ? countSavedBlocks(this.#config, graph.blocks, this.#savedActivationBytes)
      : 0;
    this.#state = { graph, input, savedBlocks, training };

    // Prediction alternates between two latents; training saves one per hop.
    const slot = (hop: number) => training ? hop : hop % 2;
    this.#encoder.forward(graph.nodeCount, input, this.#latent(graph, 0));
    for (let hop = 0; hop < hops; hop++) {
      const latent = this.#latent(graph, slot(hop));
      const decoded = this.#decoded(graph, slot(hop));
      const pass = { graph, hop, nodes: { input, decoded, latent }, savedBlocks };
      const update = this.#update.convolved(graph, slot(hop));
      this.#device.clear(update);
      const computeInterior = () => {
        this.#decodeRows(pass, 0, graph.interiorCount);
        this.#convolution.forward(pass, "interior", update);
      };
      // The first latents of ghosts are encoded on this rank, later ones come from their owners.
      if (hop === 0) computeInterior();
      else await halo.updateGhosts(latent, width, computeInterior);
      this.#decodeRows(pass, graph.interiorCount, graph.nodeCount);
      this.#convolution.forward(pass, "boundary", update);
      this.#update.forward(graph, slot(hop), latent, this.#latent(graph, slot(hop + 1)));
    }
    const prediction = this.#workspace.f32("prediction", graph.interiorCount * outputs);
    this.#decoder.forward(graph.interiorCount, this.#latent(graph, slot(hops)), prediction);
    return prediction;
  }

  async backward(predictionGradient: DeviceArray<"f32">, halo: HaloExchange): Promise<void> {
    if (!this.#state?.training) {
      throw new Error("Cannot run backward: a forward pass in training must come first");
    }
    const { hops, width } = this.#config;
    const { graph, input, savedBlocks } = this.#state;
    let nextGradient = this.#workspace.f32("latentGradient0", graph.nodeCount * width);
    let latentGradient = this.#workspace.f32("latentGradient1", graph.nodeCount * width);
    this.#decoder.backward(graph.interiorCount, this.#latent(graph, hops), predictionGradient, {
      target: nextGradient,
      accumulate: false,
    });
    for (let hop = hops - 1; hop >= 0; hop--) {
      const latent = this.#latent(graph, hop);
      const decoded = this.#decoded(graph, hop);
      const pass = { graph, hop, nodes: { input, decoded, latent }, savedBlocks };
      const updateGradient = this.#update.backward(
        graph,
        hop,
        latent,
        nextGradient,
        latentGradient,
      );
      await this.#backwardHop(pass, updateGradient, latentGradient, halo);
      [nextGradient, latentGradient] = [latentGradient, nextGradient];
    }
    // Ghosts were encoded on this rank, so the gradient of their first latents stays on it.
    this.#encoder.backward(graph.nodeCount, input, nextGradient);
  }

  /** Backward pass of the edges of a hop and, except for hop 0, of its decoded values and halo. */
  async #backwardHop(
    pass: HopPass,
    updateGradient: DeviceArray<"f32">,
    latentGradient: DeviceArray<"f32">,
    halo: HaloExchange,
  ): Promise<void> {
    const { graph } = pass;
    const gradients = this.#hopGradients(pass, latentGradient);
    // The boundary comes first: it completes the gradients of ghosts, which can then be sent.
    this.#convolution.backward(pass, "boundary", updateGradient, gradients);
    this.#backwardDecodedRows(pass, gradients, graph.interiorCount, graph.nodeCount);
    const computeInterior = () => {
      this.#convolution.backward(pass, "interior", updateGradient, gradients);
      this.#convolution.backwardBias(graph, updateGradient);
      this.#backwardDecodedRows(pass, gradients, 0, graph.interiorCount);
    };
    if (pass.hop === 0) computeInterior();
    else await halo.accumulateGhosts(latentGradient, this.#config.width, computeInterior);
  }

  #hopGradients({ graph, hop }: HopPass, latent: DeviceArray<"f32">): HopGradients {
    if (!this.#isDecoded(hop)) return { latent };
    const decoded = this.#workspace.f32("decodedGradient", graph.nodeCount * this.#config.outputs);
    this.#device.clear(decoded);
    return { latent, decoded };
  }

  /** Whether the edge attributes of a hop hold its decoded latents; otherwise zeros. */
  #isDecoded(hop: number): boolean {
    return hop > 0 && this.#config.edgeUpdate === "decoded";
  }

  /** Writes rows `[first, end)` of the decoded values of a hop. */
  #decodeRows({ hop, nodes: { latent, decoded } }: HopPass, first: number, end: number): void {
    const { width, outputs } = this.#config;
    const rows = decoded.slice(first * outputs, end * outputs);
    if (this.#isDecoded(hop)) {
      this.#decoder.forward(end - first, latent.slice(first * width, end * width), rows);
    } else this.#device.clear(rows);
  }

  /** Adds the gradients through the decoder at rows `[first, end)`, if the hop decodes. */
  #backwardDecodedRows(
    { nodes }: HopPass,
    { latent, decoded }: HopGradients,
    first: number,
    end: number,
  ): void {
    if (decoded === undefined) return;
    const { width, outputs } = this.#config;
    const latentRows = (array: DeviceArray<"f32">) => array.slice(first * width, end * width);
    this.#decoder.backward(
      end - first,
      latentRows(nodes.latent),
      decoded.slice(first * outputs, end * outputs),
      { target: latentRows(latent), accumulate: true },
    );
  }

  release(): void {
    this.#workspace.release();
    this.#device.release(this.parameters);
    this.#device.release(this.gradients);
  }

  #latent(graph: DeviceGraph, slot: number): DeviceArray<"f32"> {
    return this.#workspace.f32(`latent${slot}`, graph.nodeCount * this.#config.width);
  }

  #decoded(graph: DeviceGraph, slot: number): DeviceArray<"f32"> {
    return this.#workspace.f32(`decoded${slot}`, graph.nodeCount * this.#config.outputs);
  }
}
