import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshFiles } from "../../../io/mesh_file/open_mesh_file.ts";
import { fixture } from "../../pipeline/datasets/flow_cases.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const PVD = `<VTKFile type="Collection"><Collection>
<DataSet timestep="0" file="a.vtu"/><DataSet part="0" timestep='1' file='steps/b.vtu' />
</Collection></VTKFile>`;

Deno.test("openMeshFiles() makes files that a .pvd or .series lists as steps one case", () =>
  inTemporaryDirectory(async (directory) => {
    const path = (name: string) => join(directory, name);
    Deno.mkdirSync(path("steps"));
    for (const name of ["a.vtu", "steps/b.vtu", "c.vtu", "d.vtu", "e.vtu"]) {
      Deno.copyFileSync(fixture("plates", "plate_0.vtu"), path(name));
    }
    Deno.writeTextFileSync(path("flow.pvd"), PVD);
    Deno.writeTextFileSync(
      path("heat.vtu.series"),
      '{"file-series-version": "1.0", "files": [{"name": "c.vtu", "time": 0}, ' +
        '{"name": "d.vtu", "time": 1}]}',
    );
    const files = ["a.vtu", "steps/b.vtu", "c.vtu", "d.vtu", "e.vtu"].map(path);
    const { samples, notes } = await openMeshFiles(files);
    assert.deepEqual(samples.map(({ group }) => group), ["flow", "flow", "heat", "heat", "e"]);
    assert.match(
      notes!.join("\n"),
      /2 files are listed as steps in "flow\.pvd": they are one case/,
    );
    const [alone] = (await openMeshFiles([path("a.vtu"), path("e.vtu")])).samples;
    assert.equal(alone.group, "a");
  }));
