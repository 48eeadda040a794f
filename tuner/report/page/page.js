/* The page: theme, figures, table. */

const themes = ["system", "light", "dark"];

function useTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.getElementById("theme").textContent = `theme: ${theme}`;
}

function build(given) {
  const figures = new Figures(), texts = [];
  for (const text of given.texts) texts.push(typeof text === "string" ? text : texts[text[0]] + text[1]);
  for (const [name, drawing] of Object.entries(given.figures)) {
    const place = document.getElementById(name);
    if (!place) continue;
    if (drawing.parallel) figures.add(new Parallel(place, drawing.parallel, given.trials));
    else figures.add(new Figure(place, drawing, texts));
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
