// The texts whose labels teach most, one after the other.

import { html, useEffect, useState } from "../vendor/preact.js";
import { get, post } from "../api.js";
import { number, say } from "../words.js";
import { Choice } from "../parts/choice.js";
import { Failure } from "../parts/failure.js";

export function Label({ recipe, recipes, choose }) {
  const [queue, setQueue] = useState(null);
  const [at, setAt] = useState(0);
  const [error, setError] = useState(null);
  const [texts, setTexts] = useState("");
  const path = `/v1/${encodeURIComponent(recipe.name)}/label`;

  const load = () => {
    setError(null);
    setQueue(null);
    setAt(0);
    get(path).then(setQueue).catch(setError);
  };
  useEffect(load, [recipe.name]);

  const add = async (event) => {
    event.preventDefault();
    const lines = texts.split("\n").map((line) => line.trim()).filter(Boolean);
    try {
      await post(`${path}/queue`, { texts: lines });
      setTexts("");
      load();
    } catch (failed) { setError(failed); }
  };
  const one = queue && queue.queue[at];
  const keep = async (label) => {
    try {
      await post(path, { labels: [{ text: one.text, label }] });
      setAt(at + 1);
    } catch (failed) { setError(failed); }
  };
  useEffect(() => {
    const keys = (event) => {
      if (!one || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.ctrlKey || event.metaKey) return;
      const label = event.key.toLowerCase() === "n" ? null : queue.labels[Number(event.key) - 1];
      if (label) keep(label.name);
      else if (event.key === "ArrowRight") setAt(at + 1);
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  });

  return html`<h1>${say("label")}</h1>
    <${Choice} recipe=${recipe} recipes=${recipes} choose=${choose} />
    <${Failure} error=${error} retry=${load} />
    ${queue && html`<p class="quiet" role="status">${queue.labelled} ✓ · ${Math.max(0, queue.queue.length - at)}</p>`}
    ${one && html`<section class="card">
      <p class="text">${one.text}</p>
      <p class="quiet">${say("labelHelp")}</p>
      <div class="row" role="group" aria-label=${say("label")}>
        ${queue.labels.map((label, n) => html`<button class=${label.name === one.guess ? "main" : ""} title=${label.described} onClick=${() => keep(label.name)}>
          ${n < 9 && html`<kbd>${n + 1}</kbd> `}${label.name}${label.name === one.guess ? ` ${number(one.probability)}` : ""}
        </button>`)}
        <button class="plain" onClick=${() => setAt(at + 1)}>${say("next")} →</button>
      </div>
    </section>`}
    ${queue && !one && html`<p>${say("empty")}</p>`}
    ${queue && html`<form class="card" onSubmit=${add}>
      <label class="field" for="texts">${say("addTexts")}</label>
      <textarea id="texts" value=${texts} onInput=${(e) => setTexts(e.target.value)} required></textarea>
      <button>${say("keep")}</button>
    </form>`}`;
}
