// What waits for a person's decision; some of it for two.

import { html, useEffect, useState } from "../vendor/preact.js";
import { get, post } from "../api.js";
import { say } from "../words.js";
import { Choice } from "../parts/choice.js";
import { Failure } from "../parts/failure.js";

export function Review({ recipe, recipes, choose }) {
  const path = `/v1/${encodeURIComponent(recipe.name)}/review`;
  const [reviews, setReviews] = useState(null);
  const [error, setError] = useState(null);

  const load = () => get(`${path}?state=any`).then((found) => { setReviews(found.reviews); setError(null); }).catch(setError);
  useEffect(() => { load(); }, [recipe.name]);

  const vote = async (review, approves, comment) => {
    try {
      await post(`${path}/${review.id}`, { approves, comment });
      await load();
    } catch (failed) { setError(failed); }
  };
  const waiting = (reviews || []).filter((one) => one.state === "open");
  const decided = (reviews || []).filter((one) => one.state !== "open");
  return html`<h1>${say("review")}</h1>
    <${Choice} recipe=${recipe} recipes=${recipes} choose=${choose} />
    <${Failure} error=${error} retry=${load} />
    <h2>${say("waiting")} (${waiting.length})</h2>
    ${waiting.map((one) => html`<${Waiting} key=${one.id} review=${one} vote=${vote} />`)}
    ${reviews && !waiting.length && html`<p class="quiet">${say("empty")}</p>`}
    <h2>${say("decided")} (${decided.length})</h2>
    ${decided.map((one) => html`<div class="card" key=${one.id}><${Subject} review=${one} /></div>`)}`;
}

function Waiting({ review, vote }) {
  const [comment, setComment] = useState("");
  const name = `note-${review.id}`;
  return html`<article class="card">
    <${Subject} review=${review} />
    <label class="field" for=${name}>${say("note")}</label>
    <input id=${name} type="text" value=${comment} onInput=${(e) => setComment(e.target.value)} />
    <div class="row">
      <button class="main" onClick=${() => vote(review, true, comment)}>${say("accept")}</button>
      <button onClick=${() => vote(review, false, comment)}>${say("reject")}</button>
      ${review.people - review.votes.length > 1 && html`<span class="quiet">${say("second")}</span>`}
    </div>
  </article>`;
}

function Subject({ review }) {
  const { text, answer, ...rest } = review.subject;
  return html`
    <p class="quiet">#${review.id} · ${review.recipe} · ${when(review.opened)} · ${say(review.state)}</p>
    ${text && html`<p class="text">${text}</p>`}
    ${answer && html`<p><strong>${typeof answer === "string" ? answer : JSON.stringify(answer)}</strong></p>`}
    ${Object.keys(rest).length > 0 && html`<pre>${JSON.stringify(rest, null, 2)}</pre>`}
    ${review.votes.map((one) => html`<p class="quiet">${one.by}: ${say(one.approves ? "accept" : "reject")} ${one.comment}</p>`)}`;
}

export const when = (time) => (time ? new Date(typeof time === "number" ? time * 1000 : time).toLocaleString(document.documentElement.lang) : "");
