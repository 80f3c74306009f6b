import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { DataError } from "../../errors.ts";
import { chooseChunkRows } from "../../io/chunk_rows.ts";
import {
  createMeshStore,
  type MeshCells,
  type MeshSample,
  type MeshStoreHeader,
  openMeshStore,
  writeArrowMeshes,
} from "../../io/mesh_store.ts";
import {
  assertDamaged,
  copyDirectory,
  edit,
  filesOf,
  fixtures,
  header as plainHeader,
  type Json,
  makeSample,
} from "./mesh_samples.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const header: MeshStoreHeader = {
  ...plainHeader,
  cells: true,
  plane: { axis: 2, value: 0.5 },
  origins: ["plate-0.vtu", "plate-1.vtu", "plate-2.vtu"],
};

/** Edges between neighbouring nodes, and one polygon of all nodes. */
function cellsOf(nodeCount: number): MeshCells {
  const edges = nodeCount - 1;
  return {
    connectivity: Uint32Array.from(
      { length: 2 * edges + nodeCount },
      (_, k) => k < 2 * edges ? (k + 1) >> 1 : k - 2 * edges,
    ),
    offsets: Uint32Array.from(
      { length: edges + 2 },
      (_, cell) => cell <= edges ? 2 * cell : 2 * edges + nodeCount,
    ),
    types: Uint8Array.from({ length: edges + 1 }, (_, cell) => cell < edges ? 3 : 7),
  };
}

function sampleWithCells(number: number, nodeCount: number): MeshSample {
  return { ...makeSample(number, nodeCount), cells: cellsOf(nodeCount) };
}

const ragged = [5, 3, 7].map((nodeCount, number) => sampleWithCells(number, nodeCount));

async function writeStore(
  path: string,
  samples: readonly MeshSample[],
  options = {},
  changes = {},
): Promise<void> {
  const writer = await createMeshStore(path, { ...header, ...changes }, options);
  for (const sample of samples) await writer.add(sample);
  await writer.close();
}

async function readAll(path: string, options = { cells: true }): Promise<MeshSample[]> {
  const store = await openMeshStore(path);
  return await Array.fromAsync(
    { length: store.sampleCount },
    (_, index) => store.read(index, options),
  );
}

Deno.test("createMeshStore() and writeArrowMeshes() round-trip any cells at any chunk size", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 3, maxLength: 3 }),
      fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
      (nodeCounts, chunkRows) =>
        inTemporaryDirectory(async (directory) => {
          const samples = nodeCounts.map((nodeCount, number) => sampleWithCells(number, nodeCount));
          const zarr = join(directory, "a.zarr");
          const arrow = join(directory, "a.arrow");
          await writeStore(zarr, samples, chunkRows === undefined ? { nodeCounts } : { chunkRows });
          const { attributes, nodeCounts: read } = await openMeshStore(zarr);
          assert.deepEqual([attributes.plane, attributes.origins], [header.plane, header.origins]);
          assert.deepEqual(read, nodeCounts);
          await writeArrowMeshes(arrow, attributes, samples);
          assert.deepEqual((await openMeshStore(arrow)).nodeCounts, nodeCounts);
          for (const path of [zarr, arrow]) {
            assert.deepEqual(await readAll(path), samples);
            const without = samples.map(({ cells: _, ...sample }) => sample);
            assert.deepEqual(await readAll(path, { cells: false }), without);
          }
        }),
    ),
    { numRuns: 10 },
  ));

Deno.test("openMeshStore() reads cells of zarr-python and pyarrow", async () => {
  const expected: { cells: number[][]; types: number[] }[] = JSON.parse(
    Deno.readTextFileSync(join(fixtures, "cells.json")),
  );
  for (const name of ["cells.zarr", "cells.arrow"]) {
    const samples = await readAll(join(fixtures, name));
    assert.deepEqual(
      samples.map(({ cells }) => [...cells!.types]),
      expected.map(({ types }) => types),
      name,
    );
    for (const [sample, { cells }] of expected.entries()) {
      const { connectivity, offsets } = samples[sample].cells!;
      assert.deepEqual(
        cells.map((_, cell) => [...connectivity.slice(offsets[cell], offsets[cell + 1])]),
        cells,
      );
    }
  }
});

