import assert from "node:assert/strict";
import { fillUniform, hash } from "../../../../pipeline/graph/random.ts";
import { drawnBytes } from "../../../../pipeline/reporting/maps/draw_sample.ts";
import { sampleGallery } from "../../../../pipeline/reporting/maps/sample_gallery.ts";
import type { ReportSample } from "../../../../pipeline/reporting/report_data.ts";

/** A sample of noise, which does not compress, on a square grid. */
function noiseSample(id: string, side: number, targetCount: number): ReportSample {
  const nodeCount = side * side;
  const noise = (seed: number) => fillUniform(hash(seed), new Float32Array(nodeCount));
  return {
    label: "",
    id,
    relativeL2: 1,
    dimensions: 2,
    position: Float32Array.from(
      { length: 2 * nodeCount },
      (_, k) => k % 2 === 0 ? Math.floor((k >> 1) / side) : (k >> 1) % side,
    ),
    gridShape: [side, side],
    inputs: [],
    targets: Array.from({ length: targetCount }, (_, k) => ({
      name: `target ${k}`,
      unit: "",
      truth: noise(k),
      predicted: noise(100 + k),
    })),
    owner: new Uint32Array(nodeCount),
  };
}

const errors = (count: number) =>
  Array.from({ length: count }, (_, k) => ({ id: `${k}`, relativeL2: (k * 7 % count) / count }));

Deno.test("sampleGallery() draws median, worst, best, then what fits", async () => {
  const samples = errors(40);
  const draw = (maxBytes: number) =>
    sampleGallery(
      samples,
      ({ number, label }) => Promise.resolve({ ...noiseSample(`${number}`, 16, 1), label }),
      maxBytes,
    );
  const all = await draw(1e7);
  assert.equal(all.length, 40);
  assert.equal(new Set(all.map(({ id }) => id)).size, 40);
  assert.deepEqual(all.slice(0, 4).map(({ label }) => label), ["median", "worst", "best", ""]);
  assert.deepEqual(all.slice(0, 3).map(({ id }) => samples[Number(id)].relativeL2), [
    19 / 40,
    39 / 40,
    0,
  ]);
  const few = await draw(100_000);
  assert.ok(few.length > 3 && few.length < 40);
  assert.ok(few.reduce((sum, sample) => sum + drawnBytes(sample), 0) <= 100_000);
});

Deno.test("sampleGallery() bounds pictures of noise, and names further fields", async () => {
  const [only, ...others] = await sampleGallery(
    errors(1),
    () => Promise.resolve(noiseSample("a", 200, 30)),
    1_000_000,
  );
  assert.equal(others.length, 0);
  assert.ok(drawnBytes(only) < 260_000);
  assert.equal(only.views[0].targets.length, 8);
  assert.deepEqual([only.omitted.length, only.omitted[0]], [22, "target 8"]);
});

Deno.test("sampleGallery() draws curves in 1-D, and samples without a relative error", async () => {
  const position = Float32Array.from({ length: 1000 }, (_, k) => 999 - k);
  const sample: ReportSample = {
    ...noiseSample("rod", 1, 0),
    dimensions: 1,
    position,
    inputs: [],
    targets: [{ name: "T", unit: "K", truth: position, predicted: position }],
    owner: new Uint32Array(1000),
  };
  const [drawn] = await sampleGallery(
    [{ id: "rod", relativeL2: undefined }],
    () => Promise.resolve(sample),
  );
  const { x, truth } = drawn.curves[0];
  assert.ok(x.length <= 301 && x[0] === 0 && x.at(-1) === 999);
  assert.deepEqual(truth, x);
});
