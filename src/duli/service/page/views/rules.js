// Edit a recipe's rules, and see how its answers change; the server's own rules stay as they are.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { get, post } from "../api.js";
import { number, say } from "../words.js";
import { Answer, name } from "../parts/answer.js";
import { Choice } from "../parts/choice.js";
import { Editor, lineOf } from "../parts/editor.js";
import { Failure } from "../parts/failure.js";

export function Rules({ recipe, recipes, choose }) {
  const [served, setServed] = useState(null);
  const [rules, setRules] = useState("");
  const [text, setText] = useState("");
  const [tried, setTried] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const path = `/v1/${encodeURIComponent(recipe.name)}`;
  const latest = useRef("");
  latest.current = rules;

  useEffect(() => {
    setTried(null);
    setError(null);
    setText(recipe.example || "");
    get(`${path}/rules`)
      .then((found) => { setServed(found); setRules(found.rules); })
      .catch(setError);
  }, [recipe.name]);

  const attempt = async () => {
    setBusy(true);
    setError(null);
    try {
      const [before, after] = await Promise.all([
        post(`${path}/ask`, { text }),
        post(`${path}/try`, { text, rules: latest.current, proof: true }),
      ]);
      setTried({ before, after, text });
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  const download = () => {
    const link = document.createElement("a");
    link.href = `data:text/plain;charset=utf-8,${encodeURIComponent(rules)}`;
    link.download = (served && served.file) || "rules.dl";
    link.click();
  };
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); attempt(); }
  };

  return html`<h1>${say("rules")}</h1>
    <${Choice} recipe=${recipe} recipes=${recipes} choose=${choose} />
    <div class="card" onKeyDown=${keys}>
      <label class="field" for="text">${say("question")}</label>
      <input id="text" type="text" value=${text} onInput=${(e) => setText(e.target.value)} />
      <h2>${(served && served.file) || "rules.dl"}</h2>
      ${served && html`<${Editor} value=${rules} wrong=${error ? lineOf(error.where) : 0} label=${say("rules")} onInput=${setRules} />`}
      <div class="row">
        <button class="main" disabled=${busy || !served} onClick=${attempt}>${say("try")}</button>
        <button disabled=${!served} onClick=${() => { setRules(served.rules); setError(null); }}>${say("reset")}</button>
        <button disabled=${!served} onClick=${download}>${say("download")}</button>
        <span role="status" class="quiet">${busy ? say("wait") : say("saved")}</span>
      </div>
    </div>
    <${Failure} error=${error} />
    ${tried && html`<section aria-live="polite">
      <${Changes} before=${tried.before} after=${tried.after} />
      <div class="card"><h2>${say("after")}</h2><${Answer} found=${tried.after} text=${tried.text} /></div>
    </section>`}`;
}

function Changes({ before, after }) {
  const key = (one) => String(one.value ?? one.atom);
  const old = new Map((before.answers || []).map((one) => [key(one), one.probability]));
  const now = new Map((after.answers || []).map((one) => [key(one), one.probability]));
  const values = [...new Set([...now.keys(), ...old.keys()])];
  const rows = new Map([...(before.answers || []), ...(after.answers || [])].map((one) => [key(one), one]));
  if (!values.length) return null;
  return html`<div class="card wide"><table aria-label=${say("changed")}>
    <thead><tr><th>${say("answer")}</th><th>${say("before")}</th><th>${say("after")}</th></tr></thead>
    <tbody>${values.map((value) => html`<tr class=${old.get(value) === now.get(value) ? "" : "chosen"}>
      <td>${name(rows.get(value))}</td><td class="number">${number(old.get(value))}</td><td class="number">${number(now.get(value))}</td>
    </tr>`)}</tbody></table></div>`;
}
