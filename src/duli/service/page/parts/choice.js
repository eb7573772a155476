// Which recipe is meant.

import { html } from "../vendor/preact.js";
import { say } from "../words.js";

export function Choice({ recipe, recipes, choose }) {
  return html`<div class="row">
    <label class="quiet" for="recipe">${say("recipe")}</label>
    <select id="recipe" value=${recipe.name} onChange=${(event) => choose(event.target.value)}>
      ${recipes.map((one) => html`<option value=${one.name} selected=${one.name === recipe.name}>${one.name}</option>`)}
    </select>
    <span class="quiet grow">${recipe.description}</span>
  </div>`;
}
