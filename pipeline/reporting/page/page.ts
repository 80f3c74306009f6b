/**
 * The frame of every report: one HTML file without requests.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { type Markup, markup, trustedMarkup } from "./markup.ts";
import style from "./report.css" with { type: "text" };

/** Blocks every request, even if a name in the data contains markup. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * A page in the style of the reports, as text.
 *
 * @param script Script of the page, the only one that its policy allows. @default none
 */
export function page(title: string, header: Markup, main: Markup, script = ""): string {
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = script === "" ? POLICY : `${POLICY}; script-src 'sha256-${hash}'`;
  const element = script !== "" && markup`<script>${trustedMarkup(script)}</script>`;
  return String(markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<title>${title} · Haloflow report</title>
<style>${trustedMarkup(style)}</style>
</head>
<body>
${header}
<main>
${main}
</main>
${element}
</body>
</html>
`);
}
