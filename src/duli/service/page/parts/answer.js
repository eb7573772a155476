// What a recipe answered, whichever kind of recipe it is.

import { html, useState } from "../vendor/preact.js";
import { number, say } from "../words.js";
import { Proof } from "./graph.js";
import { Marked } from "./marked.js";

const VERDICTS = ["true", "false", "unknown", "contradiction"];

export function Answer({ found, text, proofOf }) {
  const [chosen, setChosen] = useState(0);
  const [proofs, setProofs] = useState({});
  const rows = Array.isArray(found.answers) ? found.answers : [];
  const row = rows[chosen];
  const verdict = VERDICTS.includes(found.answer) ? found.answer : null;
  const proof = verdict ? found.proof : row && (row.proof || proofs[chosen]);
  const pick = async (at) => {
    setChosen(at);
    if (!rows[at].proof && !proofs[at] && proofOf) {
      const got = await proofOf(rows[at]).catch(() => null);
      if (got) setProofs((known) => ({ ...known, [at]: got }));
    }
  };
  const reply = found.reply || found.text;
  return html`
    ${verdict && html`<p class="verdict">${say(verdict)}</p>`}
    ${typeof reply === "string" && html`<p class="reply">${reply}</p>`}
    ${found.reason && (verdict || typeof reply === "string"
      ? html`<p class="quiet">${found.route && `${found.route}: `}${found.reason}</p>`
      : html`<div class="told"><p><strong>${say(found.abstained || !rows.length ? "abstained" : "because")}</strong>: ${found.reason}</p></div>`)}
    ${rows.length > 0 && html`<div class="wide"><table aria-label=${say("answers")}>
      <thead><tr><th>${say("answer")}</th><th colspan="2">${say("probability")}</th><th>${say("kind")}</th><th></th></tr></thead>
      <tbody>
        ${rows.map((one, at) => html`<tr class=${at === chosen ? "chosen" : ""}>
          <td>${name(one)}</td>
          <td class="meter"><meter min="0" max="1" value=${one.probability ?? one.interval[0]} aria-hidden="true"></meter></td>
          <td class="number">${shown(one)}</td>
          <td><span class="kind">${say(one.kind)}</span> ${one.calibrated !== undefined && html`<span class="kind">${say(one.calibrated ? "calibrated" : "raw")}</span>`}</td>
          <td><button class="plain" aria-pressed=${at === chosen} onClick=${() => pick(at)}>${say("why")}</button></td>
        </tr>`)}
      </tbody>
    </table></div>`}
    ${found.mentions && found.mentions.length > 0 && html`<h2>${say("evidence")}</h2><${Marked} text=${text} mentions=${found.mentions} />`}
    ${row && row.reasons && row.reasons.length > 0 && html`<div class="wide"><table>
      <thead><tr><th>${say("phrase")}</th><th>${say("counts")}</th><th>${say("as")}</th><th>${say("by")}</th></tr></thead>
      <tbody>${row.reasons.map((one) => html`<tr>
        <td>${one.phrase}</td><td class="number">${one.log_ratio > 0 ? "+" : ""}${one.log_ratio.toFixed(2)}</td>
        <td>${one.label || one.entity}</td><td>${(one.sources || []).join("; ")}</td>
      </tr>`)}</tbody></table></div>`}
    ${row && row.steps && row.steps.length > 0 && html`<h2>${say("why")}</h2><ol>${row.steps.map((step) => html`<li>${step.sentence || step.text || step.atom}</li>`)}</ol>`}
    ${proof && html`<h2>${say("proof")}</h2><${Proof} proof=${proof} />`}
    <p class="quiet">${found.seconds !== undefined && `${number(found.seconds)} ${say("seconds")}`} ${found.model && `· ${found.model.encoder}`}</p>
    <details><summary class="quiet">${say("data")}</summary><pre>${JSON.stringify(found, null, 2)}</pre></details>
  `;
}

/** An answer in words, with its value where that is another. */
export function name(one) {
  if (one.sentence) return one.sentence;
  const value = one.value ?? one.atom;
  return one.label ? html`${one.label} <span class="quiet">${value}</span>` : String(value);
}

function shown(one) {
  if (one.kind === "exact" || !one.interval) return number(one.probability);
  const [low, high] = one.interval;
  return `${number(one.probability)} [${number(low)}, ${number(high)}]`;
}
