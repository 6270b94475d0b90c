/* Before the first paint: the reader's theme and row height, so that nothing jumps. */
(function () {
  "use strict";
  var root = document.documentElement, keep = {};
  try { keep = { theme: localStorage.getItem("theme"), density: localStorage.getItem("density"), scale: localStorage.getItem("scale") }; } catch (e) { /* private window */ }
  var dark = keep.theme ? keep.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  root.setAttribute("data-bs-theme", dark ? "dark" : "light");
  root.setAttribute("data-density", keep.density || "usual");
  root.setAttribute("data-scale", keep.scale || "1");
})();
