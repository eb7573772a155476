// The texts whose labels teach most, one after the other.

import { html, useEffect, useState } from "../vendor/preact.js";
import { post } from "../api.js";
import { number, say } from "../words.js";
import { Choice } from "../parts/choice.js";
import { Failure } from "../parts/failure.js";

export function Label({ recipe, recipes, choose }) {
  const [queue, setQueue] = useState(null);
  const [at, setAt] = useState(0);
  const [error, setError] = useState(null);
  const [texts, setTexts] = useState("");
  const [busy, setBusy] = useState(false);
  const path = `/v1/${encodeURIComponent(recipe.name)}/label`;
  useEffect(() => { setQueue(null); setError(null); }, [recipe.name]);

  /** The texts stay in this page; the server says which of them teach most. */
  const order = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const lines = texts.split("\n").map((line) => line.trim()).filter(Boolean);
      setQueue(await post(`${path}/next`, { texts: lines }));
      setAt(0);
    } catch (failed) { setError(failed); }
    setBusy(false);
  };
  const open = async (event) => setTexts(await event.target.files[0].text());
  const one = queue && queue.queue[at];
  const keep = async (label) => {
    try {
      await post(path, { text: one.text, label, predicate: queue.predicate });
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
    <${Failure} error=${error} />
    ${queue && html`<p class="quiet">${queue.labelled} ✓ · ${Math.max(0, queue.queue.length - at)}</p>`}
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
    <form class="card" onSubmit=${order}>
      <label class="field" for="texts">${say("addTexts")}</label>
      <textarea id="texts" value=${texts} onInput=${(e) => setTexts(e.target.value)} required></textarea>
      <div class="row">
        <button class=${queue ? "" : "main"} disabled=${busy}>${say("order")}</button>
        <input type="file" accept=".txt,text/plain" aria-label=${say("addTexts")} onChange=${open} />
        <span role="status" class="quiet">${busy && say("wait")}</span>
      </div>
    </form>`;
}
