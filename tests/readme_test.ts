import assert from "node:assert/strict";
import { parseMeshAttributes } from "../io/mesh_attributes.ts";

const root = new URL("../", import.meta.url);

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, root));
}

function blocksOf(page: string): readonly string[] {
  return [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
}

for (
  const [name, page] of [["small_darcy", "README"], ["small_darcy", "docs/custom_stages"], [
    "loss_table",
    "docs/custom_stages",
  ]]
) {
  Deno.test(`${page}.md shows scripts/examples/${name}.ts unchanged`, async () => {
    const source = await read(`scripts/examples/${name}.ts`);
    const code = source.replace(/^\/\*\*[^]*?\*\/\n\n/, "");
    assert(
      blocksOf(await read(`${page}.md`)).includes(code),
      `${page}.md has no block equal to ${name}.ts`,
    );
  });
}

Deno.test("README and docs name existing tasks and link to existing files", async () => {
  const { tasks } = JSON.parse(await read("deno.json"));
  const docs = await Array.fromAsync(
    Deno.readDir(new URL("docs/", root)),
    ({ name }) => `docs/${name}`,
  );
  for (
    const page of [
      "README.md",
      "CONTRIBUTING.md",
      ...docs.filter((name) => name.endsWith(".md")),
    ]
  ) {
    const text = await read(page);
    for (const [, task] of text.matchAll(/deno(?:@[\d.]+)? task ([\w:]+)/g)) {
      assert(task in tasks, `${page} names the task "${task}", which deno.json does not have`);
    }
    for (const [, link] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      await Deno.stat(new URL(link, new URL(page, root)));
    }
  }
});

Deno.test("README is a front page", async () => {
  const words = (await read("README.md")).split(/\s+/).length;
  assert(words < 1500, `${words} words`);
});

Deno.test("docs/dependencies.md names every package", async () => {
  const { imports } = JSON.parse(await read("deno.json"));
  const page = await read("docs/dependencies.md");
  const missing = Object.keys(imports).filter((name) => !page.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
});

Deno.test("docs/your_own_data.md: its Python writes valid attributes", async () => {
  const page = await read("docs/your_own_data.md");
  const [, attributes] = /attrs\.update\(([^]*?)\)\n/.exec(page) ?? [];
  const { ids } = parseMeshAttributes(JSON.parse(attributes), "mine.zarr");
  assert.equal(ids.length, 4);
});
