/**
 * The frame of every report: one HTML file without scripts or requests.
 *
 * @module
 */

import { type Markup, markup, trustedMarkup } from "./markup.ts";
import style from "./report.css" with { type: "text" };

/** Blocks every request, even if a name in the data contains markup. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** A page in the style of the reports, as text. */
export function page(title: string, header: Markup, main: Markup): string {
  return String(markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${title} · Haloflow report</title>
<style>${trustedMarkup(style)}</style>
</head>
<body>
${header}
<main>
${main}
</main>
</body>
</html>
`);
}
