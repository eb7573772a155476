// Alerts, and how opinion on topics and companies goes.

import { html, useEffect, useState } from "../vendor/preact.js";
import { get, post } from "../api.js";
import { number, say } from "../words.js";
import { Choice } from "../parts/choice.js";
import { Failure } from "../parts/failure.js";
import { Proof } from "../parts/graph.js";
import { Plot } from "../parts/plot.js";
import { when } from "./review.js";

const EVERY = 5000;
const MOST = 6;

export function Monitor({ recipe, recipes, choose }) {
  const [alerts, setAlerts] = useState(null);
  const [trends, setTrends] = useState([]);
  const [error, setError] = useState(null);

  const [of, setOf] = useState("company");
  const path = `/v1/${encodeURIComponent(recipe.name)}`;

  const load = async () => {
    try {
      setAlerts((await get(`${path}/alerts?seen=true`)).alerts);
      setError(null);
      if (recipe.kind === "monitor") setTrends(plotsOf((await get(`${path}/trends?of=${of}&last=7d`)).trends));
    } catch (failed) {
      setError(failed);
    }
  };
  useEffect(() => {
    load();
    const clock = setInterval(load, EVERY);
    return () => clearInterval(clock);
  }, [recipe.name, of]);
  const seen = (alert) => post(`${path}/alerts/${alert.id}/seen`, {}).then(load).catch(setError);

  return html`<h1>${say("monitor")}</h1>
    <${Choice} recipe=${recipe} recipes=${recipes} choose=${choose} />
    <${Failure} error=${error} retry=${load} />
    <h2>${say("alerts")} (${(alerts || []).length})</h2>
    ${alerts && !alerts.length && html`<p class="quiet">${say("empty")}</p>`}
    ${(alerts || []).map((one) => html`<${Alert} key=${one.id} alert=${one} seen=${seen} />`)}
    ${trends.length > 0 && html`<div class="row"><h2 class="grow">${say("trends")}</h2>
      <select aria-label=${say("trends")} value=${of} onChange=${(event) => setOf(event.target.value)}>
        ${["company", "topic"].map((one) => html`<option value=${one} selected=${one === of}>${say(one)}</option>`)}
      </select></div>`}
    ${trends.map((one) => html`<section class="card" key=${one.name}>
      <h2>${one.name}</h2>
      <${Plot} times=${one.times} series=${one.series} label=${one.name} />
    </section>`)}`;
}

/** Rows (name, time, texts, mood, bad) as plots: the names of which most was said first. */
function plotsOf(rows) {
  const byName = new Map();
  for (const row of rows) byName.set(row.name, [...(byName.get(row.name) || []), row]);
  const total = (found) => found.reduce((sum, row) => sum + row.texts, 0);
  return [...byName.entries()]
    .sort((a, b) => total(b[1]) - total(a[1]))
    .slice(0, MOST)
    .map(([name, found]) => {
      const sorted = found.sort((a, b) => new Date(a.time) - new Date(b.time));
      return {
        name,
        times: sorted.map((row) => new Date(row.time).getTime() / 1000),
        series: [
          { name: say("count"), values: sorted.map((row) => row.texts) },
          { name: say("bad"), values: sorted.map((row) => row.bad) },
        ],
      };
    });
}

function Alert({ alert, seen }) {
  const { title, text, texts, exposed } = alert.detail;
  return html`<article class="card">
    <div class="row">
      <strong class="grow">${title || text || alert.key}</strong>
      <span class="quiet">${when(alert.raised)}</span>
      ${alert.seen ? html`<span class="quiet">✓ ${alert.seen_by}</span>` : html`<button onClick=${() => seen(alert)}>✓ ${say("seen")}</button>`}
    </div>
    ${texts && html`<details open=${!alert.seen}><summary class="quiet">${say("text")} (${texts.length})</summary>
      <ul>${texts.map((one) => html`<li>${one.text} <span class="quiet">${one.source} ${when(one.time)}</span>
        ${one.proof && html`<details><summary class="quiet">${say("proof")}</summary><${Proof} proof=${one.proof} /></details>`}</li>`)}</ul></details>`}
    ${exposed && exposed.length > 0 && html`<h2>${say("exposed")}</h2>
      <ul>${exposed.map((one) => html`<li>${one.label} <span class="quiet">${number(one.probability)}</span></li>`)}</ul>`}
    ${alert.detail.usual !== undefined && html`<p class="quiet">${say("alertFigures", [alert.detail.bad, number(alert.detail.usual), alert.detail.false_alarms_per_day])}</p>`}
  </article>`;
}
