import assert from "node:assert/strict";
import type { Device, DeviceArray } from "../../../kernels/device.ts";
import { ReferenceDevice } from "../../../kernels/reference_device.ts";
import { allReduce } from "../../../pipeline/engine/channels/collective.ts";
import { inMemoryPeers } from "../../../pipeline/engine/channels/peers.ts";
import { type LocalGraph, localGraphs } from "../../../pipeline/graph/local_graph.ts";
import { partitionNodes } from "../../../pipeline/graph/partition_nodes.ts";
import { GradientStepper } from "../../../pipeline/model/gradient_step.ts";
import { type HaloExchange, RankHalo } from "../../../pipeline/model/halo.ts";
import { createNetwork } from "../../../pipeline/model/create_network.ts";
import { readCaseFile } from "../../../pipeline/training/case_file.ts";
import { PeerMessages } from "../../../pipeline/training/peer_messages.ts";
import { casePath } from "../../support/case_files.ts";
import { bits } from "../../support/exactness.ts";
import { partOf, sampleOfCase } from "../../support/sample.ts";

const RANKS = 3;

/** The costly kernels of each network: blocks of edges, or products with a weight. */
const COSTLY = {
  dsmpnn: ["moment", "momentBackward"],
  gcn: ["linear", "linearBackwardInput"],
} as const;

/** Runs of the counted kernels so far. */
const counter = { kernels: [] as readonly string[], count: 0 };

/** Counts runs of kernels. Its blocks are small: most ranks have interior and boundary ones. */
const device = countRuns(new ReferenceDevice(20));

/** Forwards everything to `inner`, and counts the runs of the kernels in `counter`. */
function countRuns(inner: Device): Device {
  const run: Device["run"] = (kernel, arrays, sizes) => {
    if (counter.kernels.includes(kernel.name)) counter.count++;
    inner.run(kernel, arrays, sizes);
  };
  return new Proxy(inner, {
    get(target, property) {
      if (property === "run") return run;
      const value = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Bits of loss and gradient of a case on several ranks, each with its halo wrapped by `wrap`. */
async function step(name: string, wrap: (halo: HaloExchange, local: LocalGraph) => HaloExchange) {
  const file = await readCaseFile(casePath(name));
  const whole = sampleOfCase(file);
  const locals = localGraphs(
    whole.graph,
    partitionNodes(file.position, file.dimensions, RANKS),
    RANKS,
  );
  return await Promise.all(
    inMemoryPeers(RANKS).map(async (peers, rank) => {
      const network = createNetwork(device, file.config);
      const halo = new RankHalo(device, new PeerMessages(peers));
      device.write(network.parameters, whole.parameters);
      halo.setPlan(locals[rank]);
      const { loss, gradient } = await new GradientStepper(device, network).step(
        partOf(whole, locals[rank]),
        wrap(halo, locals[rank]),
        (values, totals) => allReduce(peers, values, totals),
      );
      return { loss, gradient: bits(gradient) };
    }),
  );
}

function ghostRows(values: DeviceArray<"f32">, { interiorCount }: LocalGraph, width: number) {
  return values.slice(interiorCount * width);
}

for (const name of ["three_dimensions", "hub", "uncounted_region", "gcn_repeated_edges"]) {
  Deno.test(`case ${name} reads no ghost row while the rows travel`, async () => {
    let poisoned = 0;
    const result = await step(name, (halo, local) => ({
      updateGhosts(values, width, meanwhile) {
        const ghosts = ghostRows(values, local, width);
        device.write(ghosts, new Float32Array(ghosts.length).fill(NaN));
        poisoned += ghosts.length;
        return halo.updateGhosts(values, width, meanwhile);
      },
      accumulateGhosts: (...exchange) => halo.accumulateGhosts(...exchange),
    }));
    assert.ok(poisoned > 0);
    assert.deepEqual(result, await step(name, (halo) => halo));
  });

  Deno.test(`case ${name} completes the gradients of ghosts before it sends them`, async () => {
    await step(name, (halo, local) => ({
      updateGhosts: (...exchange) => halo.updateGhosts(...exchange),
      async accumulateGhosts(gradients, width, meanwhile) {
        const ghosts = ghostRows(gradients, local, width);
        const sent = await device.read(ghosts);
        await halo.accumulateGhosts(gradients, width, meanwhile);
        assert.deepEqual(bits(await device.read(ghosts)), bits(sent));
      },
    }));
  });

  Deno.test(`case ${name} runs its costly kernels while messages travel`, async () => {
    counter.kernels = COSTLY[(await readCaseFile(casePath(name))).config.network];
    const counts = { update: 0, accumulate: 0 };
    const counting = (part: keyof typeof counts, meanwhile?: () => void) => () => {
      const before = counter.count;
      meanwhile?.();
      counts[part] += counter.count - before;
    };
    await step(name, (halo) => ({
      updateGhosts: (values, width, meanwhile) =>
        halo.updateGhosts(values, width, counting("update", meanwhile)),
      accumulateGhosts: (values, width, meanwhile) =>
        halo.accumulateGhosts(values, width, counting("accumulate", meanwhile)),
    }));
    assert.ok(counts.update > 0 && counts.accumulate > 0, JSON.stringify(counts));
  });
}
