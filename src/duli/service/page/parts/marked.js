// The text of a question with its evidence marked.

import { html } from "../vendor/preact.js";
import { number } from "../words.js";

export function Marked({ text, mentions }) {
  const letters = [...text]; // places count characters, not the units of UTF-16
  const parts = [];
  let at = 0;
  for (const one of [...mentions].sort((a, b) => a.start - b.start)) {
    if (one.start < at) continue;
    parts.push(letters.slice(at, one.start).join(""));
    const best = one.candidates[0];
    const said = best ? `${best.name} ${number(best.probability)}` : one.note || "–";
    parts.push(html`<mark class=${one.negated ? "absent" : ""} title=${said}>${letters.slice(one.start, one.end).join("")}</mark>`);
    at = one.end;
  }
  parts.push(letters.slice(at).join(""));
  return html`<p class="text">${parts}</p>`;
}
