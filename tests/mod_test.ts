import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  DARCY,
  loadModel,
  type Model,
  openMeshStore,
  overrideOptions,
  PipelineError,
  type PipelineSpec,
  predictStore,
  runPipeline,
} from "../mod.ts";
import { inDirectory, trainSmallModel, writeSmallStore } from "./scripts/small_darcy.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** An export in the output of `deno doc --json`. */
interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly location: { readonly filename: string };
    readonly jsDoc?: {
      readonly doc?: string | undefined;
      readonly tags?: readonly { readonly kind: string }[] | undefined;
    } | undefined;
  }[];
}

Deno.test("Every export of mod.ts has a doc comment, the main functions an example", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "mod.ts"],
    cwd: root,
  })
    .output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  const [module] = Object.values(nodes) as { module_doc: { doc: string }; symbols: DocSymbol[] }[];
  const tagsOf = ({ declarations: [{ jsDoc }] }: DocSymbol) =>
    (jsDoc?.tags ?? []).map(({ kind }) => kind);
  // Re-exports of packages are excepted.
  const home = new URL("../", import.meta.url).href;
  const own = module.symbols.filter(({ declarations: [{ location }] }) =>
    location.filename.startsWith(home)
  );
  assert.ok(own.length > 40, `${own.length} exports`);
  const silent = own.filter(({ declarations }) => !declarations.some(({ jsDoc }) => jsDoc?.doc));
  assert.deepEqual(silent.map(({ name }) => name), []);

  const main = [
    "definePipeline",
    "overrideOptions",
    "defineStage",
    "runPipeline",
    "loadModel",
    "predictStore",
  ];
  const stores = ["createMeshStore", "openMeshStore", "createRecordBatch"];
  const sources = ["convertStore", "openAirfrans", "openEdgeList", "openVtkFiles"];
  for (const name of [...main, ...stores, ...sources]) {
    const symbol = own.find((symbol) => symbol.name === name);
    assert.ok(symbol && tagsOf(symbol).includes("example"), `${name} has no example`);
  }
});

Deno.test("No example is skipped", async () => {
  const visit = async (directory: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(root, directory))) {
      const path = join(directory, name);
      if (isDirectory) await visit(path);
      else if (name.endsWith(".ts")) {
        assert.doesNotMatch(await Deno.readTextFile(join(root, path)), /^ *\* ```ts +\S/m, path);
      }
    }
  };
  assert.doesNotMatch(await Deno.readTextFile(join(root, "mod.ts")), /^ *\* ```ts +\S/m);
  for (const directory of ["io", "kernels", "pipeline"]) await visit(directory);
});

Deno.test("runPipeline() runs a custom stage on the output of a built-in stage", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const example = (await import("../scripts/examples/small_darcy.ts")).default;
    const changed = overrideOptions(
      example,
      [
        `meshes.with.store=${store}`,
        "graphs.with.nodes=80",
        "graphs.with.epochs=1",
        "model.with.width=8",
        "model.with.device=cpu",
        "losses.with.digits=4",
      ].map((change) => `stages.${change}`),
    );
    const base = new URL("../scripts/examples/", import.meta.url);
    const stages: string[] = [];
    const { run, report } = await runPipeline(changed, {
      directory: join(directory, "out"),
      base,
      onEvent: (event) => event.type === "started" && stages.push(`${event.stage} ${event.rank}`),
    });
    assert.equal(report, undefined, "there is no evaluate stage");
    assert.deepEqual(stages.sort(), [
      "graphs 0",
      "losses 0",
      "meshes 0",
      "model 0",
      "model 1",
      "scales 0",
      "subdomains 0",
    ]);
    assert.equal(run.stages.losses.ranks[0].inputRows, 2, "a model from each rank");
    const table = await Deno.readTextFile(join(directory, "out", "losses.csv"));
    assert.match(table, /^step,loss\n1,[\d.]+\n(?:\d+,[\d.]+\n){4}$/);
  });
});

Deno.test("runPipeline() reports every problem of a pipeline, and writes nothing", async () => {
  await inDirectory(async (directory) => {
    const pipeline: PipelineSpec = {
      name: "wrong",
      stages: {
        meshes: { run: "laod" },
        parts: { run: "partition", from: "meshes", with: { prats: 2 } },
      },
    };
    const out = join(directory, "out");
    await assert.rejects(runPipeline(pipeline, { directory: out }), (error) => {
      assert.ok(error instanceof PipelineError);
      assert.equal(error.problems.length, 2);
      assert.match(error.problems[0], /"laod".*did you mean "load"\?/);
      assert.match(
        error.problems[1],
        /stages\.parts\.with\.prats: no such option, did you mean "parts"\?/,
      );
      return true;
    });
    await assert.rejects(Deno.stat(out), Deno.errors.NotFound);
  });
});

Deno.test("DARCY builds the pipeline of any number of ranks as plain data", () => {
  for (const ranks of [1, 4]) {
    const { stages } = DARCY.build({ ...DARCY.defaults, ranks });
    assert.equal(stages.model.ranks, ranks);
    assert.equal(stages.subdomains.with?.parts, ranks);
    assert.deepEqual(JSON.parse(JSON.stringify(stages)), stages);
  }
});

