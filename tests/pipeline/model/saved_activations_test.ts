import assert from "node:assert/strict";
import { type DsmpnnConfig, parseNetworkConfig } from "../../../pipeline/model/config.ts";
import {
  countSavedBlocks,
  SAVED_ACTIVATION_MIB,
  savedBytes,
} from "../../../pipeline/model/saved_activations.ts";

const MIB = 2 ** 20;

/** Two hops of width 8. */
function networkWith(kernelHidden: readonly number[]): DsmpnnConfig {
  const config = {
    network: "dsmpnn",
    inputs: 3,
    outputs: 1,
    width: 8,
    hops: 2,
    encoderHidden: [4],
    decoderHidden: [4],
    kernelHidden,
    hopActivation: "identity",
    residual: true,
    rootWeight: false,
    hopNorm: "none",
    edgeUpdate: "decoded",
  };
  return parseNetworkConfig(config, "the test") as DsmpnnConfig;
}

Deno.test(
  "savedBytes() counts the moments and all kernel layers except the first, of every hop",
  () => {
    const block = { edgeCount: 100, receiverCount: 10 };
    assert.equal(
      savedBytes(networkWith([16, 32, 5]), block),
      2 * 4 * (100 * (32 + 5) + 10 * (5 + 1) * 8),
    );
    assert.equal(savedBytes(networkWith([5]), block), 2 * 4 * 10 * (5 + 1) * 8);
  },
);

Deno.test("countSavedBlocks() counts the leading blocks that fit together", () => {
  const config = networkWith([4, 4]);
  const block = { edgeCount: 90, receiverCount: 1 };
  const bytes = savedBytes(config, block);
  const small = { edgeCount: 1, receiverCount: 1 };
  const count = (maxBytes: number) =>
    countSavedBlocks(config, [block, block, block, small], maxBytes);
  assert.equal(count(0), 0);
  assert.equal(count(bytes - 1), 0);
  assert.equal(count(bytes), 1);
  assert.equal(count(3 * bytes - 1), 2);
  assert.equal(count(Infinity), 4);
  assert.equal(countSavedBlocks(config, [], 0), 0);
});

Deno.test("countSavedBlocks() allows 160 MiB by default", () => {
  const config = networkWith([4, 4]);
  const block = { edgeCount: 30_000, receiverCount: 1000 };
  const blocks = Array.from({ length: 500 }, () => block);
  assert.equal(SAVED_ACTIVATION_MIB, 160);
  assert.equal(countSavedBlocks(config, blocks), Math.floor(160 * MIB / savedBytes(config, block)));
});
