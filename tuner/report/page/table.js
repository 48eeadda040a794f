/* The table of trials: sorted by a heading, filtered by words, state, and the figure above. */

const rowsAtOnce = 100;

function shortNumber(value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(4).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(6)));
}

class Trials {
  /* `beside` gives an element that stands with what more is told of a trial, or nothing. */
  constructor(place, given, best, beside) {
    Object.assign(this, { place, beside });
    this.take(given, best);
    this.sort = { column: 0, down: true };
    this.words = "";
    this.state = "";
    this.chosen = null;
    this.opened = new Set();
    this.limit = rowsAtOnce;
    this.build();
    this.show();
    document.addEventListener("trials-chosen", (event) => {
      this.chosen = event.detail;
      this.limit = rowsAtOnce;
      this.show();
    });
  }

  take(given, best) {
    Object.assign(this, { best, columns: given.columns, more: given.more });
    this.rows = this.columns[0].values.map((_, row) => row);
  }

  /* Take in a table that has grown; what is sorted, filtered and open stays so. */
  update(given, best) {
    const sorted = this.columns[this.sort.column]?.name, ids = this.columns[0].values;
    const open = [...this.opened].map((row) => ids[row]);
    this.take(given, best);
    this.sort.column = Math.max(0, this.columns.findIndex((column) => column.name === sorted));
    this.opened = new Set(open.map((id) => this.columns[0].values.indexOf(id)).filter((row) => row >= 0));
    this.renew();
  }

  /* Take in a few rows that are new or have changed; the others stay. */
  patch(given, best) {
    const ids = this.columns[0].values, more = this.more;
    const places = given.columns[0].values.map((id) => (ids.includes(id) ? ids.indexOf(id) : ids.push(id) - 1));
    const known = (column) => this.columns.find((each) => each.name === column.name && each.about === column.about);
    for (const column of given.columns) if (!known(column)) this.columns.push({ ...column, values: [] });
    for (const column of this.columns) {
      const fresh = given.columns.find((each) => each.name === column.name && each.about === column.about);
      if (fresh?.kind === "text") column.kind = "text";
      places.forEach((row, at) => { column.values[row] = fresh?.values[at] ?? null; });
      column.values = Array.from(ids, (_, row) => column.values[row] ?? null);
    }
    places.forEach((row, at) => { more[row] = given.more[at]; });
    this.take({ columns: this.columns, more }, best);
    this.renew();
  }

  renew() {
    this.headings();
    this.states();
    if (!this.body.contains(document.activeElement)) this.show();
  }

  headings() {
    this.head.replaceChildren(...this.columns.map((column, at) => this.heading(column, at)));
  }

  states() {
    const states = [...new Set(this.columns[1].values)].sort();
    this.pick.replaceChildren(new Option("every state", ""), ...states.map((state) => new Option(state, state)));
    this.pick.value = states.includes(this.state) ? this.state : "";
    this.state = this.pick.value;
  }

  build() {
    this.search = element("input");
    Object.assign(this.search, { type: "search", placeholder: "filter: words, or name<0.5" });
    this.search.setAttribute("aria-label", "filter trials");
    this.search.addEventListener("input", () => this.filter({ words: this.search.value }));
    this.pick = element("select");
    this.pick.setAttribute("aria-label", "state");
    this.states();
    this.pick.addEventListener("change", () => this.filter({ state: this.pick.value }));
    this.count = element("span", "count");
    const bar = element("div", "bar"), scroll = element("div", "scroll"), table = element("table", "trials");
    bar.append(this.search, this.pick, this.count);
    this.head = element("tr");
    this.body = element("tbody");
    const head = element("thead");
    head.append(this.head);
    table.append(head, this.body);
    scroll.append(table);
    this.next = element("button", "", "show more");
    this.next.type = "button";
    this.next.addEventListener("click", () => {
      this.limit += 10 * rowsAtOnce;
      this.show();
    });
    this.place.append(bar, scroll, this.next);
    this.headings();
  }

