import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CodeHasher } from "../../../pipeline/engine/code_hash.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const MODULES: Readonly<Record<string, string>> = {
  "main.ts":
    'import { b } from "./b.ts";\nimport "zod";\nexport * from "./c.ts";\nawait import("./d.ts"); // import("./gone.ts")\n',
  "b.ts": 'import type { Main } from "./main.ts";\nimport kernel from "./k.wgsl" with { type: "text" };\n',
  "c.ts": "export {\n  x,\n  y,\n} from './e.ts';\n",
  "d.ts": "",
  "e.ts": "export const x = 1, y = 2;\n",
  "k.wgsl": "fn main() {}",
  "other.ts": "",
};

Deno.test("CodeHasher changes with every file that a module imports, and with no other", () =>
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
