/** The page that the address names. */

import { comparePage } from "./view_compare.js";
import { h } from "./view_dom.js";
import { listPage } from "./view_list.js";
import { runPage } from "./view_run.js";
import { follow } from "./view_updates.js";

const PAGES = { "/": listPage, "/run": runPage, "/compare": comparePage };

const main = document.querySelector("#main");
const parameters = new URLSearchParams(location.search);
const page = PAGES[location.pathname](main, parameters);

follow(async (changed) => {
  try {
    await page(changed);
  } catch (error) {
    if (main.childElementCount > 0) throw error;
    main.append(h("p", { class: "empty", role: "alert" }, error.message));
  }
});
