/**
 * A complete report of Darcy flow: real fields on a small grid, real metrics and baselines, and a
 * prediction that is off by a smooth error with a jump at the subdomain borders.
 *
 * @module
 */

import {
  MeanFieldBaseline,
  NearestSampleBaseline,
} from "../../../pipeline/reporting/metrics/baselines.ts";
import { MetricsAccumulator } from "../../../pipeline/reporting/metrics/metrics.ts";
import { DensityAccumulator } from "../../../pipeline/reporting/metrics/value_density.ts";
import { drawSample } from "../../../pipeline/reporting/maps/draw_sample.ts";
import type {
  DrawnSample,
  MetricsRow,
  ReportData,
  ReportSample,
} from "../../../pipeline/reporting/report_data.ts";

const FIELDS = [{ name: "solution u", components: 1, unit: "" }];
const MODES = 9;

/** Numbers in [0, 1) that are the same on every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  while (true) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** A smooth field of deviation about 1: a sum of cosines with falling amplitudes. */
function smoothField(n: number, seed: number, decay: number): Float64Array {
  const random = numbers(seed * 2654435 + 17);
  const field = new Float64Array(n * n);
  for (let p = 0; p < MODES; p++) {
    for (let q = 0; q < MODES; q++) {
      if (p + q === 0) continue;
      const amplitude = (random.next().value - 0.5) * 6 / (1 + p * p + q * q) ** decay;
      for (let i = 0; i < n; i++) {
        const wave = amplitude * Math.cos(Math.PI * p * i / (n - 1));
        for (let j = 0; j < n; j++) field[i * n + j] += wave * Math.cos(Math.PI * q * j / (n - 1));
      }
    }
  }
  return field;
}

