import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openMeshStore } from "../../io/mesh_store.ts";
import { readSafetensors } from "../../io/safetensors.ts";
import { formatBytes } from "../../format.ts";
import { assertMistake, type Outcome, runTask } from "./run_script.ts";
import {
  inDirectory,
  namesIn,
  NODE_COUNT,
  smallFlags,
  SPLIT_SIZES,
  writeSmallStore,
} from "./small_darcy.ts";

function pipeline(...args: readonly string[]): Promise<Outcome> {
  return runTask("pipeline", ...args);
}

Deno.test(
  "pipeline --plan prints graphs, messages, memory and time, and makes nothing but the data " +
    "set",
  async () => {
    await inDirectory(async (directory) => {
      const store = await writeSmallStore(directory);
      const out = join(directory, "out");
      const { code, out: printed, error } = await pipeline(
        "darcy",
        ...smallFlags(store, out),
        "--plan",
      );
      assert.equal(code, 0, error);
      assert.match(printed, /^Plan of darcy: 5 steps of model on 2 ranks \(WebAssembly SIMD\)$/m);
      assert.match(printed, /^ {2}model \(2 ranks\) from graphs, statistics$/m);
      const [, nodes, ghosts] = printed.match(/^ all +(\d+) +(\d+) /m)!;
      assert.equal(nodes, "60");
      assert.ok(Number(ghosts) > 0);
      // Width 8 in float32.
      const bytes = formatBytes(Number(ghosts) * 32);
      assert.ok(
        printed.includes(`each hop     ${bytes} of latents forward, ${bytes} of gradients back`),
        printed,
      );
      assert.match(printed, /^neighbours +\d+ at least, \d+ in the median, \d+ at most/m);
      assert.match(printed, /^all-reduce +[\d.]+.kB/m);
      assert.match(printed, /^memory +about \d+.MB in total; .*available$/m);
      assert.match(printed, /^time +about .* per step, .* in total$/m);
      assert.deepEqual(await namesIn(directory), ["darcy.zarr"]);
    });
  },
);

