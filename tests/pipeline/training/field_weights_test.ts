import assert from "node:assert/strict";
import { join } from "node:path";
import partition from "../../../pipeline/stages/partition.ts";
import sample from "../../../pipeline/stages/sample.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import train from "../../../pipeline/stages/train.ts";
import { weightedTargets } from "../../../pipeline/training/field_weights.ts";
import { readModelFile } from "../../../pipeline/training/model_file.ts";
import { normaliseTargets } from "../../../pipeline/training/normalisation.ts";
import { runStage, runStageIn } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { meshBatch } from "../stages/meshes.ts";

const NORMALISATION = {
  inputMean: new Float64Array(2),
  inputScale: new Float64Array([1, 1]),
  targetMean: new Float64Array([1, 2, 3]),
  targetScale: new Float64Array([2, 4, 5]),
  targetPowers: new Float64Array(0),
  targetDeviation: new Float64Array([2, 4, 5]),
  valueOffset: new Float64Array(0),
};
const TARGETS = ["velocity.x", "velocity.y", "pressure"];
const NODES = { input: new Float32Array(2), inputNames: ["x", "y"] };

Deno.test("weightedTargets() multiplies the squared errors of a field or a component", () => {
  const errorsWith = (weights: Readonly<Record<string, number>>) => {
    const normalisation = weightedTargets(NORMALISATION, weights, TARGETS);
    assert.deepEqual(normalisation.targetDeviation, NORMALISATION.targetDeviation);
    const [a, b] = [[1, 2, 3], [3, 6, 8]].map((row) =>
      normaliseTargets(Float32Array.from(row), NODES, normalisation)
    );
    return [...a].map((value, k) => Math.fround((value - b[k]) ** 2));
  };
  assert.deepEqual(errorsWith({}), [1, 1, 1]);
  assert.deepEqual(errorsWith({ velocity: 4 }), [4, 4, 1]);
  assert.deepEqual(errorsWith({ "velocity.y": 9, pressure: 0.25 }), [1, 9, 0.25]);
  assert.throws(() => weightedTargets(NORMALISATION, { presure: 4 }, TARGETS), {
    name: "UserError",
    message:
      /^Cannot weight "presure" in the loss: it must be a target, did you mean "pressure"\?$/,
  });
});

Deno.test("train with fieldWeights writes a model with weighted scales and its own units", () =>
  inTemporaryDirectory(async (directory) => {
    const meshes = [meshBatch("a", 20)];
    const scales = await runStage(statistics, {}, meshes);
    const subdomains = await runStage(partition, {}, meshes);
    const graphs = await runStage(sample, { radius: 0.5, maxEdges: 4 }, subdomains);
    const sizes = { width: 2, hops: 1, encoderHidden: [2], decoderHidden: [2], kernelHidden: [2] };
    const trained = async (name: string, options: object) => {
      const all = { ...sizes, device: "cpu", modelFile: `${name}.safetensors`, ...options };
      await runStageIn(directory, train, all, graphs, scales);
      return (await readModelFile(join(directory, all.modelFile))).model.normalisation;
    };
    const plain = await trained("plain", {});
    const weighted = await trained("weighted", { fieldWeights: { solution: 4 } });
    assert.deepEqual(weighted.targetScale, plain.targetScale.map((scale) => scale / 2));
    assert.deepEqual(weighted.targetDeviation, plain.targetDeviation);
    assert.deepEqual(plain.targetDeviation, plain.targetScale);
    const initFrom = join(directory, "plain.safetensors");
    await assert.rejects(trained("other", { fieldWeights: { solution: 2 }, initFrom }), {
      name: "UserError",
      message: /with fieldWeights: .* must be those of the model; omit fieldWeights$/,
    });
  }));
