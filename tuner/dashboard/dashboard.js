/* The dashboard: asks for what has changed, and draws it. Texts are set as texts, never as markup;
   the parts of a study come as HTML that the server escaped as the report does. */

const token = document.body.dataset.token, control = document.body.dataset.control === "yes";
const everyMs = 1000;

async function ask(path, options = {}) {
  const headers = { "x-tuner-token": token, ...options.headers };
  const answer = await fetch(path, { ...options, headers });
  const found = await answer.json().catch(() => ({ error: answer.statusText }));
  if (!answer.ok) throw new Error(found.error ?? answer.statusText);
  return found;
}

function act(key, name, asked) {
  const headers = { "x-tuner-act": "yes", "content-type": "application/json" };
  return ask(`/studies/${key}/${name}`, { method: "POST", headers, body: JSON.stringify(asked) });
}

function live(words, lost) {
  const place = document.getElementById("live");
  place.textContent = words;
  place.classList.toggle("lost", Boolean(lost));
}

function ago(seconds) {
  if (seconds === null || seconds === undefined) return "-";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86400)} d ago`;
}

/* The list of all studies. */
class Listing {
  constructor(main) {
    this.main = main;
    this.since = "";
    this.looks = 0;
    const section = element("section"), scroll = element("div", "scroll"), table = element("table", "studies");
    const head = element("thead"), row = element("tr");
    for (const words of ["study", "state", "metric", "best", "so far", "trials", "failed", "last written"]) {
      row.append(element("th", "", words));
    }
    head.append(row);
    this.body = element("tbody");
    table.append(head, this.body);
    scroll.append(table);
    this.none = element("p", "nothing", "no study here yet");
    section.append(scroll, this.none);
    main.replaceChildren(section);
    document.getElementById("title").textContent = "Studies";
    document.getElementById("nav").hidden = true;
  }

  async look() {
    const since = this.looks++ % 5 ? this.since : ""; // who is at work is told by no ledger
    const found = await ask(`/studies?since=${since}`);
    this.since = found.version;
    if (!found.studies) return;
    const order = { running: 0, draining: 0 };
    const rank = (study) => order[study.state] ?? 1;
    found.studies.sort((a, b) => rank(a) - rank(b) || (a.since_s ?? 1e12) - (b.since_s ?? 1e12));
    this.none.hidden = found.studies.length > 0;
    this.body.replaceChildren(...found.studies.map((study) => this.row(study)));
  }

  row(study) {
    const row = element("tr", "row"), state = element("td"), spark = element("td"), name = element("td");
    const link = element("a", "", study.name);
    link.href = `#${study.key}`;
    name.append(link);
    if (study.folder !== study.name) name.append(element("span", "where", study.folder));
    name.title = study.folder;
    const troubled = study.trouble || (study.damage ? `${study.damage} damaged lines` : "");
    const pill = element("span", `pill ${troubled ? "trouble" : study.state}`, study.trouble ? "trouble" : study.state);
    pill.title = troubled || study.detail;
    state.append(pill);
    if (study.curve?.length > 1) spark.append(this.spark(study.curve));
    const counts = study.counts, budget = study.budgets.find(([what]) => what === "trials");
    const done = budget ? (budget[2] ? `${budget[1]} of ${budget[2]}` : `${budget[1]}`) : "-";
    const best = typeof study.best === "number" ? shortNumber(study.best) : study.best ?? "-";
    row.append(name, state, element("td", "", study.metric ? `${study.goal} ${study.metric}` : "-"));
    row.append(element("td", "number", best), spark, element("td", "number", done));
    row.append(element("td", "number", String(counts.failed ?? 0)), element("td", "", ago(study.since_s)));
    row.addEventListener("click", () => { location.hash = study.key; });
    row.dataset.study = study.key;
    return row;
  }

  spark(curve) {
    const made = element("canvas"), dense = window.devicePixelRatio || 1;
    Object.assign(made, { width: 110 * dense, height: 22 * dense });
    Object.assign(made.style, { width: "110px", height: "22px" });
    const pen = made.getContext("2d"), low = Math.min(...curve), wide = Math.max(...curve) - low || 1;
    pen.scale(dense, dense);
    pen.strokeStyle = "#d55e00";
    pen.lineWidth = 1.5;
    pen.beginPath();
    curve.forEach((value, at) => pen.lineTo(2 + (106 * at) / (curve.length - 1), 20 - (18 * (value - low)) / wide));
    pen.stroke();
    return made;
  }
}

