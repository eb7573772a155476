// A proof as a graph that can be walked: arrow keys move, Enter opens and closes what an atom rests on.

import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { Graph, layout } from "../vendor/dagre.js";
import { number, say, spoken } from "../words.js";

const LONGEST = 46;
const LINE = 17;

/** The proof as the server gives it (a tree, or numbered steps) as nodes by name: {root, nodes}. */
export function nodesOf(proof) {
  const nodes = new Map();
  if (proof.steps) {
    proof.steps.forEach((step, at) => {
      nodes.set(`s${at}`, {
        title: step.text || step.formula,
        kind: step.rule,
        source: step.source || step.name,
        premises: (step.premises || []).map((number_) => `s${number_ - 1}`),
      });
    });
    return { root: `s${proof.steps.length - 1}`, nodes };
  }
  const add = (one) => {
    const name = one.atom;
    if (!nodes.has(name)) {
      nodes.set(name, null);
      const premises = (one.premises || []).map(add);
      nodes.set(name, { ...one, title: one.sentence || one.atom, premises });
    }
    return name;
  };
  return { root: add(proof), nodes };
}

function arranged(nodes, shown, open) {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 34, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of shown) {
    const lines = wrapped(nodes.get(name).title);
    const small = detail(nodes.get(name));
    const width = 16 + 7.6 * Math.max(...lines.map(columns), columns(small));
    graph.setNode(name, { lines, small, width, height: 14 + LINE * (lines.length + (small ? 1 : 0)) });
  }
  for (const name of shown) {
    if (open.has(name)) for (const premise of nodes.get(name).premises) graph.setEdge(name, premise);
  }
  layout(graph);
  return graph;
}

// Han characters are as wide as two Latin ones.
const columns = (text) => [...text].reduce((sum, c) => sum + (c > "\u2e7f" ? 1.7 : 1), 0);

function wrapped(text) {
  const lines = [""];
  for (const part of text.split(/(?<=[\s,，。、(])/)) {
    if (columns(lines.at(-1) + part) > LONGEST && lines.at(-1)) lines.push("");
    lines[lines.length - 1] += part;
  }
  const cut = lines.map((line) => (line.length > LONGEST + 8 ? `${line.slice(0, LONGEST + 7)}…` : line.trim()));
  return cut.length > 4 ? [...cut.slice(0, 3), "…"] : cut;
}

function detail(node) {
  const parts = [say(node.kind || "")];
  if (node.probability !== undefined && node.probability !== null && node.probability !== 1) parts.push(number(node.probability));
  if (node.omitted) parts.push(say("more", node.omitted));
  if (node.premises.length) parts.push(`▾ ${node.premises.length}`);
  return parts.filter(Boolean).join(" · ");
}

function visible(root, nodes, open) {
  const found = [];
  const wait = [root];
  while (wait.length) {
    const name = wait.shift();
    if (found.includes(name)) continue;
    found.push(name);
    if (open.has(name)) wait.push(...nodes.get(name).premises);
  }
  return found;
}

export function Proof({ proof }) {
  const { root, nodes } = useMemo(() => nodesOf(proof), [proof]);
  const [open, setOpen] = useState(new Set());
  const [chosen, setChosen] = useState(root);
  const box = useRef(null);

  useEffect(() => {
    setOpen(new Set([root, ...nodes.get(root).premises].slice(0, 4)));
    setChosen(root);
  }, [proof]);

  const shown = visible(root, nodes, open).filter((name) => nodes.get(name));
  const graph = useMemo(() => arranged(nodes, shown, open), [proof, open, spoken()]);
  const size = graph.graph();

  const focus = (name) => {
    setChosen(name);
    const found = box.current && [...box.current.querySelectorAll("g.node")].find((one) => one.dataset.name === name);
    if (found) found.focus();
  };
  const toggle = (name) => {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  };
  const walk = (event, name) => {
    const parents = shown.filter((one) => open.has(one) && nodes.get(one).premises.includes(name));
    const beside = parents.length ? nodes.get(parents[0]).premises : [name];
    const at = beside.indexOf(name);
    const to = {
      ArrowUp: parents[0],
      ArrowDown: open.has(name) ? nodes.get(name).premises[0] : undefined,
      ArrowLeft: beside[at - 1],
      ArrowRight: beside[at + 1],
    };
    if (event.key in to) {
      event.preventDefault();
      if (to[event.key]) focus(to[event.key]);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      toggle(name);
    }
  };

  useEffect(() => {
    const { x } = graph.node(root);
    box.current.scrollLeft = x - box.current.clientWidth / 2;
  }, [proof]);

  const node = nodes.get(chosen) || nodes.get(root);
  return html`<p class="quiet">${say("proofHelp")}</p>
    <div class="graph" ref=${box}>
      <svg role="tree" aria-label=${say("proof")} width=${size.width} height=${size.height} viewBox=${`0 0 ${size.width} ${size.height}`}>
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path class="tip" d="M0,0L8,4L0,8z" />
          </marker>
        </defs>
        ${graph.edges().map((edge) => {
          const points = graph.edge(edge).points.map((p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`).join("L");
          return html`<path d=${`M${points}`} marker-start="url(#tip)" />`;
        })}
        ${shown.map((name) => {
          const { x, y, width, height, lines, small } = graph.node(name);
          const one = nodes.get(name);
          const leaf = one.premises.length === 0;
          const state = leaf ? null : open.has(name) ? "true" : "false";
          return html`<g
            class=${`node${leaf ? " leaf" : ""}${name === chosen ? " chosen" : ""}`}
            data-name=${name}
            role="treeitem"
            aria-label=${`${one.title}, ${small}`}
            aria-expanded=${state}
            tabindex=${name === chosen ? 0 : -1}
            transform=${`translate(${(x - width / 2).toFixed(1)},${(y - height / 2).toFixed(1)})`}
            onClick=${() => { setChosen(name); toggle(name); }}
            onFocus=${() => setChosen(name)}
            onKeyDown=${(event) => walk(event, name)}
          >
            <rect width=${width} height=${height} rx="6" />
            ${lines.map((line, at) => html`<text x="8" y=${18 + LINE * at}>${line}</text>`)}
            ${small && html`<text class="small" x="8" y=${18 + LINE * lines.length}>${small}</text>`}
          </g>`;
        })}
      </svg>
    </div>
    <dl class="quiet">
      <div><strong>${node.title}</strong></div>
      ${node.title !== node.atom && node.atom && html`<div><code>${node.atom}</code></div>`}
      ${node.probability !== undefined && html`<div>${say("probability")}: ${number(node.probability)}</div>`}
      ${node.where && html`<div>${say("where")}: <code>${node.where}</code></div>`}
      ${node.source && html`<div>${say("source")}: ${node.source}</div>`}
    </dl>`;
}
