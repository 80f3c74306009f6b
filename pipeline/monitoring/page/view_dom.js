/** Elements without markup in strings: names of runs are text, whatever they contain. */

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties and children; functions are listeners of the event after "on". */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** An SVG element. */
export function s(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}

/** Sets the text of an element, if it differs: selections survive. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A choice between few values, as buttons. */
export function choice(label, values, chosen, onChoose) {
  const buttons = Object.entries(values).map(([value, text]) =>
    h("button", {
      type: "button",
      "aria-pressed": String(value === chosen),
      onclick: () => choose(value),
    }, text)
  );
  function choose(value) {
    for (const [k, name] of Object.keys(values).entries()) {
      buttons[k].setAttribute("aria-pressed", String(name === value));
    }
    onChoose(value);
  }
  return h("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
}

/** A command with a button that copies it. */
export function commandLine(text) {
  const button = h("button", {
    type: "button",
    class: "quiet",
    async onclick() {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      setTimeout(() => button.textContent = "Copy", 1500);
    },
  }, "Copy");
  return h("div", { class: "command" }, h("code", {}, text), button);
}

/** The address of a page or of data, with its parameters. */
export function address(path, parameters) {
  return `${path}?${new URLSearchParams(parameters)}`;
}

/** JSON of the viewer. */
export async function getJson(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error((await response.text()).trim());
  return await response.json();
}
