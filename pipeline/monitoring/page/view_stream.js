/**
 * A worker that all tabs of a browser share, with the only stream of events: a browser opens no
 * more than six connections to a host.
 */

const ports = new Set();
const stream = new EventSource("/events");

/** Whether the stream was lost. */
let isLost = false;

function send(message) {
  for (const port of ports) port.postMessage(message);
}

stream.addEventListener("open", () => {
  // What changed meanwhile is unknown.
  send({ isLost: false, changed: undefined });
  isLost = false;
});
stream.addEventListener("message", ({ data }) => send({ isLost, changed: JSON.parse(data) }));
stream.addEventListener("error", () => {
  isLost = true;
  send({ isLost, changed: [] });
});

globalThis.addEventListener("connect", ({ ports: [port] }) => {
  ports.add(port);
  port.addEventListener("message", ({ data }) => {
    if (data === "close") ports.delete(port);
  });
  port.start();
  port.postMessage({ isLost, changed: [] });
});
