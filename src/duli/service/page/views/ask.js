// Ask a recipe, and see the answer with its probability, its evidence and its proof.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { ask, post } from "../api.js";
import { say } from "../words.js";
import { Answer } from "../parts/answer.js";
import { Choice } from "../parts/choice.js";
import { Failure } from "../parts/failure.js";

export function Ask({ recipe, recipes, choose }) {
  const [text, setText] = useState("");
  const [facts, setFacts] = useState("");
  const [answered, setAnswered] = useState(null);
  const [error, setError] = useState(null);
  const [progress, setProgress] = useState(null);
  const [turns, setTurns] = useState([]); // of a recipe that talks
  const running = useRef(null);

  useEffect(() => {
    setAnswered(null);
    setError(null);
    setTurns([]);
    setText(recipe.example || "");
    return () => running.current && running.current.abort();
  }, [recipe.name]);

  const isCase = recipe.kind === "case";
  const stated = facts.split("\n").map((line) => line.trim()).filter(Boolean);
  const last = turns.at(-1);
  const given = { ...(stated.length ? { facts: stated } : {}), ...(last ? { state: last.state } : {}) };
  const go = async (event) => {
    event.preventDefault();
    if (running.current) running.current.abort();
    const mine = (running.current = new AbortController());
    setError(null);
    setAnswered(null);
    setProgress({ what: say("wait"), done: 0, total: 0 });
    try {
      const found = await ask(recipe.name, { text, top: 10, proof: true, ...given }, setProgress, mine.signal);
      setAnswered({ found, text });
      if (found.state !== undefined) {
        setTurns([...turns, { text, reply: found.reply, state: found.state }]);
        setText("");
      }
    } catch (failed) {
      if (failed.name !== "AbortError") setError(failed);
    } finally {
      if (running.current === mine) {
        running.current = null;
        setProgress(null);
      }
    }
  };
  const proofOf = async (row) => {
    const body = { text: answered.text, value: row.value ?? null, form: "json", ...given };
    return treeOf((await post(`/v1/${encodeURIComponent(recipe.name)}/explain`, body)).proof);
  };
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) go(event);
  };

  return html`<h1>${say("ask")}</h1>
    <${Choice} recipe=${recipe} recipes=${recipes} choose=${choose} />
    ${turns.length > 0 && html`<section class="card" aria-label=${say("dialogue")}>
      ${turns.map((turn) => html`<p class="quiet text">${turn.text}</p><p class="text">${turn.reply}</p>`)}
      <button onClick=${() => { setTurns([]); setAnswered(null); }}>${say("reset")}</button>
    </section>`}
    <form class="card" onSubmit=${go}>
      <label class="field" for="text">${say("question")}</label>
      <textarea id="text" value=${text} onInput=${(e) => setText(e.target.value)} onKeyDown=${keys} required></textarea>
      ${!last && html`<details open=${isCase}>
        <summary class="quiet">${say(isCase ? "case" : "facts")}</summary>
        <textarea aria-label=${say("facts")} placeholder=${say("factsHelp")} value=${facts} onInput=${(e) => setFacts(e.target.value)}></textarea>
      </details>`}
      <div class="row">
        <button class="main" disabled=${progress !== null}>${say("send")}</button>
        ${progress && html`<button type="button" onClick=${() => running.current.abort()}>${say("stop")}</button>`}
        <span class="quiet"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span>
        <span role="status" class="quiet">${progress && `${progress.what}${progress.total ? ` ${progress.done}/${progress.total}` : ""}`}</span>
      </div>
    </form>
    <${Failure} error=${error} />
    ${answered && html`<section class="card" aria-live="polite"><${Answer} found=${answered.found} text=${answered.text} proofOf=${proofOf} /></section>`}`;
}

/** The graph of /explain (atoms, and steps by number) as the tree that an answer holds. */
function treeOf(graph) {
  const steps = new Map(graph.steps.map((step) => [step.atom, step]));
  const made = new Map();
  const build = (at) => {
    if (made.has(at)) return made.get(at);
    const step = steps.get(at) || {};
    const one = { atom: graph.atoms[at], kind: step.kind, probability: step.probability, where: step.where, source: step.source, premises: [] };
    made.set(at, one);
    one.premises = (step.premises || []).map(build);
    return one;
  };
  return build(0);
}