Deno.test("A loaded model", async (t) => {
  await inDirectory(async (directory) => {
    const { store: path, model: file } = await trainSmallModel(directory);
    const store = await openMeshStore(path);
    const index = store.split("test")[0];
    const { id, position, fields: { coefficient } } = await store.read(index);
    using model = await loadModel(file, { device: "cpu" });

    await t.step("names its inputs and targets", () => {
      assert.deepEqual(model.inputNames, ["coefficient"]);
      assert.deepEqual(model.targetNames, ["solution"]);
    });

    for (const mode of ["cover", "full"] as const) {
      await t.step(`predicts a mesh as predictStore() does: ${mode}`, async () => {
        for (const options of [{ mode, seed: 0 }, { mode, seed: 5, rounds: 2 }]) {
          const out = join(directory, `${mode}-${options.seed}.zarr`);
          await predictStore(file, path, out, { device: "cpu", ...options });
          const { fields } = await (await openMeshStore(out)).read(0);
          const { solution } = await model.predict(
            { id, position, inputs: { coefficient } },
            options,
          );
          assert.deepEqual(solution, fields.solution_predicted);
        }
      });
    }

    await t.step(
      "gives equal numbers for equal ids, different ones for different ids",
      async () => {
        const mesh = { position, inputs: { coefficient } };
        const { solution } = await model.predict(mesh);
        assert.deepEqual((await model.predict({ ...mesh, id: "mesh" })).solution, solution);
        assert.notDeepEqual((await model.predict({ ...mesh, id: "other" })).solution, solution);
      },
    );

    await t.step("predicts two meshes concurrently as one after the other", async () => {
      const meshes = ["a", "b"].map((id) => ({ id, position, inputs: { coefficient } }));
      const apart = [await model.predict(meshes[0]), await model.predict(meshes[1])];
      assert.deepEqual(await Promise.all(meshes.map((mesh) => model.predict(mesh))), apart);
    });

    await t.step("predicts one node, which has no neighbour", async () => {
      const { solution } = await model.predict({
        position: Float32Array.of(0.5, 0.5),
        inputs: { coefficient: Float32Array.of(3) },
      });
      assert.equal(solution.length, 1);
      assert.ok(Number.isFinite(solution[0]));
    });

    await t.step("refuses a mesh that does not fit, with the reason", async () => {
      const inputs = { coefficient };
      const nan = coefficient.with(7, NaN);
      const infinite = position.with(4, -Infinity);
      const refused: [Parameters<Model["predict"]>[0], RegExp][] = [
        [
          { position, inputs: {} },
          /input "coefficient" is missing, received none$/,
        ],
        [
          { position, inputs: { coefficient: coefficient.slice(1) } },
          /"coefficient" must have one value per node, received 168 for 169 nodes$/,
        ],
        [
          { position, inputs: { coefficient: nan } },
          /"coefficient" must be finite, node 7 has NaN$/,
        ],
        [
          { position: infinite, inputs },
          /"x" must be finite, node 2 has -Infinity$/,
        ],
        [
          { position: position.slice(1), inputs },
          /positions must be \[N, 2\] .*, received 337 /,
        ],
        [
          { position: new Float32Array(0), inputs },
          /positions must be \[N, 2\] with N >= 1/,
        ],
        [
          { position, inputs: { coeficient: coefficient } },
          /input "coefficient" is missing, received coeficient$/,
        ],
      ];
      for (const [mesh, message] of refused) {
        await assert.rejects(model.predict(mesh), { name: "DataError", message });
      }
    });

    await t.step("refuses options out of range", async () => {
      const mesh = { position, inputs: { coefficient } };
      for (const rounds of [0, -1, 1.5, NaN]) {
        await assert.rejects(model.predict(mesh, { rounds }), {
          name: "RangeError",
          message: new RegExp(`rounds must be an integer >= 1, received ${rounds}`),
        });
      }
      for (const seed of [-1, 0.5]) await assert.rejects(model.predict(mesh, { seed }), RangeError);
    });

    await t.step("refuses to predict once it is disposed of", async () => {
      const gone = await loadModel(file, { device: "cpu" });
      gone[Symbol.dispose]();
      gone[Symbol.dispose]();
      await assert.rejects(gone.predict({ position, inputs: { coefficient } }), {
        message: /the model has been disposed of/,
      });
    });
  });
});

Deno.test("A model file of an earlier version gives the same predictions", async () => {
  using model = await loadModel(join(root, "tests/fixtures/models/darcy.safetensors"), {
    device: "cpu",
  });
  const axis = [0.1, 0.3, 0.5, 0.7, 0.9];
  const position = Float32Array.from(axis.flatMap((x) => axis.flatMap((y) => [x, y])));
  const coefficient = Float32Array.from({ length: 25 }, (_, k) => k % 2 === 0 ? 12 : 3);
  const { solution } = await model.predict({ position, inputs: { coefficient } }, { mode: "full" });
  for (
    const [node, then] of [[0, 0.004947478], [7, 0.009347569], [12, 0.01082491], [24, 0.002997146]]
  ) {
    assert.ok(
      Math.abs(solution[node] - then) < 1e-5 * 0.01,
      `node ${node}: ${solution[node]} was ${then}`,
    );
  }
});
