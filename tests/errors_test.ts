import assert from "node:assert/strict";
import { didYouMean, nearestName } from "../errors.ts";

Deno.test("nearestName() finds a slip of the keys, and a name that begins the same", () => {
  assert.equal(nearestName("subdomain", ["meshes", "subdomains"]), "subdomains");
  assert.equal(nearestName("train", ["test", "training"].values()), "training");
  assert.equal(nearestName("velocity", ["pressure", "x"]), undefined);
});

Deno.test("didYouMean() suggests one name, or lists what there is", () => {
  assert.equal(didYouMean("darci", ["darcy"]), 'did you mean "darcy"?');
  assert.equal(didYouMean("velocity", ["pressure", "x"]), "known: pressure, x");
  assert.equal(didYouMean("any", []), "there are none");
});
