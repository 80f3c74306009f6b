import assert from "node:assert/strict";
import { parseNetworkConfig } from "../../../pipeline/model/config.ts";
import { Adam, oneCycleRate } from "../../../pipeline/model/optimizer.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { ParameterMean } from "../../../pipeline/model/parameter_mean.ts";
import { scheduledRate } from "../../../pipeline/model/rate_schedule.ts";
import { decayed, decayingElements } from "../../../pipeline/model/weight_decay.ts";
import torch from "../../fixtures/optimizer/schedules.json" with { type: "json" };

/** Elements of the weight, which decays; those of the bias follow. */
const WEIGHT = [{ start: 0, end: 4 }];

for (const name of ["cosine", "constant"] as const) {
  Deno.test(`Adam with weight decay and the schedule ${name} takes the steps of PyTorch`, () => {
    const { initial, gradients, rates, parameters: expected } = torch[name];
    const { steps, rate: peakRate, weightDecay } = torch;
    const parameters = Float32Array.from(initial);
    const adam = new Adam(parameters.length);
    for (const [step, gradient] of gradients.entries()) {
      const rate = scheduledRate(name, step, { steps, peakRate, warmup: 0.3 });
      assert.ok(Math.abs(rate - rates[step]) < 1e-12, `${rate} for ${rates[step]}`);
      const smaller = decayed(parameters, WEIGHT, 1 - rate * weightDecay);
      adam.prepare(smaller, Float32Array.from(gradient), rate);
      adam.apply(parameters);
    }
    parameters.forEach((value, k) => assert.ok(Math.abs(value - expected[k]) < 1e-6));
  });
}

Deno.test("scheduledRate() of one cycle is that of earlier versions", () => {
  const options = { steps: 20, peakRate: 0.1, warmup: 0.3 };
  for (let step = 0; step < 20; step++) {
    assert.equal(scheduledRate("one-cycle", step, options), oneCycleRate(step, options));
  }
});

Deno.test("decayingElements() are the weights of both networks, without biases and norms", () => {
  const sizes = { width: 3, hops: 2, encoderHidden: [3], decoderHidden: [3], kernelHidden: [3] };
  const rule = { hopActivation: "gelu", residual: true, rootWeight: true, hopNorm: "layer" };
  const configs = [
    { network: "dsmpnn", inputs: 3, outputs: 1, ...sizes, ...rule, edgeUpdate: "decoded" },
    { network: "gcn", inputs: 3, outputs: 1, width: 3, layers: 3 },
  ];
  for (const given of configs) {
    const config = parseNetworkConfig(given, "the test");
    const { tensors } = new ParameterLayout(config);
    const names = decayingElements(config).map(({ start }) =>
      tensors.find(({ offset }) => offset === start)!.name
    );
    const others = tensors.map(({ name }) => name).filter((name) => !names.includes(name));
    assert.ok(names.every((name) => /weight$|^hop\.root$/.test(name)), names.join());
    assert.ok(others.every((name) => /bias$|norm/i.test(name)), others.join());
  }
});

Deno.test("ParameterMean is the closed form of an exponential mean, with a fast start", () => {
  const mean = new ParameterMean(0.9, Float32Array.of(1));
  const values = Array.from({ length: 200 }, (_, k) => Math.sin(k));
  let expected = 1;
  for (const [k, value] of values.entries()) {
    mean.add(Float32Array.of(value), k + 1);
    const decay = Math.min(0.9, (k + 2) / (k + 11));
    expected = decay * expected + (1 - decay) * value;
    assert.ok(Math.abs(mean.values[0] - expected) < 1e-5);
  }
  // The first step counts 9 / 11, so that the initial parameters are soon forgotten.
  const early = new ParameterMean(0.999, Float32Array.of(0));
  early.add(Float32Array.of(11), 1);
  assert.ok(Math.abs(early.values[0] - 9) < 1e-6);
});
