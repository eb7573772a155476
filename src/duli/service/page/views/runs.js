// Long work: what ran, how it ended, and its figures with intervals.

import { html, useEffect, useState } from "../vendor/preact.js";
import { get } from "../api.js";
import { number, say } from "../words.js";
import { Choice } from "../parts/choice.js";
import { Failure } from "../parts/failure.js";
import { when } from "./review.js";

export function Runs({ recipe, recipes, choose }) {
  const [runs, setRuns] = useState(null);
  const [chosen, setChosen] = useState(null);
  const [error, setError] = useState(null);
  const load = () => get(`/v1/${encodeURIComponent(recipe.name)}/runs`).then((found) => { setRuns(found.runs); setError(null); }).catch(setError);
  useEffect(() => { load(); }, [recipe.name]);
  const run = (runs || []).find((one) => one.id === chosen);
  return html`<h1>${say("runs")}</h1>
    <${Choice} recipe=${recipe} recipes=${recipes} choose=${choose} />
    <${Failure} error=${error} retry=${load} />
    ${runs && !runs.length && html`<p class="quiet">${say("empty")}</p>`}
    ${runs && runs.length > 0 && html`<div class="card wide"><table>
      <thead><tr><th>${say("run")}</th><th>${say("recipe")}</th><th>${say("started")}</th><th></th></tr></thead>
      <tbody>${runs.map((one) => html`<tr class=${one.id === chosen ? "chosen" : ""}>
        <td><button class="plain" aria-pressed=${one.id === chosen} onClick=${() => setChosen(one.id)}>#${one.id} ${one.kind}</button></td>
        <td>${one.recipe}</td><td>${when(one.began)}</td><td>${one.state}</td>
      </tr>`)}</tbody></table></div>`}
    ${run && html`<${Report} run=${run} />`}`;
}

function Report({ run }) {
  const result = run.result || {};
  const metrics = Object.entries(result.metrics || {}).filter(([, value]) => typeof value === "number");
  const intervals = result.intervals || {};
  const baselines = Object.entries(result.baselines || {});
  return html`<section class="card" aria-live="polite">
    <h2>${say("report")} #${run.id}</h2>
    ${metrics.length > 0 && html`<div class="wide"><table>
      <thead><tr><th>${say("metric")}</th><th></th><th>${say("interval")}</th></tr></thead>
      <tbody>${metrics.map(([name, value]) => html`<tr><td>${name}</td>
        <td class="number">${value >= 0 && value <= 1 && html`<${Bar} value=${value} interval=${intervals[name]} label=${name} />`} ${number(value)}</td>
        <td class="number">${intervals[name] ? `[${intervals[name].map(number).join(", ")}]` : ""}</td></tr>`)}
        ${baselines.filter(([, value]) => typeof value === "number").map(([name, value]) => html`<tr class="quiet"><td>${name}</td><td class="number">${value <= 1 && html`<${Bar} value=${value} label=${name} />`} ${number(value)}</td><td></td></tr>`)}
      </tbody></table></div>`}
    <details><summary class="quiet">${say("data")}</summary><pre>${JSON.stringify(run, null, 2)}</pre></details>
  </section>`;
}

function Bar({ value, interval, label }) {
  const x = (share) => 4 + 152 * share;
  return html`<svg width="160" height="16" role="img" aria-label=${`${label} ${number(value)}`}>
    <rect x="4" y="3" width="152" height="10" rx="2" fill="var(--line)" />
    <rect x="4" y="3" width=${152 * value} height="10" rx="2" fill="var(--accent)" />
    ${interval && html`<line x1=${x(interval[0])} x2=${x(interval[1])} y1="8" y2="8" stroke="var(--ink)" stroke-width="2" />`}
  </svg>`;
}
