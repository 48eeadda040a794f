/* Parallel coordinates: a line a trial on a canvas; a range drawn on an axis chooses trials. */

const axisGap = 92, fieldTop = 34, fieldHigh = 330, fieldSide = 48, nearLine = 6;

function element(tag, classes, words) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (words !== undefined) made.textContent = words;
  return made;
}

class Parallel {
  constructor(place, drawing, trials) {
    Object.assign(this, { place, drawn: false });
    this.take(drawing, trials);
    this.ranges = new Map();
    this.build();
  }

  take(drawing, trials) {
    Object.assign(this, { axes: drawing.axes, lines: drawing.lines, known: trials, few: undefined });
    Object.assign(this, { colours: drawing.colours, trials: drawing.trials, shade: drawing.shade });
    this.pointed = undefined;
  }

  update(drawing, trials) {
    const ranges = this.ranges;
    this.take(drawing, trials);
    this.place.replaceChildren();
    this.build();
    if (this.drawn) this.draw();
    for (const [at, range] of ranges) this.choose(at, range);
  }

  build() {
    this.scroller = element("div", "parallel");
    this.field = element("div", "field");
    this.canvas = element("canvas");
    this.field.append(this.canvas);
    this.hint = element("div", "hint");
    this.hint.hidden = true;
    this.field.style.height = `${fieldTop + fieldHigh + 14}px`;
    this.uprights = this.axes.map((axis, at) => this.upright(axis, at));
    this.field.append(...this.uprights, this.hint);
    this.scroller.append(this.field);
    this.legend = element("div", "legend");
    this.place.append(this.scroller, this.legend);
    this.field.addEventListener("pointermove", (event) => this.point(event));
    this.field.addEventListener("pointerleave", () => this.unpoint());
    this.buildLegend();
  }

  buildLegend() {
    if (this.shade) {
      const strip = element("canvas");
      Object.assign(strip, { width: 120, height: 10 });
      const pen = strip.getContext("2d"), wash = pen.createLinearGradient(0, 0, 120, 0);
      this.shade.colours.forEach((each, at, all) => wash.addColorStop(at / (all.length - 1), each));
      pen.fillStyle = wash;
      pen.fillRect(0, 0, 120, 10);
      const [low, high] = this.shade.ends;
      this.legend.append(element("span", "", this.shade.label), element("span", "", low), strip, element("span", "", high));
    }
    this.said = element("span", "chosen");
    this.clear = element("button", "", "clear");
    this.clear.type = "button";
    this.clear.addEventListener("click", () => this.choose(null));
    this.legend.append(this.said, this.clear);
    this.tell();
  }

  upright(axis, at) {
    const made = element("div", "axis"), rail = element("div", "rail"), label = element("div", "label", axis.label);
    const range = element("div", "range");
    label.title = axis.label;
    label.style.top = "0px";
    rail.style.top = `${fieldTop}px`;
    rail.style.height = `${fieldHigh}px`;
    range.hidden = true;
    rail.append(range);
    made.append(label, rail, ...this.ticks(axis));
    made.range = range;
    this.listen(rail, at);
    return made;
  }

  ticks(axis) {
    const made = [];
    let last = Infinity;
    for (const [place, words] of [...axis.ticks].sort((a, b) => a[0] - b[0])) {
      const top = fieldTop + fieldHigh * (1 - place);
      if (last - top < 13) continue;
      last = top;
      const tick = element("div", "tick", words);
      tick.style.top = `${top}px`;
      made.push(tick);
    }
    return made;
  }

