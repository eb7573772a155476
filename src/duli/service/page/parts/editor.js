// Rules with colours, and mistakes at their place.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { CodeJar } from "../vendor/codejar.js";

const TOKENS = /(%[^\n]*)|('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)|(\b[A-Z_]\w*)|(:-|::|\\\+|\?::|->)/gu;
const KINDS = ["comment", "string", "number", "variable", "sign"];

const safe = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

function coloured(text) {
  let out = "";
  let at = 0;
  for (const found of text.matchAll(TOKENS)) {
    const kind = KINDS[found.slice(1).findIndex((part) => part !== undefined)];
    out += `${safe(text.slice(at, found.index))}<span class="${kind}">${safe(found[0])}</span>`;
    at = found.index + found[0].length;
  }
  return out + safe(text.slice(at));
}

/** Where an error points: "rules.dl:3:5" → line 3. */
export const lineOf = (where) => Number((String(where || "").match(/:(\d+)(?::\d+)?$/) || [])[1] || 0);

export function Editor({ value, wrong, label, onInput }) {
  const element = useRef(null);
  const jar = useRef(null);
  const bad = useRef(0);
  bad.current = wrong;

  const highlight = (editor) => {
    const lines = editor.textContent.split("\n");
    const at = bad.current;
    if (!at || at > lines.length) {
      editor.innerHTML = coloured(editor.textContent);
      return;
    }
    const before = lines.slice(0, at - 1).map((line) => `${line}\n`).join("");
    const after = lines.slice(at).map((line) => `\n${line}`).join("");
    editor.innerHTML = `${coloured(before)}<span class="wrong">${coloured(lines[at - 1])}</span>${coloured(after)}`;
  };

  useEffect(() => {
    jar.current = CodeJar(element.current, highlight, { tab: "  ", spellcheck: false, addClosing: false });
    const changed = () => onInput(jar.current.toString());
    jar.current.onUpdate(changed); // its own undo, which raises no event
    element.current.addEventListener("input", changed);
    return () => jar.current.destroy();
  }, []);
  useEffect(() => {
    if (jar.current.toString() !== value) jar.current.updateCode(value, false);
  }, [value]);
  useEffect(() => {
    highlight(element.current);
  }, [wrong]);

  return html`<div class="editor" ref=${element} role="textbox" aria-multiline="true" aria-label=${label} tabindex="0"></div>`;
}
