// The shell: which view is shown, in which language, in which light.

import { html, render, useEffect, useReducer, useState } from "./vendor/preact.js";
import { get, hasToken, setToken, takeToken } from "./api.js";
import { say, speak, spoken } from "./words.js";
import { Failure } from "./parts/failure.js";
import { Ask } from "./views/ask.js";
import { Label } from "./views/label.js";
import { Monitor } from "./views/monitor.js";
import { Review } from "./views/review.js";
import { Rules } from "./views/rules.js";
import { Runs } from "./views/runs.js";

const VIEWS = { ask: Ask, rules: Rules, label: Label, review: Review, monitor: Monitor, runs: Runs };

function place() {
  const [view, recipe] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { view: VIEWS[view] ? view : "ask", recipe: recipe || "" };
}

function Enter({ onEnter }) {
  const [value, setValue] = useState("");
  const enter = (event) => {
    event.preventDefault();
    setToken(value);
    onEnter();
  };
  return html`<form class="card" onSubmit=${enter}>
    <label class="field" for="token">${say("token")}</label>
    <div class="row">
      <input id="token" class="grow" type="password" autocomplete="off" value=${value} onInput=${(e) => setValue(e.target.value)} />
      <button class="main">${say("enter")}</button>
    </div>
    <p class="quiet">${say("tokenHelp")}</p>
  </form>`;
}

function Shell() {
  const [, again] = useReducer((n) => n + 1, 0);
  const [at, setAt] = useState(place());
  const [recipes, setRecipes] = useState(null);
  const [error, setError] = useState(null);

  useEffect(() => {
    const moved = () => setAt(place());
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);

  const open = () => {
    setError(null);
    get("/v1/recipes").then((found) => setRecipes(found.recipes || found.data || found)).catch(setError);
  };
  useEffect(() => {
    if (hasToken()) open();
  }, []);

  const other = spoken() === "en" ? "zh" : "en";
  const View = VIEWS[at.view];
  const recipe = recipes && (recipes.find((one) => one.name === at.recipe) || recipes[0]);
  const asksForToken = !hasToken() || (error && error.status === 401);
  return html`
    <a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById("main").focus(); }}>${say("skip")}</a>
    <header>
      <a class="name" href="#/ask">duli 独立</a>
      <nav aria-label="duli">
        ${Object.keys(VIEWS).map(
          (name) => html`<a href=${`#/${name}/${at.recipe}`} aria-current=${name === at.view ? "page" : null}>${say(name)}</a>`,
        )}
      </nav>
      <button class="plain" lang=${other} onClick=${() => { speak(other); again(); }}>${say("language")}</button>
      <button class="plain" title=${say("theme")} aria-label=${say("theme")} onClick=${turn}>◐</button>
    </header>
    <main id="main" tabindex="-1">
      ${asksForToken
        ? html`<${Failure} error=${error} /><${Enter} onEnter=${() => { open(); again(); }} />`
        : error
          ? html`<${Failure} error=${error} retry=${open} />`
          : recipe && html`<${View} key=${at.view} recipe=${recipe} recipes=${recipes} choose=${(name) => (location.hash = `#/${at.view}/${encodeURIComponent(name)}`)} />`}
    </main>
    <footer>${recipe && recipe.notice}</footer>
  `;
}

function turn() {
  const root = document.documentElement;
  const dark = (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("duli-theme", root.dataset.theme);
}

const theme = localStorage.getItem("duli-theme");
if (theme) document.documentElement.dataset.theme = theme;
document.documentElement.lang = spoken();
takeToken();
render(html`<${Shell} />`, document.getElementById("page"));
