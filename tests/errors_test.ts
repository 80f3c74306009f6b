import assert from "node:assert/strict";
import { didYouMean, nearestName } from "../errors.ts";

Deno.test("nearestName() finds a misspelt name, and one with the same beginning", () => {
  assert.equal(nearestName("subdomain", ["meshes", "subdomains"]), "subdomains");
  assert.equal(nearestName("train", ["test", "training"].values()), "training");
  assert.equal(nearestName("velocity", ["pressure", "x"]), undefined);
});

Deno.test("didYouMean() suggests one name, or lists all candidates", () => {
  assert.equal(didYouMean("darci", ["darcy"]), 'did you mean "darcy"?');
  assert.equal(didYouMean("velocity", ["pressure", "x"]), "known: pressure, x");
  assert.equal(didYouMean("any", []), "there are none");
  const many = Array.from({ length: 25 }, (_, k) => `${k}`.repeat(9));
  assert.match(didYouMean("x", many), /^known: 0{9}, 1{9},.* and 5 more$/);
});
