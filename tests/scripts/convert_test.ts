import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createMeshStore, openMeshStore } from "../../io/mesh_store.ts";
import { openDarcyMatlab } from "../../pipeline/datasets/darcy/darcy_matlab.ts";
import { gridPositions, subsampleGrid } from "../../pipeline/datasets/darcy/unit_grid.ts";
import { type Outcome, runTask } from "./run_script.ts";

/** Four samples on 13 × 13 vertices, written by scipy and h5py. */
function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/datasets/${name}`, import.meta.url));
}

function convert(...args: readonly string[]): Promise<Outcome> {
  return runTask("convert", ...args);
}

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const name of ["darcy_v5.mat", "darcy_v73.mat"]) {
  Deno.test(`convert darcy writes a store from ${name}, and from that another`, async () => {
    await inDirectory(async (directory) => {
      const [zarr, arrow] = ["a.zarr", "b.arrow"].map((out) => join(directory, out));
      const first = await convert(
        "darcy",
        fixture(name),
        "--out",
        zarr,
        "--resolution",
        "7",
        "--splits",
        "1/1/2",
      );
      assert.equal(first.code, 0, first.error);
      assert.ok(first.out.startsWith(`Wrote 4 samples to ${zarr}\ndarcy: 4 meshes`), first.out);
      assert.ok(first.out.endsWith(`Next: deno task pipeline darcy --store ${zarr}\n`), first.out);
      assert.match(first.error, /^convert: 4 of 4 samples, \d+\.\d s\n$/);
      assert.equal((await convert("darcy", zarr, "--out", arrow)).code, 0);

      const source = await openDarcyMatlab(fixture(name));
      for (const path of [zarr, arrow]) {
        const store = await openMeshStore(path);
        assert.deepEqual(store.attributes, {
          ...source.attributes,
          format: path === zarr ? "haloflow-meshes/2" : "haloflow-meshes/1",
          gridShape: [7, 7],
          nodeCount: 4 * 49,
          splits: { train: [0], validation: [1], test: [2, 3] },
          generator: { ...source.attributes.generator, subsampled: { from: name, resolution: 13 } },
        });
        for (let i = 0; i < 4; i++) {
          const { id, fields } = await source.read(i);
          assert.deepEqual(await store.read(i), {
            id,
            dimensions: 2,
            nodeCount: 49,
            position: gridPositions(7),
            fields: {
              coefficient: subsampleGrid(fields.coefficient, 13, 7),
              solution: subsampleGrid(fields.solution, 13, 7),
            },
          });
        }
      }
    });
  });
}

Deno.test("convert darcy prints one line per mistake and writes nothing", async () => {
  await inDirectory(async (directory) => {
    const text = join(directory, "text.mat");
    await Deno.writeTextFile(text, "not MATLAB");
    const out = join(directory, "out.zarr");
    const source = fixture("darcy_v5.mat");
    const cases: [string[], RegExp][] = [
      [["darcy", text, "--out", out], /Cannot read ".*text\.mat": it must be a MATLAB file/],
      [["darcy", fixture("coeff_sample_1.csv"), "--out", out], /\.csv": it must be a MATLAB file/],
      [
        ["darcy", directory, "--out", out],
        /Cannot open ".*": it has neither zarr\.json nor \.zgroup/,
      ],
      [
        ["darcy", fixture("no_sol.mat"), "--out", out],
        /Cannot read variable "sol" of .* did you mean "solution"\?/,
      ],
      [["darcy", join(directory, "no.mat"), "--out", out], /".*no\.mat": no such file/],
      [
        ["darcy", join(directory, "no.zarr"), "--out", out],
        /Cannot open ".*no\.zarr": no such file or directory/,
      ],
      [
        ["darcy", source, "--out", join(directory, "a.h5")],
        /must end in \.zarr or \.arrow/,
      ],
      [
        ["darcy", source, "--out", text.replace(/mat$/, "arrow"), "--resolution", "6"],
        /use one of 3, 4, 5, 7, 13/,
      ],
      [
        ["darcy", source, "--out", out, "--resolution", "2"],
        /Cannot read --resolution: it must be an integer >= 3/,
      ],
      [["darcy", source], /--out is required; /],
      [["darcy", source, "--ot", out], /unknown option '--ot', did you mean --out\?/],
      [["darcy", "--out", out], /missing required argument 'file'; see --help/],
    ];
    for (const [args, message] of cases) {
      const { code, out: printed, error } = await convert(...args);
      assert.equal(code, 1, args.join(" "));
      assert.equal(printed, "");
      assert.match(error, message);
      assert.match(error, /^error: .*\n$/);
    }
    const left = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
    assert.deepEqual(left, ["text.mat"]);
  });
});

Deno.test("convert darcy replaces an existing store only with --overwrite", async () => {
  await inDirectory(async (directory) => {
    const out = join(directory, "out.zarr");
    const args = ["darcy", fixture("darcy_v5.mat"), "--out", out];
    assert.equal((await convert(...args)).code, 0);
    assert.match(
      (await convert(...args)).error,
      /^error: Cannot write ".*out\.zarr.* it exists; .*\n$/,
    );
    assert.equal((await convert(...args, "--resolution", "5", "--overwrite")).code, 0);
    assert.deepEqual((await openMeshStore(out)).attributes.gridShape, [5, 5]);
    // Onto itself: the source is read to the end before it is replaced.
    assert.equal(
      (await convert("darcy", out, "--out", out, "--resolution", "3", "--overwrite")).code,
      0,
    );
    assert.deepEqual((await openMeshStore(out)).attributes.gridShape, [3, 3]);
  });
});

Deno.test("convert darcy refuses a data set of another case", async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, "step.zarr");
    const writer = await createMeshStore(path, {
      case: "step3d",
      dimensions: 1,
      fields: { p: { components: 1, unit: "Pa" } },
      splits: { train: [0] },
    });
    await writer.add({ id: "a", position: Float32Array.of(0), fields: { p: Float32Array.of(1) } });
    await writer.close();
    assert.deepEqual(await convert("darcy", path, "--out", join(directory, "out.zarr")), {
      code: 1,
      out: "",
      error: `error: Cannot convert "${path}": its case must be "darcy", received "step3d"\n`,
    });
  });
});

Deno.test("convert --help has an example for the command", async () => {
  const { code, out } = await convert("darcy", "--help");
  assert.equal(code, 0);
  assert.match(out, /^Usage: deno task convert darcy \[options\] <file>/);
  assert.match(
    out,
    /\n {2}deno task convert darcy \S+\.mat --out data\/darcy\.zarr --resolution 85\n/,
  );
});
