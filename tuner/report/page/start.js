/* The report: everything is in the page. */

{
  const given = JSON.parse(document.getElementById("data").textContent);
  const figures = build(given);
  keepTheme(() => figures);
  if (document.getElementById("table")) new Trials(document.getElementById("table"), given.trials, given.best);
  document.documentElement.dataset.ready = "yes";
}