Deno.test("openMeshStore() refuses cells with any file missing, cut short or flipped", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    await writeStore(path, ragged, { chunkRows: 4 });
    const files = filesOf(path).filter((file) => file.startsWith("cell"));
    assert.deepEqual([...new Set(files.map((file) => file.split(/[/\\]/)[0]))], [
      "cellConnectivity",
      "cellRanges",
      "cellSizes",
      "cellTypes",
    ]);
    for (const file of files) {
      const bytes = Deno.readFileSync(join(path, file));
      const damages = {
        missing: undefined,
        "cut short": bytes.subarray(0, bytes.length - 1),
        flipped: bytes.with(bytes.length >> 1, bytes[bytes.length >> 1] ^ 4),
      };
      for (const [damage, damaged] of Object.entries(damages)) {
        if (damaged) Deno.writeFileSync(join(path, file), damaged);
        else Deno.removeSync(join(path, file));
        const outcome = await readAll(path).catch((error: unknown) => error);
        // A flipped bit of the metadata may leave their meaning as it is.
        if (file.endsWith("zarr.json") && damage === "flipped" && !(outcome instanceof Error)) {
          assert.deepEqual(outcome, ragged, file);
        } else {
          assert.ok(
            outcome instanceof DataError && outcome.message.includes(path),
            `${file} ${damage}: ${outcome}`,
          );
        }
      }
      Deno.writeFileSync(join(path, file), bytes);
    }
    assert.deepEqual(await readAll(path), ragged);
  }));

Deno.test("openMeshStore() refuses arrays of cells that do not match each other", async (t) => {
  const shape = (...numbers: readonly number[]): Json => ({ shape: numbers });
  const wrong: [string, Json | bigint[], RegExp][] = [
    [
      "cellRanges",
      shape(3, 3),
      /must be integers with 4 columns, it is int64 with 3 × 3/,
    ],
    ["cellRanges", shape(2, 4), /"cellRanges" of ".*": it must have 3 rows, it has 2/],
    ["cellTypes", shape(5), /"cellSizes" must have as many numbers as "cellTypes", 5, it has 15/],
    ["cellTypes", { data_type: "int8" }, /"cellTypes" must be uint8, it is int8/],
    ["cellSizes", { data_type: "float32" }, /"cellSizes" .*: it must be integers, it is float32/],
    [
      "cellRanges",
      [0n, 5n, 0n, 13n, 5n, 11n, 13n, 7n],
      /within 15 cells and 39 entries, sample 1 has 5, 11, 13, 7/,
    ],
    ["cellRanges", [0n, 5n, 0n, 13n, 5n, 0n, 13n, 7n], /sample 1 has 5, 0, 13, 7/],
    [
      "cellRanges",
      [0n, 5n, 0n, 12n],
      /"plate-0"\) .* the last offset must be the length of connectivity, 12, it is 13/,
    ],
    [
      "cellRanges",
      [5n, 3n, 13n, 7n, 0n, 5n, 0n, 13n],
      /"plate-1"\) .* nodes must be below 3, cell 2 has 3/,
    ],
  ];
  for (const [array, change, message] of wrong) {
    await t.step(`${array} ${message.source}`, () =>
      inTemporaryDirectory(async (directory) => {
        const path = join(directory, "bad.zarr");
        copyDirectory(join(fixtures, "cells.zarr"), path);
        if (Array.isArray(change)) {
          const chunk = join(path, array, "c", "0", "0");
          const bytes = Deno.readFileSync(chunk);
          bytes.set(new Uint8Array(BigInt64Array.from(change).buffer));
          Deno.writeFileSync(chunk, bytes);
        } else edit(join(path, array, "zarr.json"), change);
        await assert.rejects(readAll(path), { name: "DataError", message });
      }));
  }
});

