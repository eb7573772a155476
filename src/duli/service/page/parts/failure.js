// An error: what, where, how to mend.

import { html } from "../vendor/preact.js";
import { say } from "../words.js";

export function Failure({ error, retry }) {
  if (!error) return null;
  return html`<div class="told" role="alert">
    <p><strong>${error.message}</strong></p>
    ${error.where && html`<p>${say("where")}: <code>${error.where}</code></p>`}
    ${error.hint && html`<p>${say("hint")}: ${error.hint}</p>`}
    ${retry && html`<p><button onClick=${retry}>${say("retry")}</button></p>`}
  </div>`;
}
