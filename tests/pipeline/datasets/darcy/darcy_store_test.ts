import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../../../io/mesh_store.ts";
import {
  darcyHeader,
  generateDarcySample,
} from "../../../../pipeline/datasets/darcy/darcy_data.ts";
import {
  type DarcyStoreOptions,
  ensureDarcyStore,
  generateDarcyStore,
} from "../../../../pipeline/datasets/darcy/darcy_store.ts";

const options: DarcyStoreOptions = { count: 4, resolution: 9, seed: 5 };

/** Runs a test with a new directory, and checks that it holds the named entries in the end. */
async function inDirectory(
  entries: readonly string[],
  test: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
    const found = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
    assert.deepEqual(found.sort(), entries);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const name of ["darcy.zarr", "darcy.arrow"]) {
  Deno.test(`generateDarcyStore() writes every sample to ${name}`, async () => {
    await inDirectory([name], async (directory) => {
      const path = join(directory, name);
      const counts: number[] = [];
      await generateDarcyStore(path, options, { onProgress: (done) => counts.push(done) });
      assert.deepEqual(counts, [1, 2, 3, 4]);
      const store = await openMeshStore(path);
      const { format: _, ids, nodeCount, ...header } = store.attributes;
      assert.equal(nodeCount, 4 * 81);
      assert.deepEqual(header, darcyHeader(options));
      assert.deepEqual(ids, ["darcy-5-0000", "darcy-5-0001", "darcy-5-0002", "darcy-5-0003"]);
      assert.deepEqual(store.split("validation"), [2]);
      for (let i = 0; i < 4; i++) {
        assert.deepEqual(await store.read(i), generateDarcySample(i, options));
      }
    });
  });

  Deno.test(`generateDarcyStore() replaces ${name} only with overwrite`, async () => {
    await inDirectory([name], async (directory) => {
      const path = join(directory, name);
      await generateDarcyStore(path, options);
      await assert.rejects(generateDarcyStore(path, { ...options, seed: 6 }), {
        name: "UserError",
        message: /^Cannot write ".*it exists; /,
      });
      assert.equal((await openMeshStore(path)).attributes.seed, 5);
      await generateDarcyStore(path, { ...options, seed: 6, overwrite: true });
      assert.equal((await openMeshStore(path)).attributes.seed, 6);
    });
  });

  Deno.test(`generateDarcyStore() leaves no part of ${name} when it is aborted`, async () => {
    await inDirectory([], async (directory) => {
      const controller = new AbortController();
      const generation = generateDarcyStore(join(directory, name), options, {
        signal: controller.signal,
        onProgress: (done) => done === 2 && controller.abort(),
      });
      await assert.rejects(generation, { name: "AbortError" });
    });
  });
}

Deno.test("generateDarcyStore() can be aborted from outside while it computes", async () => {
  await inDirectory([], async (directory) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const many = { ...options, count: 1_000_000 };
    await assert.rejects(
      generateDarcyStore(join(directory, "a.arrow"), many, { signal: controller.signal }),
      {
        name: "AbortError",
      },
    );
  });
});

Deno.test("generateDarcyStore() rejects a name that is neither .zarr nor .arrow", async () => {
  await inDirectory([], async (directory) => {
    for (const [name, extension] of [["darcy", ""], ["darcy.mat", ".mat"]]) {
      const path = join(directory, name);
      await assert.rejects(generateDarcyStore(path, options), {
        name: "UserError",
        message: `Cannot write "${path}": the name of a store must end in .zarr or .arrow, ` +
          `received "${extension}"`,
      });
    }
  });
});

Deno.test("ensureDarcyStore() generates a data set once", async () => {
  await inDirectory(["darcy.zarr"], async (directory) => {
    const path = join(directory, "darcy.zarr");
    assert.equal(await ensureDarcyStore(path, options), true);
    const written = (await Deno.stat(join(path, "zarr.json"))).mtime;
    assert.equal(await ensureDarcyStore(path, options), false);
    assert.deepEqual((await Deno.stat(join(path, "zarr.json"))).mtime, written);
  });
});

Deno.test("ensureDarcyStore() uses a store of different settings unless overwriting", async () => {
  await inDirectory(["darcy.zarr"], async (directory) => {
    const path = join(directory, "darcy.zarr");
    await ensureDarcyStore(path, options);
    const other = { ...options, count: 8, seed: 6 };
    const differences: string[] = [];
    const onDifference = (difference: string) => differences.push(difference);
    assert.equal(await ensureDarcyStore(path, options, { onDifference }), false);
    assert.deepEqual(differences, []);
    assert.equal(await ensureDarcyStore(path, other, { onDifference }), false);
    await ensureDarcyStore(path, { ...options, seed: 6 }, { onDifference });
    await ensureDarcyStore(path, { ...options, shares: { train: 1, validation: 1, test: 2 } }, {
      onDifference,
    });
    assert.deepEqual(differences, [
      "its count is 4 instead of 8",
      "its seed is 5 instead of 6",
      "its splits differ",
    ]);
    assert.equal((await openMeshStore(path)).attributes.seed, 5);
    assert.equal(await ensureDarcyStore(path, { ...other, overwrite: true }), true);
    assert.equal((await openMeshStore(path)).attributes.seed, 6);
  });
});

Deno.test("ensureDarcyStore() rejects other directories without changing them", async () => {
  await inDirectory(["darcy.zarr"], async (directory) => {
    const path = join(directory, "darcy.zarr");
    await Deno.mkdir(path);
    await assert.rejects(ensureDarcyStore(path, options), {
      name: "DataError",
      message: /^Cannot open ".*darcy\.zarr".* zarr\.json .* \.zgroup/,
    });
  });
});
