import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../../../io/mesh_store.ts";
import { convertStore } from "../../../../pipeline/datasets/convert_store.ts";
import { openVtkFiles } from "../../../../pipeline/datasets/flows/vtk_store.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { editText, fixture, largestDifference, readAll, withCopy } from "../flow_cases.ts";

const plates = [0, 1, 2].map((number) => fixture("plates", `plate_${number}.vtu`));
const cloud = fixture("plates", "cloud.vtp");

Deno.test("openVtkFiles() finds the plane and drops the component across it", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    const choice = { inputs: ["2nd law"], targets: ["Velocity [m/s]", "swirl"] };
    await convertStore(await openVtkFiles(plates, choice), path);
    const store = await openMeshStore(path);
    const { fields, plane, dimensions, ids, splits, origins, cells } = store.attributes;
    assert.deepEqual(fields, {
      field_2nd_law: { components: 1, unit: "", role: "input" },
      Velocity_m_s: { components: 2, unit: "", role: "target" },
      swirl: { components: 3, unit: "", role: "target" },
    });
    assert.deepEqual({ plane, dimensions, cells }, {
      plane: { axis: 1, value: -0.25 },
      dimensions: 2,
      cells: true,
    });
    assert.deepEqual([ids, origins], [["plate_0", "plate_1", "plate_2"], plates]);
    assert.deepEqual(splits, { train: [0], validation: [1], test: [2] });
    for (const [number, sample] of (await readAll(store)).entries()) {
      assert.equal(sample.nodeCount, 3 * (3 + number));
      const at = (node: number) => [...sample.position.subarray(2 * node, 2 * node + 2)];
      const exact = (
        name: string,
        components: number,
        expected: (x: number, z: number) => readonly number[],
      ) =>
        assert.equal(
          largestDifference(sample.fields[name], components, (node) =>
            expected(at(node)[0], at(node)[1])),
          0,
        );
      assert.deepEqual(at(5), [1, 2]);
      exact("Velocity_m_s", 2, (x, z) => [x, -z]);
      exact("swirl", 3, (x, z) => [z, x, -0.25]);
      exact("field_2nd_law", 1, (x) => [x + number]);
      assert.equal(sample.cells!.types.length, 4 * (2 + number));
    }
  });
});

Deno.test(
  "openVtkFiles() reads points in space, points in a plane as 3-D on request, and points " +
    "without cells",
  async () => {
    const [{ position, fields }] = await readAll(
      await openVtkFiles([plates[0]], { dimensions: 3 }),
    );
    assert.deepEqual([...position.subarray(0, 6)], [0, -0.25, 0, 0, -0.25, 1]);
    assert.equal(fields.swirl.length, 27);

    const store = await openVtkFiles([cloud], { shares: { train: 0, validation: 0, test: 1 } });
    assert.deepEqual(store.split("test"), [0]);
    assert.equal(store.attributes.cells, undefined);
    assert.deepEqual(store.attributes.fields, {
      heat: { components: 1, unit: "", role: undefined, offset: undefined },
    });
    const [sample] = await readAll(store);
    assert.deepEqual([...sample.fields.heat], [0, 6, 5]);
    assert.deepEqual([sample.dimensions, sample.position.length, sample.cells], [3, 9, undefined]);
  },
);

Deno.test("openVtkFiles() distinguishes files of the same name by their folders", async () => {
  await withCopy("plates", async (copy) => {
    const paths = ["a", "b"].map((folder) => {
      Deno.mkdirSync(join(copy, folder));
      Deno.copyFileSync(plates[0], join(copy, folder, "plate.vtu"));
      return join(copy, folder, "plate.vtu");
    });
    assert.deepEqual((await openVtkFiles(paths)).attributes.ids, ["a/plate", "b/plate"]);
  });
});

Deno.test("openVtkFiles() rejects mismatched files and missing fields", async (t) => {
  const wrong: Record<string, readonly [() => Promise<unknown>, RegExp]> = {
    "no such array": [
      () => openVtkFiles(plates, { inputs: ["swril"] }),
      /array "swril" of ".*plate_0\.vtu": no such array, did you mean "swirl"\?/,
    ],
    "a constant target": [
      () => openVtkFiles(plates, { targets: ["stress"] }),
      /"stress" as target: a target must vary over the samples, it is 1 in all samples/,
    ],
    "input and target": [
      () => openVtkFiles(plates, { inputs: ["swirl"], targets: ["swirl"] }),
      /Cannot use array "swirl": it is both input and target; choose one/,
    ],
    "files of two formats": [
      () => openVtkFiles([plates[0], cloud]),
      /files of one data set must be of one format, .* VTK unstructured grid .* VTK surface/,
    ],
    "no such file": [
      () => openVtkFiles([plates[0], `${cloud}x`]),
      /Cannot read ".*cloud\.vtpx": no such file/,
    ],
  };
  for (const [what, [open, message]] of Object.entries(wrong)) {
    await t.step(what, () => assert.rejects(open(), { message, name: /Error$/ }));
  }
  await t.step("a file that lacks a field", () =>
    withCopy("plates", async (copy) => {
      const paths = [0, 1].map((number) => join(copy, `plate_${number}.vtu`));
      editText(paths[1], 'Name="swirl"', 'Name="spin"');
      await assert.rejects(openVtkFiles(paths, { inputs: ["swirl"] }).then(readAll), {
        message: /array "swirl" of ".*plate_1\.vtu": no such array, (known: |did you mean)/,
      });
    }));
});