Deno.test("createMeshStore() and writeArrowMeshes() refuse invalid or missing cells", () =>
  inTemporaryDirectory(async (directory) => {
    const [good] = ragged;
    const { cells: _, ...without } = good;
    const right = cellsOf(5);
    const withCells = (changes: Partial<MeshCells>) => ({
      ...good,
      cells: { ...right, ...changes },
    });
    const wrong: [MeshSample, Json, RegExp][] = [
      [
        withCells({ offsets: Uint32Array.of(0) }),
        {},
        /there must be 6 offsets for 5 types, there are 1/,
      ],
      [withCells({ offsets: right.offsets.with(0, 1) }), {}, /the first offset must be 0, it is 1/],
      [
        withCells({ offsets: right.offsets.with(2, 1) }),
        {},
        /offsets must not descend, they do after cell 1/,
      ],
      [
        withCells({ offsets: right.offsets.with(5, 12) }),
        {},
        /the length of connectivity, 13, it is 12/,
      ],
      [
        withCells({ connectivity: right.connectivity.with(3, 5) }),
        {},
        /nodes must be below 5, cell 1 has 5/,
      ],
      [
        withCells({ types: new Uint8Array(), offsets: Uint32Array.of(0) }),
        {},
        /there must be at least one/,
      ],
      [without, {}, /"plate-0"\) .*: by the attributes it must have cells/],
      [
        good,
        { cells: undefined },
        /"plate-0"\) .*: by the attributes it must not have cells/,
      ],
      [
        good,
        { origins: ["a", "b"] },
        /"origins" must name a file for each of 1 samples, it names 2/,
      ],
      [good, { dimensions: 3 }, /meshes in a plane must have 2 dimensions, they have 3/],
    ];
    for (const [sample, changes, message] of wrong) {
      const changed = { splits: {}, origins: undefined, ...changes };
      const expected = { name: "DataError", message };
      await assert.rejects(writeStore(join(directory, "a.zarr"), [sample], {}, changed), expected);
      const arrow = writeArrowMeshes(join(directory, "a.arrow"), { ...header, ...changed }, [
        sample,
      ]);
      await assert.rejects(arrow, expected);
    }
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  }));

Deno.test("MeshStore.read() refuses to read cells of a store without cells", async () => {
  for (const name of ["v3_blosc.zarr", "float32.arrow"]) {
    await assert.rejects(readAll(join(fixtures, name)), {
      name: "DataError",
      message: /^Cannot read cells of ".*": the store has only nodes$/,
    });
  }
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "bad.zarr");
    copyDirectory(join(fixtures, "v3_raw.zarr"), path);
    const attributes = JSON.parse(Deno.readTextFileSync(join(path, "zarr.json"))).attributes;
    edit(join(path, "zarr.json"), { attributes: { ...attributes, cells: true } });
    await assertDamaged(
      path,
      /array "cellRanges" of ".*": it is missing; the store is incomplete/,
    );
  });
});

Deno.test("createMeshStore() writes each mesh of known size as one chunk", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    await writeStore(path, ragged, { nodeCounts: [5, 3, 7] });
    const chunks = filesOf(path).filter((file) => !file.endsWith("zarr.json"));
    const several = [
      "position",
      "velocity",
      "temperature",
      "cellSizes",
      "cellTypes",
      "cellConnectivity",
    ];
    for (const name of several) {
      assert.equal(chunks.filter((file) => file.startsWith(name)).length, 3, name);
    }
  }));

Deno.test(
  "createMeshStore() makes no small chunks where nodes are guessed too few, or cells of the " +
    "first mesh are few",
  () =>
    inTemporaryDirectory(async (directory) => {
      const path = join(directory, "plates.zarr");
      const chain = (number: number, nodeCount: number, cellCount: number) => {
        const cells = {
          connectivity: Uint32Array.from(
            { length: 2 * cellCount },
            (_, entry) => entry % nodeCount,
          ),
          offsets: Uint32Array.from({ length: cellCount + 1 }, (_, cell) => 2 * cell),
          types: new Uint8Array(cellCount).fill(3),
        };
        return { ...makeSample(number, nodeCount), cells };
      };
      const samples = [chain(0, 500, 1), chain(1, 500, 2000), chain(2, 500, 2048)];
      for (const nodeCounts of [[0, 0, 0], [3, 1, 2], undefined]) {
        await writeStore(path, samples, { nodeCounts, overwrite: true });
        assert.deepEqual(await readAll(path), samples);
        const chunks = filesOf(path).filter((file) => !file.endsWith("zarr.json"));
        assert.equal(chunks.length, 6 * 3 + 2, String(nodeCounts));
      }
    }),
);

Deno.test("chooseChunkRows() fits the largest mesh, or less if padding would dominate", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 3e6 }), { minLength: 1, maxLength: 20 }),
      (nodeCounts) => {
        const rows = chooseChunkRows(nodeCounts);
        const nodes = nodeCounts.reduce((sum, count) => sum + count);
        assert.ok(Number.isInteger(rows) && rows >= 1 && rows <= 2 ** 20);
        const written = nodeCounts.reduce((sum, count) => sum + Math.ceil(count / rows) * rows, 0);
        assert.ok(written <= 1.5 * nodes || rows <= 4096, `${rows} rows`);
      },
    ),
  );
  assert.equal(chooseChunkRows([9836, 9976, 10_300]), 10_300);
  assert.equal(chooseChunkRows([100, 67_000]), 33_500);
  assert.equal(chooseChunkRows([4e6]), 1e6);
});
