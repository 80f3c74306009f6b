import assert from "node:assert/strict";
import fc from "fast-check";
import { DOMParser } from "linkedom";
import { escapeHtml, markup, trustedMarkup } from "../../../../pipeline/reporting/page/markup.ts";

Deno.test("markup() escapes text and attributes, but not markup", () => {
  const name = `<script>alert("1")</script> & 'x'`;
  assert.equal(
    String(markup`<i title="${name}">${name}${markup`<b>${"<"}</b>`}</i>`),
    `<i title="${escapeHtml(name)}">${escapeHtml(name)}<b>&lt;</b></i>`,
  );
  assert.ok(!escapeHtml(name).includes("<"));
  assert.equal(
    String(markup`${[1, "<", [trustedMarkup("<br>")]]}${undefined}${false}${0}`),
    "1&lt;<br>0",
  );
});

Deno.test("escapeHtml() is undone by a parser, in text and in attributes", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
    const page = String(
      markup`<!doctype html><html><body><p title="${text}">${text}</p></body></html>`,
    );
    const paragraph = new DOMParser().parseFromString(page, "text/html").querySelector("p");
    assert.deepEqual([paragraph?.textContent, paragraph?.getAttribute("title")], [text, text]);
  }));
});

Deno.test("escapeHtml() replaces control characters that no document may hold", () => {
  assert.equal(escapeHtml("a\u0000b\u001bc\td\n"), "a\ufffdb\ufffdc\td\n");
});