Deno.test("pipeline darcy leaves metrics, model, predictions and a report", async (t) => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory, "darcy.zarr", { validation: 2 });
    const out = join(directory, "out");
    const { code, out: printed, error } = await pipeline("darcy", ...smallFlags(store, out));
    assert.equal(code, 0, error);
    const path = (name: string) => join(out, name);

    await t.step(
      "metrics.json has the errors, the baselines and how the run was made",
      async () => {
        const metrics = JSON.parse(await Deno.readTextFile(path("metrics.json")));
        const { test, steps, seconds, ranks, device, command, validation } = metrics;
        assert.deepEqual([validation.keptStep, validation.points.length], [SPLIT_SIZES.train, 1]);
        assert.ok(validation.points[0].relativeL2 > 0);
        for (const errors of [test, test.baselines.nearestSample, test.baselines.trainingMean]) {
          for (const value of [errors.rmse, errors.normalisedRmse, errors.relativeL2.mean]) {
            assert.ok(value > 0);
          }
          assert.ok(errors.relativeL2.worst >= errors.relativeL2.mean);
        }
        assert.equal(test.sampleCount, SPLIT_SIZES.test);
        assert.equal(test.nodeCount, SPLIT_SIZES.test * NODE_COUNT);
        assert.deepEqual(steps, { total: SPLIT_SIZES.train, run: SPLIT_SIZES.train });
        assert.equal(ranks, 2);
        assert.ok(seconds > 0);
        assert.match(device, /WebAssembly/);
        assert.ok(command.startsWith(`deno task pipeline darcy --store ${store}`), command);
      },
    );

    await t.step("metrics.json has predicted beside measured figures", async () => {
      const { plan, seconds } = JSON.parse(await Deno.readTextFile(path("metrics.json")));
      const { peakBytes, stepSeconds } = plan;
      assert.ok(peakBytes.measured > 1e8 && stepSeconds.measured > 0 && stepSeconds.predicted > 0);
      // Real runs are within 20 %; stages of so small a one may end before others have started, and
      // samples miss peaks.
      const ratio = peakBytes.predicted / peakBytes.measured;
      assert.ok(ratio > 0.6 && ratio < 1.8, JSON.stringify(peakBytes));
      assert.equal(plan.seconds.measured, seconds);
      assert.match(
        printed,
        /^Peak memory \d+.MB \(\d+.MB predicted\), .+ \(.+ predicted\) per step$/m,
      );
    });

    await t.step("metrics.json agrees with the fields that were written", async () => {
      const { test } = JSON.parse(await Deno.readTextFile(path("metrics.json")));
      const predictions = await openMeshStore(path("predictions.zarr"));
      let squares = 0, relative = 0;
      for (const index of predictions.split("test")) {
        const { fields, nodeCount } = await predictions.read(index);
        assert.equal(nodeCount, NODE_COUNT);
        const error = fields.solution_predicted.reduce(
          (sum, u, k) => sum + (u - fields.solution[k]) ** 2,
          0,
        );
        squares += error;
        relative += Math.sqrt(error / fields.solution.reduce((sum, u) => sum + u * u, 0));
      }
      assertNear(test.rmse, Math.sqrt(squares / (SPLIT_SIZES.test * NODE_COUNT)));
      assertNear(test.relativeL2.mean, relative / SPLIT_SIZES.test);
    });

    await t.step(
      "predictions.zarr has the test samples as they were, beside the predictions",
      async () => {
        const [source, predictions] = [
          await openMeshStore(store),
          await openMeshStore(path("predictions.zarr")),
        ];
        const tests = source.split("test");
        assert.deepEqual(predictions.split("test"), [...tests.keys()]);
        assert.deepEqual(predictions.attributes.gridShape, source.attributes.gridShape);
        for (const [k, index] of tests.entries()) {
          const { fields: { solution_predicted: _, ...fields }, ...sample } = await predictions
            .read(k);
          assert.deepEqual({ ...sample, fields }, await source.read(index));
        }
      },
    );

    await t.step(
      "model.safetensors tells the network and the training, and nothing of time or place",
      async () => {
        const { metadata } = await readSafetensors(path("model.safetensors"));
        assert.equal(metadata.format, "haloflow-model/1");
        const config = JSON.parse(metadata.config);
        assert.deepEqual([config.width, config.hops, config.kernelHidden], [8, 2, [8]]);
        assert.deepEqual(JSON.parse(metadata.inputNames), ["x", "y", "coefficient"]);
        const training = JSON.parse(metadata.training);
        assert.equal(training.steps, SPLIT_SIZES.train);
        assert.ok(training.certificate.gradientError < 3e-5);
        const keys = [
          "steps",
          "ranks",
          "learningRate",
          "warmup",
          "clipNorm",
          "seed",
          "device",
          "certificate",
        ];
        assert.deepEqual(Object.keys(training), keys);
        assert.deepEqual(
          Object.keys(metadata).sort(),
          [
            "config",
            "data",
            "format",
            "graphRule",
            "inputNames",
            "targetNames",
            "training",
            "units",
          ],
        );
      },
    );

    await t.step("report.html is one small page that asks for nothing", async () => {
      const html = await Deno.readTextFile(path("report.html"));
      assert.match(html, /^<!doctype html>/i);
      assert.ok(html.length < 3e6, `${html.length} bytes`);
      assert.doesNotMatch(
        html,
        /(?:src|href)="(?!#|data:)|url\((?!["']?(?:#|data:))|@import|<script[^>]*\ssrc/,
      );
      for (
        const part of [
          "Darcy flow, 2 ranks",
          "Nearest training sample",
          "testSubdomains",
          "deno task pipeline darcy",
        ]
      ) {
        assert.ok(html.includes(part), part);
      }
    });

    await t.step("the terminal gets a table, plain lines and the next command", () => {
      const lines = printed.trimEnd().split("\n");
      assert.equal(
        lines.at(-1),
        `Open ${path("report.html")}; then: deno task predict ${out} ${store} ` +
          "--out predicted.zarr",
      );
      assert.ok(lines.some((line) => /^ Network +\d/.test(line)), printed);
      assert.ok(
        lines.some((line) => /^Validation: relative L2 \d.*%, the best of 1, at step 5/.test(line)),
        printed,
      );
      assert.match(error, /^model: 5 of 5, .*\/s, 0 s left, loss \d/m);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(printed + error, /\u001b|\r/);
    });

    await t.step(
      "the same run again gives the same bytes, in another directory and in its own",
      async () => {
        const first = await Deno.readFile(path("model.safetensors"));
        const elsewhere = join(directory, "elsewhere");
        for (const again of [elsewhere, out]) {
          const outcome = await pipeline("darcy", ...smallFlags(store, again));
          assert.equal(outcome.code, 0, outcome.error);
          assert.deepEqual(await Deno.readFile(join(again, "model.safetensors")), first);
        }
      },
    );

    await t.step(
      "another run replaces the results only with --overwrite",
      async () => {
        const before = await Deno.readFile(path("metrics.json"));
        const changed = ["darcy", ...smallFlags(store, out), "--set", "stages.model.with.hops=1"];
        assertMistake(await pipeline(...changed), /^error: Cannot run in ".*settings.*--overwrite/);
        assert.deepEqual(await Deno.readFile(path("metrics.json")), before);
        assert.equal((await pipeline(...changed, "--overwrite")).code, 0);
        const { metadata } = await readSafetensors(path("model.safetensors"));
        assert.equal(JSON.parse(metadata.config).hops, 1);
      },
    );

    await t.step("a run that fails restores the results that it was to replace", async () => {
      const before = [await resultsIn(out), await Deno.readFile(path("metrics.json"))];
      const failing = [
        "darcy",
        ...smallFlags(store, out),
        "--overwrite",
        "--set",
        "stages.model.with.learningRate=1e30",
        "--set",
        "stages.model.with.warmup=0",
      ];
      const { code, error } = await pipeline(...failing);
      assert.equal(code, 1);
      assert.match(
        error,
        /^error: Stage "model" failed at rank \d: cannot continue training at step 2 .* must be finite/m,
      );
      assert.deepEqual([await resultsIn(out), await Deno.readFile(path("metrics.json"))], before);
    });
  });
});