  heading(column, at) {
    const cell = element("th", column.kind), button = element("button", "", column.name);
    button.type = "button";
    button.title = column.about ? `${column.about} ${column.name}` : column.name;
    button.addEventListener("click", () => {
      this.sort = { column: at, down: this.sort.column === at ? !this.sort.down : false };
      this.show();
    });
    cell.append(button);
    return cell;
  }

  filter(change) {
    Object.assign(this, change);
    this.limit = rowsAtOnce;
    this.show();
  }

  tests() {
    const wanted = this.words.trim().toLowerCase().split(/\s+/).filter(Boolean);
    return wanted.map((word) => {
      const [, name, sign, bound] = word.match(/^(.+?)(<=|>=|<|>|=)(.+)$/) ?? [];
      const column = this.columns.find((each) => each.name.toLowerCase() === name);
      const number = Number(bound);
      if (!column) return (row) => this.columns.some((each) => String(each.values[row] ?? "").toLowerCase().includes(word));
      return (row) => {
        const value = column.values[row];
        if (value === null) return false;
        if (sign === "=") return String(value).toLowerCase() === bound || value === number;
        if (typeof value !== "number" || Number.isNaN(number)) return false;
        return { "<": value < number, ">": value > number, "<=": value <= number, ">=": value >= number }[sign];
      };
    });
  }

  found() {
    const tests = this.tests(), ids = this.columns[0].values, states = this.columns[1].values;
    const found = this.rows.filter(
      (row) =>
        (!this.chosen || this.chosen.has(ids[row])) &&
        (!this.state || states[row] === this.state) &&
        tests.every((test) => test(row))
    );
    const { column, down } = this.sort, values = this.columns[column].values, sign = down ? -1 : 1;
    const rank = (value) => (value === null || value === "" ? 2 : typeof value === "number" ? 0 : 1);
    return found.sort((a, b) => {
      const left = values[a], right = values[b], apart = rank(left) - rank(right);
      if (apart) return apart;
      if (typeof left === "number") return sign * (left - right) || a - b;
      return sign * String(left).localeCompare(String(right)) || a - b;
    });
  }

  show() {
    const found = this.found(), shown = found.slice(0, this.limit);
    [...this.head.children].forEach((cell, at) => {
      if (at === this.sort.column) cell.setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    this.body.replaceChildren(...shown.flatMap((row) => this.row(row)));
    const by = this.chosen ? ", chosen in the figure of parameters" : "";
    const cut = found.length > this.limit ? `; ${this.limit} are shown` : "";
    this.count.textContent = `${found.length} of ${this.rows.length} trials${by}${cut}`;
    this.next.hidden = found.length <= this.limit;
  }

  row(row) {
    const made = element("tr", "row");
    made.dataset.trial = this.columns[0].values[row];
    made.classList.toggle("best", this.columns[0].values[row] === this.best);
    made.classList.toggle("open", this.opened.has(row));
    made.addEventListener("click", () => {
      if (!window.getSelection().isCollapsed) return;
      if (!this.opened.delete(row)) this.opened.add(row);
      this.show();
    });
    for (const column of this.columns) {
      const value = column.values[row], cell = element("td", column.kind);
      cell.textContent = value === null ? "" : typeof value === "number" ? shortNumber(value) : value;
      if (value !== null) cell.title = String(value);
      made.append(cell);
    }
    return this.opened.has(row) ? [made, this.details(row)] : [made];
  }

  details(row) {
    const made = element("tr", "more"), cell = element("td"), list = element("dl", "facts");
    cell.colSpan = this.columns.length;
    const known = this.more[row].length ? this.more[row] : [["", "nothing more is known of it"]];
    for (const [name, words] of known) list.append(element("dt", "", name), element("dd", "", words));
    cell.append(list);
    const beside = this.beside?.(this.columns[0].values[row], this.columns[1].values[row]);
    if (beside) cell.append(beside);
    made.append(cell);
    return made;
  }
}
