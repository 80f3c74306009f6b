import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CodeHasher } from "../../../../pipeline/engine/definition/code_hash.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";

const MODULES: Readonly<Record<string, string>> = {
  "main.ts": 'import { b } from "./b.ts";\nimport "zod";\nexport * from "./c.ts";\nawait ' +
    'import("./d.ts"); // import("./gone.ts")\n',
  "b.ts": 'import type { Main } from "./main.ts";\nimport kernel from "./k.wgsl" with { type: ' +
    '"text" };\n',
  "c.ts": "export {\n  x,\n  y,\n} from './e.ts';\n",
  "d.ts": "",
  "e.ts": "export const x = 1, y = 2;\n",
  "k.wgsl": "fn main() {}",
  "other.ts": "",
};

Deno.test("CodeHasher.hash() depends on every imported file, and on no other", () =>
  inTemporaryDirectory(async (directory) => {
    const write = (name: string, text: string) => Deno.writeTextFile(join(directory, name), text);
    const hash = () => new CodeHasher().hash(pathToFileURL(join(directory, "main.ts")));
    for (const [name, text] of Object.entries(MODULES)) await write(name, text);
    const before = await hash();
    assert.match(before, /^[0-9a-f]{64}$/);
    for (const [name, text] of Object.entries(MODULES)) {
      await write(name, `${text}\n// changed`);
      assert.equal(await hash() === before, name === "other.ts", name);
      await write(name, text);
    }
    assert.equal(await hash(), before);
  }));

const MODULE = import.meta.resolve("../../../../pipeline/engine/definition/code_hash.ts");

/** Prints hashes of a module that imports names of the import map, while their targets change. */
const NAMED = `
import { CodeHasher } from "${MODULE}";
const hash = () => new CodeHasher().hash(new URL("./main.ts", import.meta.url));
const imports = ["mine/x.ts", "node:fs", "absent"];
await Deno.writeTextFile("main.ts", imports.map((name) => 'import "' + name + '";\\n').join(""));
for (const text of ["1", "2", "1"]) {
  await Deno.mkdir("lib", { recursive: true });
  await Deno.writeTextFile("lib/x.ts", "export const x = " + text);
  console.log(await hash());
}`;

Deno.test("CodeHasher.hash() follows an import map", () =>
  inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(join(directory, "deno.json"), '{ "imports": { "mine/": "./lib/" } }');
    await Deno.writeTextFile(join(directory, "named.ts"), NAMED);
    const args = ["run", "-A", "--no-check", "named.ts"];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: directory }).output();
    const [one, two, again] = new TextDecoder().decode(stdout).trim().split("\n");
    assert.match(one, /^[0-9a-f]{64}$/);
    assert.notEqual(two, one);
    assert.equal(again, one);
  }));

Deno.test("CodeHasher.hash() refuses a module that does not exist", async () => {
  const hash = new CodeHasher().hash(new URL("file:///no/such/module.ts"));
  await assert.rejects(hash, { name: "TypeError", message: /module\.ts: there is no such file$/ });
});
