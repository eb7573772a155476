// Lines over time, and shares beside one another.

import { html, useEffect, useRef } from "../vendor/preact.js";

const COLOURS = ["--accent", "--warn", "--variable", "--number", "--string", "--quiet"];

/** Series over time. Args: times (seconds since 1970) [n]; series: [{name, values [n]}]. */
export function Plot({ times, series, label }) {
  const box = useRef(null);
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => resolved(style.getPropertyValue(name));
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 } };
    const draw = () => new window.uPlot(
      {
        width: Math.max(280, box.current.clientWidth),
        height: 260,
        series: [{}, ...series.map((one, n) => ({ label: one.name, stroke: colour(COLOURS[n % COLOURS.length]), width: 2, points: { show: times.length < 60 } }))],
        axes: [axis, axis],
        cursor: { focus: { prox: 20 } },
      },
      [times, ...series.map((one) => one.values)],
      box.current,
    );
    let plot = draw();
    const resize = new ResizeObserver(() => plot.setSize({ width: Math.max(280, box.current.clientWidth), height: 260 }));
    resize.observe(box.current);
    const turned = new MutationObserver(() => { plot.destroy(); plot = draw(); });
    turned.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => { resize.disconnect(); turned.disconnect(); plot.destroy(); };
  }, [times, series]);
  return html`<div class="plot" role="img" aria-label=${label} ref=${box}></div>`;
}

/** A colour that a canvas takes, of one that may be light-dark(). */
function resolved(value) {
  const probe = document.createElement("i");
  probe.style.color = value;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
