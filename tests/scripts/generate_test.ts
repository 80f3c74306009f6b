import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../io/mesh_store.ts";
import { generateDarcySample } from "../../pipeline/datasets/darcy/darcy_data.ts";
import { type Outcome, runTask } from "./run_script.ts";

const script = new URL("../../scripts/generate.ts", import.meta.url);
const small = ["--count", "3", "--resolution", "7"];

function generate(...args: readonly string[]): Promise<Outcome> {
  return runTask("generate", ...args);
}

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("generate darcy writes the data set that its options describe", async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, "new", "darcy.zarr");
    const { code, out, error } = await generate(
      "darcy",
      "--count",
      "4",
      "--resolution",
      "7",
      "--seed",
      "11",
      "--out",
      path,
      "--face-mean",
      "harmonic",
      "--splits",
      "2/1/1",
    );
    assert.equal(code, 0, error);
    assert.match(out, /^Wrote 4 samples of 7 × 7 vertices to .*darcy\.zarr in \d+\.\d s\n$/);
    assert.match(error, /^generate: 4 of 4 samples, \d+\.\d s\n$/);
    const store = await openMeshStore(path);
    assert.deepEqual(store.attributes.splits, { train: [0, 1], validation: [2], test: [3] });
    const options = { count: 4, resolution: 7, seed: 11, faceMean: "harmonic" } as const;
    assert.deepEqual(await store.read(3), generateDarcySample(3, options));
  });
});

Deno.test("generate darcy writes the same bytes every time", async () => {
  await inDirectory(async (directory) => {
    const paths = ["first.zarr", "second.zarr"].map((name) => join(directory, name));
    for (const path of paths) {
      assert.equal((await generate("darcy", ...small, "--out", path)).code, 0);
    }
    const [first, second] = await Promise.all(paths.map(readTree));
    assert.ok(first.size > 5);
    assert.deepEqual(first, second);
  });
});

/** Every file below a directory, by its relative path. */
async function readTree(directory: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const visit = async (relative: string) => {
    const entries = await Array.fromAsync(Deno.readDir(join(directory, relative)));
    for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      const path = join(relative, name);
      if (isDirectory) await visit(path);
      else files.set(path, await Deno.readFile(join(directory, path)));
    }
  };
  await visit(".");
  return files;
}

Deno.test("generate darcy replaces an existing store only with --overwrite", async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, "darcy.arrow");
    assert.equal((await generate("darcy", ...small, "--out", path)).code, 0);
    assert.deepEqual(await generate("darcy", ...small, "--seed", "2", "--out", path), {
      code: 1,
      out: "",
      error: `error: Cannot write "${path}": it exists; choose another path or set overwrite ` +
        "(--overwrite)\n",
    });
    assert.equal((await openMeshStore(path)).attributes.seed, 1);
    assert.equal(
      (await generate("darcy", ...small, "--seed", "2", "--out", path, "--overwrite")).code,
      0,
    );
    assert.equal((await openMeshStore(path)).attributes.seed, 2);
  });
});

Deno.test("generate darcy prints a mistake as one line and ends with 1", async () => {
  const cases: [string[], string][] = [
    [["darcy", "--count", "0"], 'Cannot read --count: it must be an integer >= 1, received "0"'],
    [
      ["darcy", "--resolution", "2"],
      'Cannot read --resolution: it must be an integer of 3 to 4097, received "2"',
    ],
    [
      ["darcy", "--seed", "x"],
      'Cannot read --seed: it must be an integer of 0 to 9007199254740991, received "x"',
    ],
    [
      ["darcy", "--face-mean", "harmonics"],
      'Cannot read --face-mean: it must be arithmetic or harmonic, received "harmonics", ' +
      'did you mean "harmonic"?',
    ],
    [
      ["darcy", "--splits", "1/2"],
      "Cannot read --splits: it must be three shares >= 0, one of them > 0, such as 120/8/32, " +
      'received "1/2"',
    ],
    [
      ["darcy", ...small, "--out", "/nonexistent/darcy.mat"],
      'Cannot write "/nonexistent/darcy.mat": the name of a store must end in .zarr or .arrow, ' +
      'received ".mat"',
    ],
    [
      ["darcy", "--resolutoin", "9"],
      "Cannot run the command as given: unknown option '--resolutoin', did you mean --resolution?",
    ],
    [["dacry"], "Cannot run the command as given: unknown command 'dacry', did you mean darcy?"],
  ];
  for (const [args, message] of cases) {
    assert.deepEqual(await generate(...args), { code: 1, out: "", error: `error: ${message}\n` });
  }
});

Deno.test("generate darcy --splits refuses what is not three shares", async () => {
  for (const text of ["0/0/0", "1/-1/1", "1/x/1", "1//1", "1/Infinity/1", "1/1/1/1", ""]) {
    const { code, error } = await generate("darcy", "--splits", text);
    assert.equal(code, 1);
    assert.match(error, /^error: Cannot read --splits: .*\n$/);
  }
});

Deno.test("generate --help has an example for the command", async () => {
  const { code, out } = await generate("darcy", "--help");
  assert.equal(code, 0);
  assert.match(out, /^Usage: deno task generate darcy \[options\]/);
  assert.match(out, /\n {2}deno task generate darcy --count 160 .* --out data\/darcy\.zarr\n/);
});

Deno.test("generate darcy leaves nothing behind when it is interrupted", async () => {
  await inDirectory(async (directory) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        script.href,
        "darcy",
        "--count",
        "100000",
        "--out",
        "darcy.zarr",
      ],
      cwd: directory,
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    while ((await Array.fromAsync(Deno.readDir(directory))).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGINT");
    let printed = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      printed += part.value;
    }
    assert.match(printed, /Interrupted\n$/);
    assert.equal((await child.status).code, 130);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(directory)), []);
  });
});
