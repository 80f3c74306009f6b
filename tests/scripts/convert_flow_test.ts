import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../io/mesh_store.ts";
import { definePipeline, predictStore, runPipeline } from "../../mod.ts";
import { readModelFile } from "../../pipeline/training/model_file.ts";
import { editText, fixture, withCopy } from "../pipeline/datasets/flow_cases.ts";
import { type Outcome, runTask } from "./run_script.ts";
import { inDirectory } from "./small_darcy.ts";

/**
 * Of parameters after two steps of Adam at a rate of 1e-3, which divides by the size of small
 * gradients.
 */
const RANKS_TOLERANCE = 0.02 * 2 * 1e-3;

const plates = [0, 1, 2].map((number) => fixture("plates", `plate_${number}.vtu`));

function convert(...args: readonly string[]): Promise<Outcome> {
  return runTask("convert", ...args);
}

async function convertOrFail(...args: readonly string[]): Promise<string> {
  const { code, out, error } = await convert(...args);
  assert.equal(code, 0, error);
  return out;
}

/** How graphs are made, and whether that takes cells. */
type GraphOptions = Readonly<Record<string, unknown>> & { readonly cells?: boolean | undefined };

/** Trains a narrow network on the split "train" of a store. @returns The model file */
async function trainOn(
  store: string,
  directory: string,
  { cells = false, ...graphs }: GraphOptions,
  ranks = 1,
): Promise<string> {
  const network = { width: 8, hops: 2, kernelHidden: [8], encoderHidden: [8], decoderHidden: [8] };
  await runPipeline(
    definePipeline({
      name: "tiny",
      stages: {
        meshes: { run: "load", with: { store, cells } },
        statistics: { run: "statistics", from: "meshes" },
        subdomains: { run: "partition", from: "meshes", with: { parts: ranks } },
        graphs: { run: "sample", from: "subdomains", with: { epochs: 2, ...graphs } },
        model: {
          run: "train",
          from: ["graphs", "statistics"],
          ranks,
          with: { ...network, device: "cpu" },
        },
      },
    }),
    { directory },
  );
  return join(directory, "model.safetensors");
}

Deno.test("convert airfrans reports omitted cases, and its stores can be predicted", async () => {
  await inDirectory(async (directory) => {
    const path = (name: string) => join(directory, name);
    const out = await convertOrFail(
      "airfrans",
      fixture("airfrans"),
      "--task",
      "aoa",
      "--out",
      path("aoa.zarr"),
    );
    const [rejected, wrote, title] = out.split("\n");
    assert.equal(rejected, "Left out because they did not converge: airFoil2D_SST_50_2_1_1_11");
    assert.equal(wrote, `Wrote 3 samples to ${path("aoa.zarr")}`);
    assert.equal(title, "airfrans: 3 meshes (Zarr store)");
    const model = await trainOn(path("aoa.zarr"), path("out"), {
      nodes: 60,
      radius: 0.3,
      maxEdges: 8,
      allowDisconnected: true,
    });
    await convertOrFail(
      "airfrans",
      fixture("airfrans"),
      "--limit",
      "1",
      "--out",
      path("full.arrow"),
    );
    for (const ranks of [1, 2]) {
      const { sampleCount, metrics } = await predictStore(
        model,
        path("full.arrow"),
        path(`${ranks}.zarr`),
        {
          ranks,
          device: "cpu",
        },
      );
      assert.equal(sampleCount, 1);
      assert.ok(Number.isFinite(metrics?.relativeL2.mean));
    }
    const [one, two] = await Promise.all(
      [1, 2].map((ranks) => openMeshStore(path(`${ranks}.zarr`))),
    );
    assert.deepEqual(one.attributes.plane, { axis: 2, value: 0.5 });
    assert.deepEqual(one.attributes.ids, ["airFoil2D_SST_61_10.5_1.5_0.0_1.0_9.871"]);
    const source = await (await openMeshStore(path("full.arrow"))).read(1, { cells: true });
    const [written, again] = [await one.read(0, { cells: true }), await two.read(0)];
    assert.deepEqual(written.cells, source.cells);
    assert.deepEqual(written.fields.velocity, source.fields.velocity);
    assert.deepEqual(Object.keys(written.fields).filter((name) => name.endsWith("_predicted")), [
      "velocity_predicted",
      "pressure_predicted",
      "nut_predicted",
    ]);
    const { velocity_predicted: velocity } = written.fields;
    const largest = velocity.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(
      largest > 1 &&
        velocity.every((value, k) =>
          Math.abs(value - again.fields.velocity_predicted[k]) <= 1e-5 * largest
        ),
    );
  });
});

Deno.test("convert vtu makes data sets to train on and, without targets, to predict", async () => {
  await inDirectory(async (directory) => {
    const path = (name: string) => join(directory, name);
    const inputs = ["--inputs", "2nd law"];
    await convertOrFail(
      "vtu",
      ...plates,
      ...inputs,
      "--targets",
      "Velocity [m/s],swirl",
      "--out",
      path("a.zarr"),
    );
    const model = await trainOn(path("a.zarr"), path("out"), { radius: 1.5 });
    const out = await convertOrFail(
      "vtu",
      plates[2],
      ...inputs,
      "--splits",
      "0/0/1",
      "--out",
      path("new.zarr"),
    );
    assert.ok(out.startsWith(`Wrote 1 sample to ${path("new.zarr")}\n`), out);
    assert.match(out, /all points lie in the plane y = −0\.25\n/);
    assert.match(out, /\n +test +1: plate_2\nNext: deno task predict RUN /);
    const { sampleCount, metrics } = await predictStore(model, path("new.zarr"), path("p.zarr"), {
      device: "cpu",
    });
    assert.deepEqual([sampleCount, metrics], [1, undefined]);
    const store = await openMeshStore(path("p.zarr"));
    assert.deepEqual(Object.keys(store.attributes.fields), [
      "field_2nd_law",
      "Velocity_m_s_predicted",
      "swirl_predicted",
    ]);
    assert.deepEqual(store.attributes.plane, { axis: 1, value: -0.25 });
  });
});

