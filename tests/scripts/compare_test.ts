import assert from "node:assert/strict";
import { join } from "node:path";
import { parseCsv } from "../../io/tables/csv.ts";
import { assertMistake, runTask } from "./run_script.ts";
import { inDirectory, namesIn, smallFlags, writeSmallStore } from "./small_darcy.ts";

/** Names of the runs that have started. */
function startedRuns(error: string): string[] {
  return [...error.matchAll(/^(\S+): starts$/gm)].map(([, name]) => name);
}

Deno.test("compare trains networks on equal terms, and repeats no finished run", async (t) => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const out = join(directory, "out");
    // The radius of the GCN suits finer grids.
    const allowed = ["--set", "stages.graphs.with.allowDisconnected=true"];
    const compare = (networks: string, ...more: readonly string[]) => {
      const small = [...smallFlags(store, out), ...allowed];
      const flags = ["--seeds=1", `--networks=${networks}`, ...small, ...more];
      return runTask("compare", "darcy", ...flags);
    };
    const json = async () => JSON.parse(await Deno.readTextFile(join(out, "table.json")));

    // The state of a comparison that was stopped after the first network.
    const first = await compare("s");
    assert.equal(first.code, 0, first.error);
    assert.deepEqual(startedRuns(first.error), ["s-seed0"]);
    const { code, out: printed, error } = await compare("s,ds2,gcn");
    assert.equal(code, 0, error);

    await t.step("finished runs are not repeated", () => {
      assert.deepEqual(startedRuns(error), ["ds2-seed0", "gcn-seed0"]);
      assert.match(error, /^s-seed0: done before \(1 of 3\)$/m);
    });

    await t.step("two ranks have the losses of one, and the errors to rounding", async () => {
      const { expectations, rows } = await json();
      assert.match(
        expectations[0].claim,
        /^DS-MPNN_2 has the losses of S-MPNN over the first 5 steps$/,
      );
      assert.equal(expectations[0].met, true, expectations[0].found);
      const [single, parallel] = rows.map(({ figures: [rmse] }: { figures: { mean: number }[] }) =>
        rmse.mean
      );
      assert.ok(Math.abs(parallel / single - 1) < 1e-4, `${parallel} and ${single}`);
    });

    await t.step(
      "the table has the errors and the cost that the runs measured",
      async () => {
        const { rows, runs } = await json();
        const baselines = ["Nearest training sample", "Training mean", "Pointwise regression"];
        const labels = ["S-MPNN", "DS-MPNN_2", "GCN", ...baselines];
        assert.deepEqual(rows.map(({ label }: { label: string }) => label), labels);
        for (const [k, name] of ["s-seed0", "ds2-seed0", "gcn-seed0"].entries()) {
          const run = join(out, "runs", name);
          const { test, settings, command } = JSON.parse(
            await Deno.readTextFile(join(run, "metrics.json")),
          );
          const figure = (wanted: string) =>
            rows[k].figures.find(({ name }: { name: string }) => name === wanted).mean;
          assert.match(
            command,
            /^deno task pipeline darcy --ranks [12] --device cpu --store .* --seed 0 --set /,
          );
          assert.equal(figure("RMSE"), test.rmse);
          assert.equal(figure("normalised RMSE"), test.normalisedRmse);
          assert.equal(figure("relative L2"), test.relativeL2.mean);
          assert.equal(figure("parameters"), settings.parameters);
          assert.ok(figure("peak memory") > 5e7 && figure("prediction per sample") > 0);
          assert.equal(runs[k].steps, 5);
        }
        // 3 inputs, 1 output: an input layer, four of 378², an output layer, each with its bias.
        assert.equal(runs[2].parameterCount, 3 * 378 + 4 * 378 ** 2 + 378 + 5 * 378 + 1);
        assert.deepEqual(runs.map(({ learningRate }: { learningRate: number }) => learningRate), [
          0.006,
          0.006,
          0.003,
        ]);
      },
    );

    await t.step("the terminal shows the table, and the directory has the files", async () => {
      assert.match(printed, /^ S-MPNN +[\d.]/m);
      assert.match(printed, /^ {2}(met {3}|MISSED) GCN is clearly worse than S-MPNN:$/m);
      assert.match(
        printed,
        new RegExp(`^Open ${join(out, "report.html")}: .*expectations? (met|missed)$`, "m"),
      );
      assert.deepEqual(await namesIn(out), ["report.html", "runs", "table.csv", "table.json"]);
      const columns = parseCsv(await Deno.readTextFile(join(out, "table.csv")));
      assert.deepEqual([...new Set(columns.get("method"))].length, 6);
      const html = await Deno.readTextFile(join(out, "report.html"));
      for (const name of ["s-seed0", "ds2-seed0", "gcn-seed0"]) {
        assert.ok(html.includes(`href="runs/${name}/report.html"`), name);
      }
    });

    await t.step("a pipeline that is not valid starts no run", async () => {
      const invalid = await compare("s", "--set=stages.model.with.hops=0");
      assert.equal(invalid.code, 1);
      assert.match(invalid.error, /stages\.model\.with\.hops.* 0$/m);
      assert.deepEqual(startedRuns(invalid.error), []);
    });

    await t.step("--strict makes a missed expectation the exit code, after the table", async () => {
      // Five steps cannot beat a baseline.
      const strict = await compare("s", "--strict");
      assert.equal(strict.code, 1);
      assert.match(strict.out, /MISSED S-MPNN beats every baseline/);
      assert.match(
        strict.error,
        /^error: Cannot accept the comparison: --strict requires all, but 2 of 2/m,
      );
    });
  });
});

Deno.test("compare reports mistakes before anything runs", async () => {
  const cases = [
    [["darci"], /no preset of that name, did you mean "darcy"\?/],
    [
      ["darcy", "--networks", "s,ds3"],
      /^error: Cannot compare network "ds3": no network of that name/,
    ],
    [["darcy", "--seeds", "0"], /^error: Cannot read --seeds/],
    [
      ["darcy", "--gcn-rate", "-1"],
      /^error: Cannot read --gcn-rate: .* > 0, received "-1"$/,
    ],
    [["darcy", "--set", "stages.modle.with.hops=1"], /no stage "modle", did you mean "model"\?$/],
  ] as const;
  for (const [args, message] of cases) assertMistake(await runTask("compare", ...args), message);
});
