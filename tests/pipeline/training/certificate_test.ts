import assert from "node:assert/strict";
import { createCpuDevice } from "../../../kernels/cpu/cpu_device.ts";
import { allReduce } from "../../../pipeline/engine/channels/collective.ts";
import { inMemoryPeers } from "../../../pipeline/engine/channels/peers.ts";
import { localGraphs } from "../../../pipeline/graph/local_graph.ts";
import { partitionNodes } from "../../../pipeline/graph/partition_nodes.ts";
import { GradientStepper } from "../../../pipeline/model/gradient_step.ts";
import { type HaloExchange, NO_HALO, RankHalo } from "../../../pipeline/model/halo.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { readCaseFile } from "../../../pipeline/training/case_file.ts";
import {
  type Certificate,
  CERTIFICATE_FLOOR,
  certifyStep,
  GRADIENT_TOLERANCE,
  gradientErrors,
  isWithinTolerance,
  largestDifference,
  LOSS_TOLERANCE,
  relativeError,
} from "../../../pipeline/training/certificate.ts";
import { GIVEN_GRAPH, type GraphRow } from "../../../pipeline/batches/graph_rows.ts";
import { PeerMessages } from "../../../pipeline/training/peer_messages.ts";
import { RankNetwork } from "../../../pipeline/training/rank_network.ts";
import { casePath } from "../../support/case_files.ts";
import { partOf, sampleOfCase } from "../../support/sample.ts";

/** The numbers that a rank passes to the certificate. */
interface Step {
  loss: number;
  readonly gradient: Float32Array;
  readonly prediction: Float32Array;
}

/**
 * The certificate of a step of a case on 3 ranks, after `corrupt` has changed each rank's part.
 */
async function certify(
  name: string,
  corrupt: (step: Step, rank: number) => void = () => {},
  accumulateGhosts?: (
    halo: HaloExchange,
    ...exchange: Parameters<HaloExchange["accumulateGhosts"]>
  ) => Promise<void>,
): Promise<Certificate> {
  const file = await readCaseFile(casePath(name));
  const device = createCpuDevice();
  const ranks = 3;
  const whole = sampleOfCase(file);
  const locals = localGraphs(
    whole.graph,
    partitionNodes(file.position, file.dimensions, ranks),
    ranks,
  );
  const certificates = await Promise.all(
    inMemoryPeers(ranks).map(async (peers, rank) => {
      const network = new RankNetwork(device, file.config, peers);
      const sample = partOf(whole, locals[rank]);
      network.setParameters(file.parameters);
      const halo = new RankHalo(device, new PeerMessages(peers));
      halo.setPlan(locals[rank]);
      const { loss, gradient } = await new GradientStepper(device, network.network).step(sample, {
        updateGhosts: (...exchange) => halo.updateGhosts(...exchange),
        accumulateGhosts: (...exchange) =>
          accumulateGhosts?.(halo, ...exchange) ?? halo.accumulateGhosts(...exchange),
      }, (gradient, totals) => allReduce(peers, gradient, totals));
      const step = { loss, gradient: gradient.slice(), prediction: await network.predict(sample) };
      corrupt(step, rank);
      const graph: GraphRow = {
        ...locals[rank],
        rule: GIVEN_GRAPH,
        index: 0,
        id: name,
        step: 0,
        steps: 1,
        epoch: 0,
        round: 0,
        rounds: 1,
        inputNames: [],
        targetNames: [],
        units: [],
        dimensions: 2,
        valueOffset: new Float64Array(0),
        ...sample,
        ...locals[rank],
      };
      return await certifyStep(
        device,
        file.config,
        peers,
        { graph, sample, prediction: step.prediction },
        file.parameters,
        step,
      );
    }),
  );
  assert.deepEqual(certificates.slice(1), [undefined, undefined]);
  assert.ok(certificates[0]);
  return certificates[0];
}

for (
  const name of [
    "hub",
    "odd_widths",
    "gcn_repeated_edges",
    "nodes_without_edges",
    "one_node",
    "uncounted_region",
    "gradient_loss",
    "gradient_loss_by_length",
  ]
) {
  Deno.test(`certifyStep() accepts a correct step of case ${name}`, async () => {
    const certificate = await certify(name);
    assert.equal(certificate.ranks, 3);
    assert.ok(isWithinTolerance(certificate), JSON.stringify(certificate));
  });
}