Deno.test(
  "convert edges makes graphs to train on: ranks agree on a scale-free one, and predict " +
    "takes its edges",
  async () => {
    await inDirectory(async (directory) => {
      const path = (name: string) => join(directory, name);
      const [edges, nodes] = [fixture("graphs", "edges.arrow"), fixture("graphs", "nodes.feather")];
      await convertOrFail(
        "edges",
        edges,
        "--nodes",
        nodes,
        "--undirected",
        "--inputs",
        "degree,heat",
        "--targets",
        "flow",
        "--position",
        "order",
        "--out",
        path("graph.zarr"),
      );
      const given = { cells: true, edges: "given", nodes: "all" } as const;
      const trained = [];
      for (const ranks of [1, 3]) {
        trained.push(
          (await readModelFile(await trainOn(path("graph.zarr"), path(`${ranks}`), given, ranks)))
            .model,
        );
      }
      const [one, three] = trained.map(({ parameters }) => parameters);
      one.forEach((value, k) =>
        assert.ok(Math.abs(value - three[k]) < RANKS_TOLERANCE, `${value} and ${three[k]}`)
      );

      const predicted = await Promise.all([1, 2].map(async (ranks) => {
        const options = { split: "train", ranks, device: "cpu" } as const;
        const out = path(`p${ranks}.zarr`);
        await predictStore(path("1/model.safetensors"), path("graph.zarr"), out, options);
        return (await (await openMeshStore(out)).read(0)).fields.flow_predicted;
      }));
      const largest = predicted[0].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      predicted[0].forEach((value, node) =>
        assert.ok(Math.abs(value - predicted[1][node]) <= 1e-5 * largest)
      );
    });
  },
);

Deno.test("convert step3d writes every split, and some cases of each with --limit", async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, "steps.zarr");
    const out = await convertOrFail("step3d", fixture("step3d"), "--limit", "1", "--out", path);
    assert.ok(out.startsWith(`Wrote 3 samples to ${path}\nstep3d: 3 meshes`), out);
    const { attributes } = await openMeshStore(path);
    assert.deepEqual([attributes.case, attributes.dimensions, attributes.cells], [
      "step3d",
      3,
      true,
    ]);
  });
});

Deno.test("convert of flow cases prints one line per mistake and writes nothing", () =>
  withCopy("airfrans", async (copy) => {
    const name = "airFoil2D_SST_40.5_-3.25_2.0_4.1_12.3";
    editText(join(copy, name, `${name}_internal.vtu`), 'Name="p"', 'Name="pressure"');
    await inDirectory(async (directory) => {
      const out = join(directory, "a.zarr");
      const graph = fixture("graphs", "edges.arrow");
      const cases: [string[], RegExp][] = [
        [
          ["airfrans", copy, "--out", out],
          /point array "p" of ".*40\.5_.*_internal\.vtu": no such array, /,
        ],
        [
          ["airfrans", copy],
          /Cannot convert ".*airfrans": --out is required; /,
        ],
        [
          ["airfrans", copy, "--task", "scarse", "--out", out],
          /--task: it must be full or .*, received "scarse", did you mean "scarce"\?/,
        ],
        [
          ["airfrans", copy, "--task", "reynolds", "--out", out],
          /Cannot read split "reynolds_train" of /,
        ],
        [
          ["airfrans", copy, "--limit", "0", "--out", out],
          /--limit: it must be an integer >= 1, received "0"/,
        ],
        [
          ["airfrans", directory, "--out", out],
          /it must have a manifest\.json with the splits, found none/,
        ],
        [["step3d", join(directory, "none"), "--out", out], /none": no such file or directory/],
        [
          ["edges", graph, "--out", out],
          /Cannot convert ".*edges\.arrow": --nodes is required; /,
        ],
        [
          ["edges", graph, "--nodes", graph, "--out", out],
          /edges\.arrow": edges refer to rows .* none names row 0; .*--first-row/,
        ],
        [
          ["edges", graph, "--nodes", fixture("none.csv"), "--out", out],
          /".*none\.csv": no such file/,
        ],
        [["vtu", "--out", out], /missing required argument 'files'; see --help/],
        [["vtu", join(copy, "manifest.json"), "--out", out], /Cannot read ".*manifest\.json"/],
        [
          ["vtu", plates[0], "--inputs", "a,,b", "--out", out],
          /--inputs: it must be distinct names .*"a,,b"/,
        ],
        [
          ["vtu", plates[0], "--targets", "heat", "--out", out],
          /array "heat" of ".*": no such array, /,
        ],
        [
          ["vtu", plates[0], "--dimensions", "4", "--out", out],
          /--dimensions: it must be 1, 2 or 3, received "4"/,
        ],
        [
          ["vtu", plates[0], "--out", join(directory, "a.vtu")],
          /must end in \.zarr or \.arrow/,
        ],
      ];
      for (const [args, message] of cases) {
        const { code, out: printed, error } = await convert(...args);
        assert.equal(code, 1, args.join(" "));
        assert.equal(printed, "");
        assert.match(error, message);
        assert.match(error, /^error: .*\n$/);
      }
      assert.deepEqual(await Array.fromAsync(Deno.readDir(directory)), []);
    });
  }));
