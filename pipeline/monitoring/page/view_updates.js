/** What has changed on the server, for the page in this tab. */

import { setText } from "./view_dom.js";

/** Time between two requests where tabs cannot share a worker, in milliseconds. */
const POLL_INTERVAL = 2000;

/** Paths of runs that have changed while the tab was hidden or busy; undefined means all. */
let waiting = new Set();
let isBusy = false;

/**
 * Calls `update` with the paths of changed runs, or with undefined if any may have changed: now,
 * and as long as the page is open. A hidden tab waits until it is visible.
 */
export function follow(update) {
  waiting = undefined;
  const run = async () => {
    if (isBusy || document.hidden || waiting?.size === 0) return;
    const changed = waiting;
    waiting = new Set();
    isBusy = true;
    const start = performance.now();
    try {
      await update(changed);
      performance.measure("update", { start });
    } catch (error) {
      showConnection(error instanceof TypeError ? "disconnected" : error.message);
    } finally {
      isBusy = false;
    }
    run();
  };
  const add = (changed) => {
    waiting = changed === undefined || waiting === undefined
      ? undefined
      : waiting.union(new Set(changed));
    run();
  };
  document.addEventListener("visibilitychange", run);
  addEventListener("refresh", () => add(undefined));
  run();
  if (globalThis.SharedWorker === undefined) {
    setInterval(() => add(undefined), POLL_INTERVAL);
    return;
  }
  const { port } = new SharedWorker("/view_stream.js");
  port.addEventListener("message", ({ data: { isLost, changed } }) => {
    showConnection(isLost ? "disconnected" : "");
    add(changed);
  });
  port.start();
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  addEventListener("pagehide", () => port.postMessage("close"));
}

/** Requests the data of the page anew, as for another zoom. */
export function refresh() {
  dispatchEvent(new Event("refresh"));
}

function showConnection(problem) {
  const text = problem === "disconnected"
    ? "Disconnected: start the viewer again with deno task view"
    : problem;
  setText(document.querySelector("#connection"), text);
}
