/* One figure: everything is in the page. A low figure takes what the window has left. */

{
  const given = JSON.parse(document.getElementById("data").textContent);
  const rest = document.body.offsetHeight;
  for (const { layout } of Object.values(given.figures)) {
    if (layout) layout.height = Math.max(layout.height, innerHeight - rest);
  }
  const figures = build(given);
  keepTheme(() => figures);
  document.documentElement.dataset.ready = "yes";
}