  listen(rail, at) {
    let from = null;
    const place = (event) => {
      const box = rail.getBoundingClientRect();
      return Math.min(1, Math.max(0, 1 - (event.clientY - box.top) / box.height));
    };
    rail.addEventListener("pointerdown", (event) => {
      from = place(event);
      rail.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    rail.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const to = place(event);
      this.choose(at, Math.abs(to - from) < 0.008 ? null : [Math.min(from, to), Math.max(from, to)]);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      rail.addEventListener(end, (event) => {
        if (from !== null && Math.abs(place(event) - from) < 0.008) this.choose(at, null);
        from = null;
      });
    }
  }

  choose(at, range) {
    if (at === null) this.ranges.clear();
    else if (range) this.ranges.set(at, range);
    else this.ranges.delete(at);
    this.uprights.forEach((upright, place) => {
      const held = this.ranges.get(place);
      upright.range.hidden = !held;
      if (!held) return;
      upright.range.style.top = `${fieldHigh * (1 - held[1])}px`;
      upright.range.style.height = `${fieldHigh * (held[1] - held[0])}px`;
    });
    this.paint();
    this.tell();
    const chosen = this.ranges.size ? new Set(this.trials.filter((_, line) => this.holds(line))) : null;
    document.dispatchEvent(new CustomEvent("trials-chosen", { detail: chosen }));
  }

  holds(line) {
    for (const [at, [low, high]] of this.ranges) {
      const place = this.lines[line][at];
      if (place < low - 1e-6 || place > high + 1e-6) return false;
    }
    return true;
  }

  tell() {
    const count = this.lines.filter((_, line) => this.holds(line)).length;
    this.said.textContent = this.ranges.size ? `${count} of ${this.lines.length} trials chosen` : "";
    this.clear.hidden = !this.ranges.size;
  }

  x(at) {
    return fieldSide + (this.wide - 2 * fieldSide) * (this.axes.length > 1 ? at / (this.axes.length - 1) : 0.5);
  }

  draw() {
    this.drawn = true;
    const room = this.place.clientWidth, least = 2 * fieldSide + axisGap * (this.axes.length - 1);
    this.wide = document.documentElement.dataset.print ? room : Math.max(room, least); // paper does not scroll
    this.field.style.width = `${this.wide}px`;
    const apart = this.axes.length > 1 ? this.x(1) - this.x(0) - 8 : this.wide - 20;
    this.uprights.forEach((upright, at) => {
      upright.style.left = `${this.x(at)}px`;
      upright.firstChild.style.maxWidth = `${Math.min(apart, 2 * fieldSide)}px`;
    });
    this.paint();
    this.place.dataset.drawn = "yes";
  }

  resize() {
    if (this.drawn) this.draw();
  }

  paint() {
    if (!this.drawn) return;
    const dense = window.devicePixelRatio || 1, high = fieldTop + fieldHigh + 14;
    Object.assign(this.canvas, { width: this.wide * dense, height: high * dense });
    this.canvas.style.width = `${this.wide}px`;
    this.canvas.style.height = `${high}px`;
    const pen = this.canvas.getContext("2d");
    pen.scale(dense, dense);
    pen.lineWidth = 1.2;
    this.lines.forEach((_, line) => {
      if (!this.ranges.size) this.stroke(pen, line, this.colours[line], this.strength(line));
      else if (!this.holds(line)) this.stroke(pen, line, colour("--soft"), 0.06);
    });
    if (this.ranges.size) {
      this.lines.forEach((_, line) => this.holds(line) && this.stroke(pen, line, this.colours[line], 0.85));
    }
    if (this.pointed !== undefined) {
      pen.lineWidth = 3;
      this.stroke(pen, this.pointed, colour("--ink"), 1);
    }
  }

  /* Lines come with the best last: where there are many, the others step back. */
  strength(line) {
    const many = Math.min(1, this.lines.length / 500), share = (line + 1) / this.lines.length;
    return 0.7 - many * (0.64 - 0.6 * share ** 5);
  }

  /* Where an axis has few places, lines that meet in one lie a little apart. */
  spread(line, at) {
    if (!this.few) {
      this.few = this.axes.map((_, axis) => new Set(this.lines.map((each) => each[axis])).size <= 12);
    }
    if (!this.few[at] || this.lines.length < 20) return 0;
    return (((this.trials[line] * 0.618034 + at * 0.37) % 1) - 0.5) * 0.03;
  }

  stroke(pen, line, paint, strength) {
    pen.strokeStyle = paint;
    pen.globalAlpha = strength;
    pen.beginPath();
    this.lines[line].forEach((place, at) => 
      pen.lineTo(this.x(at), fieldTop + fieldHigh * (1 - place - this.spread(line, at)))
    );
    pen.stroke();
  }

  point(event) {
    if (event.buttons) return this.unpoint();
    const box = this.field.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const step = (this.x(1) ?? 0) - this.x(0), left = Math.floor((x - fieldSide) / step);
    if (left < 0 || left >= this.axes.length - 1) return this.unpoint();
    const share = (x - this.x(left)) / step;
    let found, nearest = nearLine;
    this.lines.forEach((line, at) => {
      const far = Math.abs(fieldTop + fieldHigh * (1 - line[left] - share * (line[left + 1] - line[left])) - y);
      if (far < nearest && this.holds(at)) [found, nearest] = [at, far];
    });
    if (found === this.pointed) return null;
    if (found === undefined) return this.unpoint();
    this.pointed = found;
    this.hint.textContent = this.about(this.trials[found]);
    this.hint.hidden = false;
    this.hint.style.left = `${Math.max(0, Math.min(x + 14, this.wide - 260))}px`;
    this.hint.style.top = `${Math.max(0, Math.min(y + 10, fieldHigh - 120))}px`;
    return this.paint();
  }

  about(trial) {
    const columns = this.known.columns, row = columns[0].values.indexOf(trial);
    const said = columns.filter((column) => column.about && column.values[row] !== null && row >= 0);
    const lines = said.slice(0, 14).map((column) => {
      const value = column.values[row];
      return `${column.name} ${typeof value === "number" ? shortNumber(value) : value}`;
    });
    return [`trial ${trial}`, ...lines].join("\n");
  }

  unpoint() {
    this.hint.hidden = true;
    if (this.pointed === undefined) return;
    this.pointed = undefined;
    this.paint();
  }
}