/* One study, as the report has it. */
class Study {
  constructor(main, key) {
    Object.assign(this, { main, key, since: "", drawn: "", pauseUntil: 0, asked: false, figures: new Figures() });
    main.replaceChildren(element("p", "nothing", "reading"));
    this.said = element("span", "said");
  }

  async look() {
    const figures = performance.now() < this.pauseUntil ? "" : `&figures=${this.drawn}`;
    await this.take(await ask(`/studies/${this.key}?since=${this.since}${figures}`));
  }

  async askModel(button) {
    button.disabled = true;
    this.said.textContent = "asking the model";
    try {
      await this.take(await ask(`/studies/${this.key}?model=yes`));
      this.said.textContent = "the model was asked";
    } catch (error) {
      this.said.textContent = String(error.message);
    }
    button.disabled = false;
  }

  async take(found) {
    this.since = found.version;
    if (!found.html) return;
    document.documentElement.dataset.version = found.version;
    if (found.rows) {
      this.place(found);
      this.trials.patch(found.rows, found.best);
      return;
    }
    this.drawn = found.version;
    const began = performance.now();
    this.place(found);
    build(found.data, this.figures);
    const table = document.getElementById("table");
    if (this.trials && this.trials.place === table) this.trials.update(found.data.trials, found.data.best);
    else this.trials = new Trials(table, found.data.trials, found.data.best, (id, state) => this.beside(id, state));
    document.getElementById("title").textContent = found.name;
    this.pauseUntil = performance.now() + Math.max(2000, 10 * (performance.now() - began));
  }

  /* Put the parts into the page; figures and the table that are there already stay where they are. */
  place(found) {
    const fresh = new DOMParser().parseFromString(found.html, "text/html");
    const parts = [...fresh.querySelectorAll("section")];
    this.asked ||= found.asked;
    if (!this.head) this.begin(found);
    for (const part of parts) {
      const old = document.getElementById(part.id);
      if (!old) {
        this.parts.append(document.adoptNode(part));
        continue;
      }
      if (this.asked && !found.asked && found.model?.includes(part.id)) continue;
      const same = (one) => [...one.querySelectorAll(".figure")].map((figure) => figure.id).join();
      if (part.id === "trials") continue;
      if (same(old) !== same(part)) old.replaceWith(document.adoptNode(part));
      else if (part.querySelector(".said")) {
        old.querySelector(".said").replaceWith(document.adoptNode(part.querySelector(".said")));
      }
    }
    if (found.rows) return;
    const nav = document.getElementById("nav"), back = element("a", "", "← all studies");
    back.href = "#";
    nav.replaceChildren(back, ...parts.map((part) => {
      const link = element("a", "", part.querySelector("h2").textContent);
      link.href = "#";
      link.addEventListener("click", (event) => {
        event.preventDefault();
        document.getElementById(part.id).scrollIntoView();
      });
      return link;
    }));
    nav.hidden = false;
  }

  begin(found) {
    this.head = element("div", "acts");
    this.parts = element("div");
    const model = element("button", "", "ask the model");
    model.type = "button";
    model.addEventListener("click", () => this.askModel(model));
    this.head.append(model);
    if (control) this.steering(found.parameters);
    this.head.append(this.said);
    this.main.replaceChildren(this.head, this.parts);
  }

