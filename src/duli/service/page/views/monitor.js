// Alerts, and how opinion on topics and companies goes.

import { html, useEffect, useState } from "../vendor/preact.js";
import { get, post } from "../api.js";
import { number, say } from "../words.js";
import { Failure } from "../parts/failure.js";
import { Proof } from "../parts/graph.js";
import { Plot } from "../parts/plot.js";
import { when } from "./review.js";

const EVERY = 5000;

export function Monitor() {
  const [alerts, setAlerts] = useState(null);
  const [trends, setTrends] = useState([]);
  const [error, setError] = useState(null);

  const load = () =>
    get("/v1/alerts")
      .then((found) => { setAlerts(found.alerts); setTrends(found.trends || []); setError(null); })
      .catch(setError);
  useEffect(() => {
    load();
    const clock = setInterval(load, EVERY);
    return () => clearInterval(clock);
  }, []);
  const seen = (alert) => post(`/v1/alerts/${alert.id}`, {}).then(load).catch(setError);

  return html`<h1>${say("monitor")}</h1>
    <${Failure} error=${error} retry=${load} />
    <h2>${say("alerts")} (${(alerts || []).length})</h2>
    ${alerts && !alerts.length && html`<p class="quiet">${say("empty")}</p>`}
    ${(alerts || []).map((one) => html`<${Alert} key=${one.id} alert=${one} seen=${seen} />`)}
    ${trends.length > 0 && html`<h2>${say("trends")}</h2>`}
    ${trends.map((one) => html`<section class="card" key=${one.name}>
      <h2>${one.name}</h2>
      <${Plot} times=${one.times} series=${one.series} label=${one.name} />
    </section>`)}`;
}

function Alert({ alert, seen }) {
  const { title, message, texts, proof, ...rest } = alert.detail;
  return html`<article class="card">
    <div class="row">
      <strong class="grow">${title || message || alert.key}</strong>
      <span class="quiet">${alert.recipe} · ${when(alert.raised)}</span>
      ${!alert.seen && html`<button onClick=${() => seen(alert)}>✓</button>`}
    </div>
    ${title && message && html`<p>${message}</p>`}
    ${texts && html`<details open><summary class="quiet">${say("text")} (${texts.length})</summary>
      <ul>${texts.slice(0, 10).map((one) => html`<li>${one.text ?? one} <span class="quiet">${one.source} ${when(one.time)}</span></li>`)}</ul></details>`}
    ${proof && html`<details><summary class="quiet">${say("proof")}</summary><${Proof} proof=${proof} /></details>`}
    ${Object.keys(rest).length > 0 && html`<dl class="quiet row">${Object.entries(rest)
      .filter(([, value]) => typeof value !== "object")
      .map(([key, value]) => html`<div>${say(key)}: ${typeof value === "number" ? number(value) : value}</div>`)}</dl>`}
  </article>`;
}