/** −∇·(a ∇u) = 1 with u = 0 on the boundary: five-point finite volumes, conjugate gradients. */
function solveDarcy(a: ArrayLike<number>, n: number): Float64Array {
  const scale = (n - 1) ** 2;
  const apply = (u: Float64Array, out: Float64Array) => {
    for (let i = 1; i < n - 1; i++) {
      for (let j = 1; j < n - 1; j++) {
        const k = i * n + j;
        let flux = 0;
        for (const other of [k - n, k + n, k - 1, k + 1]) {
          flux += 2 * a[k] * a[other] / (a[k] + a[other]) * (u[k] - u[other]);
        }
        out[k] = flux * scale;
      }
    }
  };
  const u = new Float64Array(n * n);
  const residual = new Float64Array(n * n);
  for (let i = 1; i < n - 1; i++) residual.fill(1, i * n + 1, i * n + n - 1);
  const direction = residual.slice();
  const product = new Float64Array(n * n);
  let square = dot(residual, residual);
  const target = square * 1e-14;
  for (let iteration = 0; iteration < 20 * n && square > target; iteration++) {
    apply(direction, product);
    const step = square / dot(direction, product);
    for (let k = 0; k < u.length; k++) {
      u[k] += step * direction[k];
      residual[k] -= step * product[k];
    }
    const next = dot(residual, residual);
    for (let k = 0; k < u.length; k++) direction[k] = residual[k] + next / square * direction[k];
    square = next;
  }
  return u;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function gridPosition(n: number): Float32Array {
  return Float32Array.from({ length: 2 * n * n }, (_, k) => {
    const node = k >> 1;
    return (k % 2 === 0 ? Math.floor(node / n) : node % n) / (n - 1);
  });
}

/**
 * @param n Nodes along each side
 * @param testCount Test samples
 * @param trainCount Training samples of the baselines
 */
export async function darcyReport(
  n: number,
  testCount: number,
  trainCount: number,
): Promise<ReportData> {
  const position = gridPosition(n);
  const mesh = { dimensions: 2, position };
  const darcy = (seed: number) => {
    const coefficient = smoothField(n, seed, 0.6).map((value) => value > 0 ? 12 : 3);
    return { coefficient, solution: solveDarcy(coefficient, n) };
  };
  const owner = Uint32Array.from(
    { length: n * n },
    (_, k) =>
      (position[2 * k] > 0.49 ? 1 : 0) +
      (position[2 * k + 1] > (position[2 * k] > 0.49 ? 0.58 : 0.44) ? 2 : 0),
  );
  const border = Uint8Array.from(
    owner,
    (rank, k) =>
      [k - 2, k + 2, k - 2 * n, k + 2 * n].some((other) => (owner[other] ?? rank) !== rank) ? 1 : 0,
  );

  const mean = new MeanFieldBaseline();
  const training = Array.from({ length: trainCount }, (_, k) => {
    const { coefficient, solution } = darcy(1000 + k);
    return { ...mesh, id: `train-${k}`, input: coefficient, target: solution };
  });
  const nearest = new NearestSampleBaseline((number) => Promise.resolve(training[number]));
  for (const sample of training) {
    mean.add(sample);
    nearest.add(sample);
  }
  const rows = (["network", "nearestSample", "trainingMean"] as const)
    .map((method) => ({ method, errors: new MetricsAccumulator(FIELDS, [0.0032]) }));
  const tests = await Promise.all(Array.from({ length: testCount }, async (_, k) => {
    const { coefficient, solution } = darcy(k);
    const size = 0.00011 * (0.6 + ((k * 0.618) % 1) ** 2 * 1.6);
    const noise = smoothField(n, 5000 + k, 0.3);
    const predicted = solution.map((value, node) =>
      value + size * noise[node] * (border[node] ? 1.15 : 1)
    );
    const id = `test-${String(k).padStart(4, "0")}`;
    const query = { ...mesh, input: coefficient };
    const [nearestTarget] = await Array.fromAsync(nearest.predict([query]));
    const predictions = [predicted, nearestTarget, mean.predict(query)];
    return { id, coefficient, solution, predicted, predictions };
  }));
  const densities = new DensityAccumulator(["solution u"], [""]);
  for (const { id, solution, predicted, predictions } of tests) {
    densities.add(solution, predicted);
    for (const [r, { errors }] of rows.entries()) {
      errors.add({ id, truth: solution, predicted: predictions[r], border });
    }
  }

  const labels = {
    network: "Haloflow, 4 ranks",
    nearestSample: "Nearest training sample",
    trainingMean: "Training-mean field",
  };
  const metrics: MetricsRow[] = rows.map(({ method, errors }) => ({
    method,
    label: labels[method],
    metrics: errors.result(),
  }));
  const { relativeL2 } = metrics[0].metrics;
  const samples = ([["median", relativeL2.medianId], ["worst", relativeL2.worstId]] as const).map(
    ([label, sampleId]): DrawnSample => {
      const { id, coefficient, solution, predicted } = tests.find((test) => test.id === sampleId) ??
        tests[0];
      const sample: ReportSample = {
        ...mesh,
        label,
        id,
        relativeL2: relativeL2.samples.find((sample) => sample.id === id)?.relativeL2 ?? NaN,
        gridShape: [n, n],
        inputs: [{ name: "permeability a", unit: "", values: coefficient }],
        targets: [{ name: "solution u", unit: "", truth: solution, predicted }],
        owner,
      };
      return drawSample(sample, 200_000);
    },
  );

  const steps = 4800;
  const random = numbers(3);
  const decay = (step: number) =>
    0.9 * Math.exp(-step / 420) + 0.12 * Math.exp(-step / 2200) + 0.006;
  return {
    title: "Darcy flow on 4 subdomains",
    command: "deno task pipeline darcy --ranks 4 --epochs 20 --seed 7",
    settings: {
      data: "data/darcy.zarr",
      "training samples": trainCount,
      "test samples": testCount,
      "sampled nodes": 421,
      radius: 0.2,
      "edges per receiver": 64,
      overlap: 0.2,
      hops: 4,
      width: 32,
      epochs: 20,
      "learning rate": 0.001,
      seed: 7,
    },
    lossCurve: Array.from({ length: steps }, (_, k) => ({
      step: k + 1,
      loss: decay(k) * Math.exp(1.1 * (random.next().value + random.next().value - 1)),
      learningRate: 1e-3 * Math.sin(Math.PI * Math.min(1, (k + 1) / steps) ** 0.6) ** 2,
    })),
    metrics,
    densities: densities.result(),
    samples,
    stages: [
      stage("meshes", "load", 1, [], 4800, 0, 2.8e8, 3.1, 160),
      stage("subdomains", "partition", 1, ["meshes"], 4800, 2.8e8, 3.4e8, 6.2, 157),
      stage("graphs", "sample", 1, ["subdomains"], 19200, 3.4e8, 6.1e8, 48, 115),
      stage("model", "train", 4, ["graphs"], 1, 6.1e8, 1.1e5, 151, 12.4),
      stage("tests", "load", 1, [], testCount, 0, 1.9e6, 0.21, 0.02),
      stage("fields", "stitch", 1, ["model", "tests"], testCount, 2e6, 1.3e6, 1.8, 161),
      stage("report", "report", 1, ["fields", "meshes"], 3, 1.3e6, 0, 0.9, 164),
    ],
    certify: {
      ranks: 4,
      predictionError: 4.1e-7,
      predictionTolerance: 5e-6,
      gradientError: 2.3e-6,
      gradientTolerance: 3e-5,
    },
    device: "WebAssembly SIMD, 4 workers",
    ranks: 4,
    steps,
    seconds: 166.2,
  };
}

function stage(
  name: string,
  run: string,
  ranks: number,
  from: readonly string[],
  rows: number,
  bytesIn: number,
  bytesOut: number,
  busySeconds: number,
  waitSeconds: number,
) {
  return { name, run, ranks, from, rows, bytesIn, bytesOut, busySeconds, waitSeconds };
}
