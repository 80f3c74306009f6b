import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { forceCoefficients } from "../../../pipeline/reporting/flow/force_metrics.ts";
import { wallOf } from "../../../pipeline/reporting/flow/wall.ts";

const stores = new URL("../../../pipeline/datasets/stores/", import.meta.url);

/** Maximum size of the data in a download of the project. */
const MAX_BYTES = 12e6;

/** Forces that OpenFOAM computed from the faces of its cells, by the start of the case's name. */
const SOLVER_FORCES = {
  "airFoil2D_SST_48": { lift: 1.16901, drag: 0.0119774 },
  "airFoil2D_SST_70": { lift: 1.781965, drag: 0.0224752 },
  "airFoil2D_SST_92": { lift: 1.483528, drag: 0.0180167 },
};

/** Relative errors of the forces from the fields at the nodes. */
const LIFT_TOLERANCE = 0.002;
const DRAG_TOLERANCE = 0.1;

const open = (name: string) => openMeshStore(fileURLToPath(new URL(name, stores)));

for (const name of ["airfrans_low.zarr", "airfrans_high.zarr", "step3d.zarr"]) {
  Deno.test(`${name} is complete, rounded as stated, with disjoint splits`, async () => {
    const store = await open(name);
    const { fields, generator } = store.attributes;
    assert.equal(generator?.mantissaBits, 13);
    const train = store.split("train");
    const test = store.split("test");
    assert.equal(new Set([...train, ...test]).size, store.sampleCount);
    assert.equal(train.length + test.length, store.sampleCount);
    for (let index = 0; index < store.sampleCount; index++) {
      // Reading checks every chunk against its checksum.
      const sample = await store.read(index, { cells: true });
      for (const [field, { role }] of Object.entries(fields)) {
        const words = new Uint32Array(sample.fields[field].slice().buffer);
        if (role === "target") assert.ok(words.every((word) => word % 2 ** 10 === 0), field);
      }
    }
  });
}

Deno.test("airfrans_high.zarr has no test case in the training of airfrans_low.zarr", async () => {
  const [low, high] = [await open("airfrans_low.zarr"), await open("airfrans_high.zarr")];
  const trained = new Set(low.split("train").map((index) => low.attributes.ids[index]));
  for (const index of high.split("test")) assert.ok(!trained.has(high.attributes.ids[index]));
});

Deno.test("airfrans_high.zarr has the lift and drag that the solver computed", async () => {
  const store = await open("airfrans_high.zarr");
  for (const [start, expected] of Object.entries(SOLVER_FORCES)) {
    const index = store.attributes.ids.findIndex((id) => id.startsWith(start));
    const { position, cells, fields: { velocity, pressure, distance, velocityInlet } } = await store
      .read(
        index,
        {
          cells: true,
        },
      );
    const wall = wallOf(cells!, position, (node) => distance[node] === 0);
    const rows = Float32Array.from(
      { length: 3 * pressure.length },
      (_, k) => k % 3 < 2 ? velocity[2 * Math.floor(k / 3) + k % 3] : pressure[Math.floor(k / 3)],
    );
    const inlet = [velocityInlet[0], velocityInlet[1]] as const;
    const columns = { velocity: [0, 1], pressure: 2 } as const;
    const { lift, drag } = forceCoefficients(
      { position, cells: cells!, wall, inlet, columns },
      rows,
    );
    assert.ok(Math.abs(lift / expected.lift - 1) < LIFT_TOLERANCE, `${start}: lift ${lift}`);
    assert.ok(Math.abs(drag / expected.drag - 1) < DRAG_TOLERANCE, `${start}: drag ${drag}`);
  }
});

Deno.test("Data sets that ship take at most 12 MB", async () => {
  assert.ok(await bytesIn(stores) <= MAX_BYTES);
});

async function bytesIn(directory: URL): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = new URL(isDirectory ? `${name}/` : name, directory);
    bytes += isDirectory ? await bytesIn(path) : (await Deno.stat(path)).size;
  }
  return bytes;
}