/**
 * Names in the directory of a run except its checkpoints: a run that fails may have taken steps.
 */
async function resultsIn(out: string): Promise<readonly string[]> {
  return (await namesIn(out)).filter((name) => name !== "checkpoints");
}

Deno.test("pipeline runs a file with a custom stage next to it", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const out = join(directory, "out");
    const example = new URL("../../scripts/examples/small_darcy.ts", import.meta.url).pathname;
    const { code, out: printed, error } = await pipeline(
      example,
      "--out",
      out,
      "--set",
      `stages.meshes.with.store=${store}`,
      "--set",
      "stages.model.with.device=cpu",
      "--set",
      "stages.graphs.with.nodes=60",
      "--set",
      "stages.graphs.with.epochs=1",
      "--set",
      "stages.model.with.width=8",
      "--set",
      "stages.losses.with.digits=3",
    );
    assert.equal(code, 0, error);
    assert.equal(printed, `Results are in ${out}\n`);
    const [head, ...rows] = (await Deno.readTextFile(join(out, "losses.csv"))).trimEnd().split(
      "\n",
    );
    assert.equal(head, "step,loss");
    assert.equal(rows.length, SPLIT_SIZES.train);
    rows.forEach((row, k) => assert.match(row, new RegExp(`^${k + 1},\\d[\\d.]*$`)));
  });
});

Deno.test("pipeline without a name lists the presets", async () => {
  const { code, out, error } = await pipeline();
  assert.equal(code, 0);
  assert.equal(error, "");
  assert.match(
    out,
    /^Presets:\n {2}darcy +\S.*\n {2}airfrans +\S.*\n {2}step3d +\S.*\nRun one with: .*\n$/,
  );
});

Deno.test("pipeline --fidelity selects the data of airfrans, and of no other preset", async () => {
  await inDirectory(async (directory) => {
    const file = join(directory, "chosen.ts");
    const { code, error } = await pipeline("airfrans", "--fidelity", "high", "--eject", file);
    assert.equal(code, 0, error);
    const { default: chosen } = await import(pathToFileURL(file).href);
    assert.equal(chosen.name, "airfrans_high");
  });
  const refused: [string, RegExp][] = [
    [
      "darcy",
      /^error: Cannot run preset "darcy" at fidelity "high": .*only one fidelity.*\n$/,
    ],
    [
      "./mine.ts",
      /^error: Cannot use --fidelity: .*presets only, "\.\/mine\.ts" is a file; use --set\n$/,
    ],
  ];
  for (const [name, message] of refused) {
    const outcome = await pipeline(name, "--fidelity", "high");
    assert.equal(outcome.code, 1);
    assert.match(outcome.error, message);
  }
});

Deno.test("Every task has --help with an example", async () => {
  for (const name of ["pipeline", "compare", "predict", "verify", "generate", "convert"]) {
    const { code, out, error } = await runTask(name, "--help");
    assert.equal(code, 0);
    assert.equal(error, "");
    assert.match(
      out,
      new RegExp(`^Usage: deno task ${name} .*\\nExamples?:\\n {2}deno task ${name} \\S`, "s"),
    );
  }
});

/** The same up to the rounding of float32 fields. */
function assertNear(actual: number, expected: number): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-6 * expected,
    `${actual} where ${expected} is expected`,
  );
}