Deno.test("certifyStep() detects a step without the gradient through the halo", async () => {
  for (const name of ["hub", "odd_widths", "gcn_repeated_edges"]) {
    const { gradientError } = await certify(
      name,
      () => {},
      (_, ...exchange) => NO_HALO.accumulateGhosts(...exchange),
    );
    assert.ok(gradientError > 10 * GRADIENT_TOLERANCE, `${name}: ${gradientError}`);
  }
  // Only the gradients by the errors stay: latents have more columns than the two outputs.
  for (const name of ["gradient_loss", "gradient_loss_by_length"]) {
    const { gradientError, lossError } = await certify(
      name,
      () => {},
      (halo, values, width, meanwhile) =>
        (width === 2 ? NO_HALO : halo).accumulateGhosts(values, width, meanwhile),
    );
    assert.ok(gradientError > 10 * GRADIENT_TOLERANCE, `${name}: ${gradientError}`);
    assert.ok(lossError < LOSS_TOLERANCE, `${name}: ${lossError}`);
  }
});

Deno.test(
  "certifyStep() detects a wrong gradient, loss or prediction, and values that are " + "not finite",
  async () => {
    const at = (values: Float32Array) =>
      values.reduce((most, value, k) => Math.abs(value) > Math.abs(values[most]) ? k : most, 0);
    const wrong: Record<string, (step: Step, rank: number) => void> = {
      gradientError: ({ gradient }) => gradient[at(gradient)] *= 1 + 1e-4,
      lossError: (step) => step.loss *= 1 + 1e-5,
      predictionError: ({ prediction }, rank) => rank === 1 && (prediction[at(prediction)] += 1e-4),
    };
    for (const [error, corrupt] of Object.entries(wrong)) {
      const certificate = await certify("hub", corrupt);
      assert.ok(!isWithinTolerance(certificate), `${error}: ${JSON.stringify(certificate)}`);
      for (const other of Object.keys(wrong)) {
        const alone = { ...certificate, [error]: 0 };
        if (other === error) assert.ok(isWithinTolerance(alone), `only ${error} is wrong`);
      }
    }
    assert.equal(
      (await certify("hub", ({ prediction }) => prediction.fill(NaN))).predictionError,
      Infinity,
    );
    assert.equal(
      (await certify("hub", ({ gradient }) => gradient.fill(NaN))).gradientError,
      Infinity,
    );
    assert.ok(!isWithinTolerance(await certify("hub", (step) => step.loss = NaN)));
  },
);

Deno.test(
  "relativeError() and largestDifference() are of the largest value, and infinite for NaN on " +
    "either side",
  () => {
    assert.equal(relativeError([1, -3.5], [1, -4]), 0.125);
    assert.equal(relativeError([0.25], [0]), 0.25);
    assert.equal(relativeError([], []), 0);
    assert.equal(largestDifference([1, NaN, 2], [1, 5, 9]), Infinity);
    assert.equal(largestDifference([1, 2], [NaN, 9]), Infinity);
    assert.equal(largestDifference([Infinity], [1]), Infinity);
  },
);

Deno.test(
  "gradientErrors() measures each tensor by its own largest value, but noise by all " +
    "gradients",
  () => {
    const layout = new ParameterLayout({
      network: "gcn",
      inputs: 1,
      outputs: 1,
      width: 2,
      layers: 1,
    });
    const { byTensor, worst } = gradientErrors(
      layout,
      Float32Array.of(2.5, 0.5),
      Float32Array.of(2, 0.5),
    );
    assert.deepEqual({ byTensor, worst }, {
      byTensor: { "gcn.0.weight": 0.25, "gcn.0.bias": 0 },
      worst: 0.25,
    });
    // 1e-6 of the largest gradient is as much as is allowed, whatever the size of the tensor.
    const noise = gradientErrors(layout, Float32Array.of(1, 2e-6), Float32Array.of(1, 1e-6));
    assert.ok(Math.abs(noise.byTensor["gcn.0.bias"] - 3e-5) < 1e-9);
    // Two float32 gradients of real data: ten times as much.
    const twice = gradientErrors(
      layout,
      Float32Array.of(1, 2e-6),
      Float32Array.of(1, 1e-6),
      CERTIFICATE_FLOOR,
    );
    assert.ok(Math.abs(twice.byTensor["gcn.0.bias"] - 3e-6) < 1e-9);
  },
);
