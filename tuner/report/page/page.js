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

function build(given) {
  const figures = new Figures(), shared = { lists: given.lists, texts: textsOf(given) };
  for (const [name, drawing] of Object.entries(given.figures)) {
    const place = document.getElementById(name);
    if (!place) continue;
    if (drawing.parallel) figures.add(new Parallel(place, drawing.parallel, given.trials));
    else figures.add(new Figure(place, drawing, shared));
  }
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
  addEventListener("beforeprint", () => {
    useTheme("light");
    figures().drawAll();
  });
  addEventListener("afterprint", () => {
    useTheme(theme);
    figures().repaint();
  });
}
