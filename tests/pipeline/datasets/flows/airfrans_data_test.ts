import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../../../io/mesh_store.ts";
import { readVtk, type VtkArray } from "../../../../io/vtk/read_vtk.ts";
import { writeVtu } from "../../../../io/vtk/write_vtk.ts";
import { inletOf, openAirfrans } from "../../../../pipeline/datasets/flows/airfrans_data.ts";
import { convertStore } from "../../../../pipeline/datasets/convert_store.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { editText, fixture, largestDifference, readAll, withCopy } from "../flow_cases.ts";

const [third, first, second] = [
  "airFoil2D_SST_80.125_0_0_0_15",
  "airFoil2D_SST_40.5_-3.25_2.0_4.1_12.3",
  "airFoil2D_SST_61_10.5_1.5_0.0_1.0_9.871",
];
const AROUND = 24;
const NODES = 7 * AROUND;

Deno.test("openAirfrans() reads closed forms written by VTK in float32 and float64", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "aerofoils.zarr");
    await convertStore(await openAirfrans(fixture("airfrans")), path);
    const store = await openMeshStore(path);
    const { ids, plane, origins, generator } = store.attributes;
    assert.deepEqual(ids, [third, first, second]);
    assert.deepEqual(plane, { axis: 2, value: 0.5 });
    assert.equal(origins?.[1], `${first}/${first}_internal.vtu`);
    assert.deepEqual(generator, {
      name: "haloflow convert airfrans",
      source: "airfrans",
      task: "full",
      fidelity: "low",
      rejected: ["airFoil2D_SST_50_2_1_1_11"],
    });
    for (const { id, nodeCount, position, fields, cells } of await readAll(store)) {
      assert.equal(nodeCount, NODES);
      const at = (node: number) => {
        const [x, y] = position.subarray(2 * node, 2 * node + 2);
        return { x, y, r: Math.hypot(x - 0.5, y) };
      };
      const [speed, degrees] = id.split("_").slice(2, 4).map(Number);
      const angle = degrees * Math.PI / 180;
      const inlet = [speed * Math.cos(angle), speed * Math.sin(angle)];
      const difference = (
        name: string,
        components: number,
        expected: (node: number) => readonly number[],
      ) => largestDifference(fields[name], components, expected);
      assert.ok(difference("velocityInlet", 2, () => inlet) < 1e-5);
      assert.ok(difference("distance", 1, (node) => [at(node).r - 0.5]) < 1e-6);
      assert.ok(difference("pressure", 1, (node) => [at(node).x * at(node).y]) < 1e-6);
      assert.ok(difference("nut", 1, (node) => [1e-3 * (at(node).r - 0.5)]) < 1e-8);
      assert.ok(
        difference("velocity", 2, (node) => inlet.map((u) => u * (1 - (0.5 / at(node).r) ** 2))) <
          5e-5,
      );
      // Into the body on its surface, the first ring; 0 elsewhere.
      const normal = (node: number) => {
        const { x, y, r } = at(node);
        return node < AROUND ? [(0.5 - x) / r, -y / r] : [0, 0];
      };
      assert.ok(difference("normals", 2, normal) < 1e-6);
      assert.ok(fields.distance.every((distance) => distance >= 0));

      const { connectivity, offsets, types } = cells!;
      assert.deepEqual([types.length, new Set(types)], [6 * AROUND, new Set([9])]);
      assert.deepEqual([...connectivity.subarray(offsets[25], offsets[26])], [25, 49, 50, 26]);
    }
  });
});

Deno.test("openAirfrans() reads the splits of a task, and those that are complete", async () => {
  const splitsOf = async (options: Parameters<typeof openAirfrans>[1]) => {
    const { ids, splits } = (await openAirfrans(fixture("airfrans"), options)).attributes;
    return Object.fromEntries(
      Object.entries(splits).map(([name, samples]) => [name, samples.map((k) => ids[k])]),
    );
  };
  const all = {
    full_train: [third, first],
    full_test: [second],
    scarce_train: [third],
    aoa_train: [first],
    aoa_test: [second, third],
  };
  assert.deepEqual(await splitsOf({}), { ...all, train: [third, first], test: [second] });
  assert.deepEqual(await splitsOf({ task: "aoa" }), {
    ...all,
    train: [first],
    test: [second, third],
  });
  const { full_test, scarce_train, aoa_test } = all;
  assert.deepEqual(await splitsOf({ task: "scarce" }), {
    full_test,
    scarce_train,
    aoa_test,
    train: [third],
    test: [second],
  });
  assert.deepEqual(await splitsOf({ task: "aoa", limit: 1 }), {
    aoa_train: [first],
    full_test: [second],
    train: [first],
    test: [second],
  });
  await assert.rejects(splitsOf({ task: "reynolds" }), {
    name: "DataError",
    message: /^Cannot read split "reynolds_train" of ".*airfrans": no split of that name, /,
  });
});

Deno.test("openAirfrans() gives normals to all surface nodes at repeated points", () =>
  withCopy("airfrans", async (copy) => {
    const path = join(copy, third, `${third}_internal.vtu`);
    const { points, cells, pointData } = await readVtk(path);
    const again = ({ values, components }: VtkArray) => ({
      values: Float32Array.of(
        ...values as Float32Array,
        ...values.subarray(0, AROUND * components) as Float32Array,
      ),
      components,
    });
    await writeVtu(path, {
      points: again({ values: points, components: 3 }).values,
      cells,
      pointData: Object.fromEntries(
        Object.entries(pointData).map(([name, array]) => [name, again(array)]),
      ),
    }, { overwrite: true });
    const [{ nodeCount, fields: { normals } }] = await readAll(await openAirfrans(copy));
    assert.equal(nodeCount, NODES + AROUND);
    assert.deepEqual(normals.subarray(2 * NODES), normals.subarray(0, 2 * AROUND));
    assert.ok(normals.subarray(2 * AROUND, 2 * NODES).every((component) => component === 0));
  }));

