import assert from "node:assert/strict";
import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import {
  denormaliseTargets,
  type Normalisation,
  normaliseTargets,
  readNormalisation,
} from "../../../pipeline/training/normalisation.ts";
import { MESH } from "../../../pipeline/batches/batch_schemas.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import {
  type Divisors,
  divisorsText,
  targetDivisors,
  targetPowers,
} from "../../../pipeline/training/target_divisors.ts";
import { runStage } from "../../support/run_stage.ts";
import { meshBatch } from "../stages/meshes.ts";

const INPUTS = ["x", "speed", "height"];
const TARGETS = ["velocity.x", "velocity.y", "pressure"];
const DIVISORS = { velocity: { speed: 1 }, pressure: { speed: 2, height: 0.5 } };

Deno.test("targetPowers() accepts fields and components, and names unknown ones", () => {
  assert.deepEqual(
    [...targetPowers(DIVISORS, INPUTS, TARGETS)],
    [0, 1, 0, 0, 1, 0, 0, 2, 0.5],
  );
  assert.deepEqual(
    [...targetPowers({ "velocity.y": { height: 1 } }, INPUTS, TARGETS)],
    [0, 0, 0, 0, 0, 1, 0, 0, 0],
  );
  assert.equal(targetPowers({}, INPUTS, TARGETS).length, 0);
  const refused = [
    [
      { presure: { speed: 2 } },
      'target "presure": .* no target of that name, did you mean "pressure"\\?$',
    ],
    [{ pressure: { sped: 2 } }, 'input "sped": .* no input of that name, did you mean "speed"\\?$'],
    [{ toString: { speed: 2 } }, 'target "toString"'],
  ] as const;
  for (const [divisors, message] of refused) {
    assert.throws(() => targetPowers({ ...divisors }, INPUTS, TARGETS), {
      name: "UserError",
      message: new RegExp(`^Cannot divide targets with ${message}`),
    });
  }
});

Deno.test("divisorsText() names every factor", () => {
  const text = (divisors: Divisors) =>
    divisorsText(targetPowers(divisors, INPUTS, TARGETS), INPUTS, TARGETS);
  assert.equal(
    text(DIVISORS),
    "velocity.x / speed, velocity.y / speed, pressure / speed^2 / height^0.5",
  );
  assert.equal(text({}), "");
});

Deno.test("targetDivisors() are products of powers, of inputs of either sign", () => {
  const input = Float32Array.of(0.1, 3, 4, 0.2, -2, 9, 7, 7, 7);
  const powers = targetPowers(DIVISORS, INPUTS, TARGETS);
  assert.deepEqual([...targetDivisors(input, 2, powers, INPUTS)!], [3, 3, 18, 2, 2, 12]);
  assert.equal(targetDivisors(input, 2, new Float64Array(0), INPUTS), undefined);
});

Deno.test("targetDivisors() take the magnitude of a field of several components", () => {
  const inputs = ["x", "inlet.x", "inlet.y"];
  const targets = ["velocity.x", "pressure"];
  const input = Float32Array.of(9, 3, -4, 9, 0, 2);
  const of = (divisors: Divisors) => {
    const powers = targetPowers(divisors, inputs, targets);
    return [...targetDivisors(input, 2, powers, inputs)!];
  };
  assert.deepEqual(of({ velocity: { inlet: 1 }, pressure: { inlet: 2 } }), [5, 25, 2, 4]);
  assert.deepEqual(of({ pressure: { "inlet.y": 2 } }), [1, 16, 1, 4]);
  const powers = targetPowers({ pressure: { inlet: 2, x: 1 } }, inputs, targets);
  assert.equal(divisorsText(powers, inputs, targets), "pressure / x / |inlet|^2");
  assert.throws(() => targetPowers({ pressure: { inlet: 2, "inlet.y": 1 } }, inputs, targets), {
    name: "UserError",
    message: /pressure by components of "inlet": they must have one power/,
  });
});

/**
 * A mesh with the targets `solution` = coefficient² · (shape + 1), where each mesh has one
 * coefficient.
 */
function scaledMesh(id: string, coefficient: number): RecordBatch {
  // One shape for all: the uniform numbers of one mesh.
  const mesh = meshBatch("a", 30);
  const row = mesh.row(0);
  const names = {
    inputNames: mesh.texts("inputNames", 0),
    targetNames: mesh.texts("targetNames", 0),
  };
  const input = (row.input as Float32Array).map((value, k) => k % 3 === 2 ? coefficient : value);
  const target = (row.target as Float32Array).map((value) => coefficient ** 2 * (value + 1));
  return createRecordBatch(MESH, [{
    ...row,
    ...names,
    units: mesh.texts("units", 0),
    id,
    input,
    target,
  }]);
}

const meshes = [scaledMesh("slow", 0.5), scaledMesh("fast", 4)];
const numbers = (batch: RecordBatch, name: string) => batch.list(name, 0, "float32");
const inputsOf = (batch: RecordBatch) => ({
  input: numbers(batch, "input"),
  inputNames: batch.texts("inputNames", 0),
});

Deno.test(
  "With divisors, flows that differ in their speed alone have the same normalised " + "targets",
  async () => {
    const options = { divisors: { solution: { coefficient: 2 } } };
    const normalisation = readNormalisation((await runStage(statistics, options, meshes))[0]);
    const [slow, fast] = meshes.map((mesh) =>
      normaliseTargets(numbers(mesh, "target"), inputsOf(mesh), normalisation)
    );
    // Powers of two: the same bits.
    assert.deepEqual(slow, fast);
    const sum = slow.reduce((sum, value) => sum + value, 0);
    const squares = slow.reduce((sum, v) => sum + v * v, 0);
    assert.ok(Math.abs(sum) < 1e-4 && Math.abs(squares / 30 - 1) < 1e-5, "z-scores");
    for (const [k, mesh] of meshes.entries()) {
      const back = denormaliseTargets([slow, fast][k], inputsOf(mesh), normalisation);
      const truth = numbers(mesh, "target");
      for (const [node, value] of back.entries()) {
        assert.ok(Math.abs(value / truth[node] - 1) < 1e-6, `${value} instead of ${truth[node]}`);
      }
    }
  },
);

Deno.test("Errors stay relative to the deviation in physical units, divided or not", async () => {
  const read = async (options: Record<string, unknown>): Promise<Normalisation> =>
    readNormalisation((await runStage(statistics, options, meshes))[0]);
  const plain = await read({});
  const referred = await read({ divisors: { solution: { coefficient: 2 } } });
  assert.deepEqual(plain.targetDeviation, plain.targetScale);
  assert.equal(plain.targetPowers.length, 0);
  assert.deepEqual(referred.targetDeviation, plain.targetScale);
  assert.ok(referred.targetScale[0] < 0.1 * plain.targetScale[0]);
});

Deno.test("statistics refuses a divisor of 0, and invalid powers", async () => {
  const run = (divisors: unknown) =>
    runStage(statistics, { divisors }, [scaledMesh("still", 0), ...meshes]);
  await assert.rejects(run({ solution: { coefficient: 1 } }), {
    name: "DataError",
    message: /solution of sample "still" by its divisor: it must be > 0 .* it is 0 at node 0/,
  });
  for (const power of [-1, 0, NaN, "2", 1e3]) {
    await assert.rejects(run({ solution: { coefficient: power } }), /coefficient/, String(power));
  }
});
