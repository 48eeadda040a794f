"use strict";
/* Figures: drawn by Plotly when they come near, in the colours of the page's theme. */

const narrowBelow = 760;
const paperHigh = 1040; // what a page of paper has beside a heading, in the width that styles give it

/* All that a figure offers; Plotly's own choice has one that sends the data away. */
const buttons = [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function themed(layout) {
  const made = structuredClone(layout);
  const ink = colour("--ink"), grid = colour("--grid"), card = colour("--card"), line = colour("--line");
  made.font = { ...made.font, color: ink, family: getComputedStyle(document.body).fontFamily };
  made.hoverlabel = { ...made.hoverlabel, bgcolor: card, bordercolor: line, font: { color: ink } };
  made.modebar = { bgcolor: "rgba(0,0,0,0)", color: colour("--soft"), activecolor: colour("--accent") };
  for (const name of Object.keys(made)) {
    if (/^[xy]axis\d*$/.test(name)) Object.assign(made[name], { gridcolor: grid, linecolor: grid });
  }
  return made;
}

/* Give a trace its lists and texts back, which others have too. */
function restored(trace, shared) {
  const made = { ...trace };
  for (const name of ["x", "y", "base", "hovertext"]) {
    if (typeof made[name]?.list === "number") made[name] = shared.lists[made[name].list];
  }
  if (Array.isArray(made.hovertext)) made.hovertext = made.hovertext.map((at) => shared.texts[at]);
  return made;
}

class Figure {
  constructor(place, drawing, shared) {
    this.place = place;
    this.drawn = false;
    this.take(drawing, shared);
    place.style.minHeight = `${this.layout().height}px`;
  }

  take(drawing, shared) {
    this.drawing = drawing;
    this.traces = drawing.data.map((trace) => restored(trace, shared));
  }

  /* Draw anew what has grown; where a person has zoomed in, that stays. */
  update(drawing, shared) {
    this.take(drawing, shared);
    if (this.drawn) this.draw();
  }

  layout() {
    const narrow = this.place.clientWidth < narrowBelow && this.drawing.narrow;
    const layout = narrow ? this.drawing.narrow : this.drawing.layout;
    const printed = document.documentElement.dataset.print;
    const height = printed ? Math.min(layout.height, paperHigh) : layout.height;
    return { ...themed(layout), height, autosize: true, uirevision: "kept" };
  }

  draw() {
    this.drawn = true;
    this.wide = this.place.clientWidth;
    const options = { displaylogo: false, displayModeBar: this.wide < narrowBelow ? false : "hover", modeBarButtons: buttons };
    return Plotly.react(this.place, this.traces, this.layout(), options).then(() => {
      this.place.dataset.drawn = "yes";
    });
  }

  resize() {
    if (this.drawn && this.wide !== this.place.clientWidth) return this.draw();
    return null;
  }
}

class Figures {
  constructor() {
    this.all = [];
    this.near = new IntersectionObserver((seen) => this.come(seen), { rootMargin: "600px 0px" });
    let waits = 0;
    new ResizeObserver(() => {
      clearTimeout(waits);
      waits = setTimeout(() => this.all.forEach((figure) => figure.resize()), 120);
    }).observe(document.body);
  }

  add(figure) {
    this.all.push(figure);
    this.near.observe(figure.place);
  }

  come(seen) {
    for (const each of seen) {
      if (!each.isIntersecting) continue;
      this.near.unobserve(each.target);
      this.all.filter((figure) => figure.place === each.target && !figure.drawn).forEach((figure) => figure.draw());
    }
  }

  drawAll() {
    return Promise.all(this.all.map((figure) => figure.draw()));
  }

  repaint() {
    this.all.filter((figure) => figure.drawn).forEach((figure) => figure.draw());
  }
}
