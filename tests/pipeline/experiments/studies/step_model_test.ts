import assert from "node:assert/strict";
import {
  allReduce,
  REDUCE_SCATTER_BYTES,
} from "../../../../pipeline/engine/channels/collective.ts";
import { inMemoryPeers } from "../../../../pipeline/engine/channels/peers.ts";
import { TimedPeers } from "../../../../pipeline/engine/channels/timed_peers.ts";
import { fillUniform, hash } from "../../../../pipeline/graph/random.ts";
import {
  countedTraffic,
  crossing,
  fitStepModel,
  modelTimes,
  type TimedStep,
} from "../../../../pipeline/experiments/studies/step_model.ts";

const MODEL = {
  edgeSeconds: 2e-6,
  nodeSeconds: 3e-5,
  stepSeconds: 1e-3,
  messageSeconds: 2e-4,
  byteSeconds: 1e-9,
  computeResidual: 0,
  communicationResidual: 0,
};

/** Steps of 1 to 4 ranks with exactly the times of the model. */
function modelSteps(): TimedStep[] {
  return Array.from({ length: 24 }, (_, k) => {
    const ranks = 1 + k % 4;
    const uniform = fillUniform(hash(k, "load"), new Float32Array(4 * ranks));
    const loads = Array.from({ length: ranks }, (_, rank) => ({
      edges: Math.round(1e5 * uniform[4 * rank]),
      nodes: Math.round(3e3 * uniform[4 * rank + 1]),
      messages: 10 * (ranks - 1),
      bytes: ranks === 1 ? 0 : Math.round(1e7 * uniform[4 * rank + 2]),
    }));
    return {
      loads,
      computeSeconds: loads.map((load) => modelTimes(MODEL, [load]).computeSeconds),
      communicationSeconds: modelTimes(MODEL, loads).communicationSeconds,
    };
  });
}

Deno.test("fitStepModel() recovers the costs of an edge, a node, a message and a byte", () => {
  const model = fitStepModel(modelSteps());
  for (
    const name of [
      "edgeSeconds",
      "nodeSeconds",
      "stepSeconds",
      "messageSeconds",
      "byteSeconds",
    ] as const
  ) {
    assert.ok(Math.abs(model[name] / MODEL[name] - 1) < 1e-6, `${name}: ${model[name]}`);
  }
  assert.ok(model.computeResidual < 1e-9 && model.communicationResidual < 1e-9);
});

Deno.test("fitStepModel() leaves the cost of messages undefined if no rank sends any", () => {
  const model = fitStepModel(modelSteps().filter(({ loads }) => loads.length === 1));
  assert.ok(Number.isNaN(model.messageSeconds) && Number.isNaN(model.communicationResidual));
  assert.ok(model.edgeSeconds > 0);
});

Deno.test("crossing() finds the size at which a power law crosses the limit", () => {
  const points = [10, 40, 160, 640].map((size) => ({ size, share: 3 / size }));
  assert.ok(Math.abs(crossing(points, 0.15)! - 20) < 1e-9);
  assert.equal(crossing(points, 0.5), undefined);
  assert.equal(crossing(points, 0.001), undefined);
});

for (const [kind, length] of [["small", 1000], ["large", REDUCE_SCATTER_BYTES / 2]] as const) {
  Deno.test(`countedTraffic() equals that of an all-reduce of a ${kind} gradient`, async () => {
    for (const ranks of [1, 2, 3, 5]) {
      const peers = inMemoryPeers(ranks).map((peers) => new TimedPeers(peers));
      await Promise.all(
        peers.map((one) => allReduce(one, new Float32Array(length), new Float64Array(2))),
      );
      const counted = countedTraffic({
        operations: 0,
        forwardHalos: 0,
        forwardHaloBytes: 0,
        backwardHalos: 0,
        backwardHaloBytes: 0,
        errorBytes: 0,
        reduceBytes: length * Float32Array.BYTES_PER_ELEMENT,
      }, ranks);
      for (const { sentMessages, sentBytes } of peers) {
        assert.equal(sentMessages, counted.messages);
        const frames = (sentBytes - counted.bytes) / Math.max(1, sentMessages);
        // Parts of a gradient differ by one value.
        assert.ok(
          frames >= -4 && frames < 1000,
          `${sentBytes} for ${counted.bytes} on ${ranks} ranks`,
        );
      }
    }
  });
}
