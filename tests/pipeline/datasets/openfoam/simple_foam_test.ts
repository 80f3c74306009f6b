import assert from "node:assert/strict";
import { requireSimpleFoam } from "../../../../pipeline/datasets/openfoam/simple_foam.ts";

Deno.test("requireSimpleFoam() names the command that installs a missing solver", async () => {
  await assert.rejects(requireSimpleFoam("/usr/bin/no_such_solver"), {
    name: "UserError",
    message: /found no \/usr\/bin\/no_such_solver; install it with: apt-get install -y openfoam$/,
  });
});