  steering(parameters) {
    const stop = this.button("stop", "stop", {}, "Start nothing new and wait for what runs?");
    const now = this.button("stop now", "stop_now", {}, "Terminate what runs?");
    now.classList.add("danger");
    const form = element("form"), send = element("button", "", "enqueue");
    for (const name of parameters) {
      const label = element("label", "", name), field = element("input");
      field.name = name;
      label.append(field);
      form.append(label);
    }
    form.append(send);
    form.hidden = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act("enqueue", { values: Object.fromEntries(new FormData(form)) });
    });
    const open = element("button", "", "enqueue a point");
    open.type = "button";
    open.addEventListener("click", () => { form.hidden = !form.hidden; });
    this.head.append(stop, now, open, form);
  }

  button(words, name, asked, question) {
    const made = element("button", "", words);
    made.type = "button";
    made.dataset.act = name;
    made.addEventListener("click", (event) => {
      event.stopPropagation();
      if (!question || confirm(question)) this.act(name, asked);
    });
    return made;
  }

  async act(name, asked) {
    try {
      this.said.textContent = (await act(this.key, name, asked)).said;
    } catch (error) {
      this.said.textContent = error.message;
    }
    this.pauseUntil = 0;
  }

  beside(trial, state) {
    const made = element("div", "acts"), logs = element("button", "", "logs");
    logs.type = "button";
    logs.addEventListener("click", () => new Log(this.key, trial));
    made.append(logs);
    if (!control) return made;
    if (!["completed", "running", "suggested"].includes(state)) made.append(this.button("retry", "retry", { trial }));
    if (["running", "suggested"].includes(state)) made.append(this.button("end", "end", { trial }, `End trial ${trial}?`));
    made.append(this.button("exclude", "mark", { trial, text: "exclude" }));
    const form = element("form"), field = element("input"), send = element("button", "", "note");
    field.placeholder = "a note";
    form.append(field, send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act("note", { trial, text: field.value });
    });
    made.append(form);
    return made;
  }
}

/* The log of a trial, as it grows. */
class Log {
  constructor(key, trial) {
    Object.assign(this, { key, trial, from: null });
    this.box = document.getElementById("log");
    this.box.querySelector("h2").textContent = `trial ${trial}`;
    this.pre = this.box.querySelector("pre");
    this.stream = this.box.querySelector("select");
    this.stream.onchange = () => this.again();
    this.box.querySelector("button").onclick = () => this.box.close();
    this.again();
    this.box.showModal();
    const timer = setInterval(() => (this.box.open ? this.look() : clearInterval(timer)), everyMs);
  }

  again() {
    this.from = null;
    this.pre.textContent = "";
    return this.look();
  }

  async look() {
    const from = this.from === null ? "" : `&from=${this.from}`;
    try {
      const found = await ask(`/studies/${this.key}/logs/${this.trial}?stream=${this.stream.value}${from}`);
      const atEnd = this.pre.scrollTop + this.pre.clientHeight >= this.pre.scrollHeight - 20;
      if (this.from === null && found.from > 0) this.pre.append("… ");
      this.from = found.to;
      this.pre.append(found.text);
      if (atEnd) this.pre.scrollTop = this.pre.scrollHeight;
    } catch (error) {
      if (this.from === null) this.pre.textContent = error.message;
    }
  }
}

{
  const main = document.getElementById("main");
  let view = null, busy = false;
  const choose = () => {
    const key = location.hash.slice(1);
    view = /^[0-9a-f]{16}$/.test(key) ? new Study(main, key) : new Listing(main);
    look();
  };
  const look = async () => {
    if (busy) return;
    busy = true;
    const seen = view;
    try {
      await seen.look();
      live("live");
    } catch (error) {
      if (seen === view) live(error.message, true);
    }
    busy = false;
    document.documentElement.dataset.ready = "yes";
    if (seen !== view) look();
  };
  keepTheme(() => view?.figures ?? { repaint() {}, drawAll() {} });
  addEventListener("hashchange", choose);
  setInterval(look, everyMs);
  choose();
}
