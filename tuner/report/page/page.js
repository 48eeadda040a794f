/* The page: theme, figures, table. */

const themes = ["system", "light", "dark"];

function useTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.getElementById("theme").textContent = `theme: ${theme}`;
}

/* A text is another one and what follows; its numbers lie beside the form that many texts have. */
function textsOf(given) {
  const texts = [];
  for (const [before, form, numbers] of given.texts) {
    const left = numbers.split(" ");
    const rest = given.forms[form].replaceAll("\u0001", () => left.shift());
    texts.push(before < 0 ? rest : texts[before] + rest);
  }
  return texts;
}

/* Draw into the places that there are; `figures` may hold some from before, which are brought up to date. */
function build(given, figures = new Figures()) {
  const shared = { lists: given.lists, texts: textsOf(given) };
  for (const [name, drawing] of Object.entries(given.figures)) {
    const place = document.getElementById(name);
    if (!place) continue;
    const held = figures.all.find((figure) => figure.place === place);
    const [kind, beside] = drawing.parallel ? [Parallel, given.trials] : [Figure, shared];
    if (held) held.update(drawing.parallel ?? drawing, beside);
    else figures.add(new kind(place, drawing.parallel ?? drawing, beside));
  }
  figures.all = figures.all.filter((figure) => figure.place.isConnected);
  return figures;
}

function keepTheme(figures) {
  let theme = "system";
  document.getElementById("theme").addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    useTheme(theme);
    figures().repaint();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => figures().repaint());
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((each) => { each.open = true; });
    document.documentElement.dataset.print = "yes"; // as wide as paper, before figures are drawn
    useTheme("light");
    figures().drawAll();
    for (const table of document.querySelectorAll("table.trials")) {
      table.style.zoom = Math.min(1, table.parentElement.clientWidth / table.scrollWidth); // no column is cut
    }
  });
  addEventListener("afterprint", () => {
    folded.forEach((each) => { each.open = false; });
    delete document.documentElement.dataset.print;
    document.querySelectorAll("table.trials").forEach((table) => { table.style.zoom = ""; });
    useTheme(theme);
    figures().repaint();
  });
}
