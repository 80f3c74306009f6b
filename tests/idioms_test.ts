/** The idioms and the words of the house. Every rule lists the lines that break it. @module */

import assert from "node:assert/strict";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WIDTH = 100;
const FOLDERS = ["docs", "io", "kernels", "pipeline", "scripts", "tests"];
/** Coordinates and lanes are declared side by side there. */
const PACKED = /^(tests\/)?(kernels|pipeline\/graph)\//;

/** Tables, addresses, pictures and regular expressions. */
const UNBREAKABLE = /^\s*\||https?:|^!?\[|^\s*\/.*\/[a-z]*,?;?$|^\s*String\.raw`/;

interface Line {
  readonly path: string;
  readonly number: number;
  readonly text: string;
}

interface Rule {
  readonly name: string;
  readonly files: RegExp;
  /** Files that are excepted. */
  readonly except?: RegExp | undefined;
  readonly breaks: (text: string) => boolean;
  /** A line that breaks the rule, and one that does not. */
  readonly bad: string;
  readonly good: string;
}

const TYPESCRIPT = /\.ts$/;
const CODE = /(?<!\.wasm)\.ts$/;
const ANY_TEXT = /\.(ts|wgsl|css|md|js)$/;

const RULES: readonly Rule[] = [
  {
    name: `no line is wider than ${WIDTH} columns, except for what cannot be broken`,
    files: ANY_TEXT,
    // Generated: its tables have one line per option.
    except: /^docs\/stages\.md$/,
    breaks: (text) => [...text].length > WIDTH && !UNBREAKABLE.test(text),
    bad: "x".repeat(WIDTH + 1),
    good: "x".repeat(WIDTH),
  },
  {
    name: "a const statement declares one name",
    files: CODE,
    except: PACKED,
    breaks: (text) =>
      /^\s*(export )?const [^=]+ = [^;({[]*, \w+ = /.test(text) && !/^\s*const [{[]/.test(text),
    bad: "const a = 1, b = 2;",
    good: "const a = f(1, 2);",
  },
  {
    name: "no literal is spread into a literal",
    files: CODE,
    breaks: (text) =>
      /\.\.\.[[{][^\]}]*[\]}][,\s)\]}]*$/.test(text) && /\.\.\.[[{] ?["\w{[]/.test(text) &&
      !/\.\.\.\[\.\.\.|\.\.\.\{ \.\.\./.test(text) && !/\]\.|\}\./.test(text),
    bad: "  ...{ a, b },",
    good: "  ...defaults,",
  },
  {
    name: "no line ends in an open template expression",
    files: CODE,
    breaks: (text) => /\$\{$/.test(text),
    bad: "const text = `a ${",
    good: "const text = `a ${b}`;",
  },
  {
    name: "nothing is destructured in an assignment, except for swaps",
    files: CODE,
    breaks: (text) => {
      const found = /^\s*\(?([[{][^=]*[\]}]) = (.*?)\)?;?$/.exec(text);
      if (found === null) return false;
      const sorted = (list: string) => list.replace(/[[\]\s;]/g, "").split(",").sort().join();
      return sorted(found[1]) !== sorted(found[2]);
    },
    bad: "    [block, bytes] = [[], 0];",
    good: "    [a, b] = [b, a];",
  },
  {
    name: "no property is spread conditionally",
    files: CODE,
    breaks: (text) => /\.\.\.\(.*(&&|\?) (\{|$)|\.\.\.\(\w[^()]*&&$/.test(text),
    bad: ["  ...(cells !== undefined", "{ cells }),"].join(" && "),
    good: "  cells,",
  },
  {
    name: "@throws has a class and begins with If",
    files: TYPESCRIPT,
    breaks: (text) => /^\s*(\*|\/\*\*).*@throws(?! \{\w+\} If | As \{@link)/.test(text),
    bad: " * @throws {RangeError} When it is negative.",
    good: " * @throws {RangeError} If it is negative.",
  },
  {
    name: "only errors extend a class",
    files: CODE,
    breaks: (text) => /\bclass \w+(<.*>)? extends (?!\w*Error\b)/.test(text),
    bad: "class Square" + " extends Shape {",
    good: "class ShapeError extends UserError {",
  },
  {
    name: "module constants are in upper case",
    files: CODE,
    except: /^tests\//,
    breaks: (text) =>
      /^(export )?const [a-z]\w*(: [^=]+)? = (-?\d|"|\/[^/*]|new (Set|Map|RegExp|URL)\b)/.test(
        text,
      ),
    bad: "const limit = 5;",
    good: "const LIMIT = 5;",
  },
  {
    name: "prose is plain English of the field",
    files: /\.(ts|wgsl|md)$/,
    except: /^tests\/idioms_test\.ts$/,
    breaks: (text) => WORDS.test(text) || /^\s*(\/\*\*|\*) What (?!is|are|does|do|if)/.test(text),
    bad: "/** What a run tells whoever started it. */",
    good: "/** Events of a run. */",
  },
];

/** Words that a native engineer would not write. */
const WORDS =
  /\b(whoever|nobody|somebody|anybody|goes on|go on with|went on|of one's own|unless told|in place of|but for (?!loop)|so many|so often|takes? in\b(?! account)|says so)\b/i;

const LINES: readonly Line[] = [...readLines()];

function* walk(folder: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(posix.join(ROOT, folder))) {
    const path = posix.join(folder, name);
    if (isDirectory && path !== "tests/fixtures" && !name.endsWith(".zarr")) yield* walk(path);
    else if (isFile && ANY_TEXT.test(name)) yield path;
  }
}

function* readLines(): Generator<Line> {
  const atRoot = [...Deno.readDirSync(ROOT)].filter(({ isFile }) => isFile).map(({ name }) => name);
  const inFolders = FOLDERS.flatMap((folder) => [...walk(folder)]);
  for (const path of [...atRoot.filter((name) => ANY_TEXT.test(name)), ...inFolders]) {
    const texts = Deno.readTextFileSync(posix.join(ROOT, path)).split("\n");
    yield* texts.map((text, k) => ({ path, number: k + 1, text }));
  }
}

for (const { name, files, except, breaks, bad, good } of RULES) {
  Deno.test(`Idiom: ${name}`, () => {
    assert.ok(breaks(bad) && !breaks(good), "the rule tells right from wrong");
    const broken = LINES.filter(({ path, text }) =>
      files.test(path) && !except?.test(path) && breaks(text)
    );
    assert.deepEqual(
      broken.map(({ path, number, text }) => `${path}:${number}: ${text.trim()}`),
      [],
    );
  });
}