Deno.test("openAirfrans() names the point with a non-finite number", () =>
  withCopy("airfrans", async (copy) => {
    const path = join(copy, first, `${first}_internal.vtu`);
    const mesh = await readVtk(path);
    mesh.pointData.nut.values[17] = NaN;
    await writeVtu(path, mesh, { overwrite: true });
    await assert.rejects(openAirfrans(copy).then(readAll), {
      name: "DataError",
      message: /Cannot read array "nut" of ".*_internal\.vtu".* finite .* tuple 17 has NaN/,
    });
  }));

Deno.test(
  "inletOf() reads speed and angle from names of 4 and 5 digit sections and rejects others",
  () => {
    const [x, y] = inletOf(second);
    assert.ok(Math.abs(x - 61 * Math.cos(10.5 * Math.PI / 180)) < 1e-12);
    assert.ok(Math.abs(y - 61 * Math.sin(10.5 * Math.PI / 180)) < 1e-12);
    for (
      const name of [
        "airFoil2D_SST_61_10_1_2",
        "airFoil2D_SST_61_1_2_3_4_5_6",
        "airFoil2D_SST_fast_1_1_1_1",
      ]
    ) {
      assert.throws(() => inletOf(name), {
        name: "DataError",
        message: /its name must be airFoil2D_SST_<speed>_/,
      });
    }
  },
);

Deno.test(
  "openAirfrans() rejects missing and mismatched files, and convertStore() writes nothing",
  async (t) => {
    const internal = join(first, `${first}_internal.vtu`);
    const aerofoil = join(first, `${first}_aerofoil.vtp`);
    const rename = (from: string, to: string) => (copy: string) =>
      Deno.renameSync(join(copy, from), join(copy, to));
    const edit = (file: string, from: string | RegExp, to: string) => (copy: string) =>
      editText(join(copy, file), from, to);
    const copyOver = (from: string, to: string) => (copy: string) =>
      Deno.copyFileSync(join(copy, from), join(copy, to));
    const other = (file: string) => file.replaceAll(first, third);
    const wrong: Record<string, readonly [change: (copy: string) => void, message: RegExp]> = {
      "no manifest": [
        rename("manifest.json", "m"),
        /^Cannot read ".*": it must have a manifest\.json/,
      ],
      "a manifest that is no JSON": [
        edit("manifest.json", "{", "["),
        /^Cannot read ".*manifest\.json": /,
      ],
      "a manifest of another form": [
        edit("manifest.json", "[", "[1,"),
        /manifest\.json": its contents are invalid: full_train\.0/,
      ],
      "a case name that leads elsewhere": [
        edit("manifest.json", first, "../x"),
        /contents are invalid: full_train\.1: .*no slash/,
      ],
      "records of another form": [
        edit("cases.json", '"accepted": true', '"accepted": 1'),
        /cases\.json": its contents are invalid: 0\.accepted/,
      ],
      "no case folder": [
        rename(first, "elsewhere"),
        /Cannot read ".*40\.5_.*_internal\.vtu": No such file/,
      ],
      "no aerofoil": [rename(aerofoil, "a"), /Cannot read ".*_aerofoil\.vtp": No such file/],
      "a case of another name": [
        edit("manifest.json", second, "wing_1"),
        /Cannot read case "wing_1": its name must be/,
      ],
      "a missing array": [
        edit(internal, 'Name="nut"', 'Name="nu_t"'),
        /point array "nut" of ".*": no such array, did you mean "nu_t"\?/,
      ],
      "an array at the cells": [
        edit(internal, 'Name="U"', 'Name="V"'),
        /point array "U" .* found cell data; convert it/,
      ],
      "a scalar for a vector": [
        (copy) => {
          edit(internal, 'Name="U"', 'Name="velocity"')(copy);
          edit(internal, 'Name="p"', 'Name="U"')(copy);
        },
        /point array "U" of ".*": it must have 2 components, found 1$/,
      ],
      "a field of another length": [
        edit(internal, 'NumberOfPoints="168"', 'NumberOfPoints="169"'),
        /Cannot read array ".*" of ".*_internal\.vtu"/,
      ],
      "cut short": [
        (copy) => Deno.truncateSync(join(copy, internal), 3000),
        /Cannot read .*_internal\.vtu"/,
      ],
      "the flow of another case": [
        copyOver(other(internal), internal),
        /_internal\.vtu": its flow upstream .* \(40\.43, -2\.30\) m\/s, found \(77\.94, 0\.00\)/,
      ],
      "the aerofoil of another case": [
        copyOver(other(aerofoil), aerofoil),
        /_aerofoil\.vtp": each of its points .* ".*_internal\.vtu", point \d+ at \(.*\) is not/,
      ],
      "no normals": [
        edit(aerofoil, 'Name="Normals"', 'Name="N"'),
        /point array "Normals" .* no such array/,
      ],
    };
    for (const [what, [change, message]] of Object.entries(wrong)) {
      await t.step(what, () =>
        withCopy("airfrans", async (copy) => {
          change(copy);
          const out = join(copy, "out", "a.zarr");
          const outcome = openAirfrans(copy).then((source) => convertStore(source, out));
          await assert.rejects(outcome, { name: "DataError", message });
          const left = await Array.fromAsync(Deno.readDir(join(copy, "out"))).catch(() => []);
          assert.deepEqual(left, []);
        }));
    }
  },
);
