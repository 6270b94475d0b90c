/* The matching page: a tick pays an item with what is still left of the receipt; the difference runs along on the server. */
(function () {
  "use strict";
  function fen(text) { var v = String(text || "").replace(/[,\s]/g, ""); return /^-?\d+(\.\d+)?$/.test(v) ? Number(v) : 0; }
  function fill(box) {
    var row = box.closest("tr"), share = row.querySelector("input[name^='share-']"), form = box.closest("form");
    if (!box.checked) { share.value = ""; }
    else {
      var left = fen(form.dataset.left), open = fen(box.dataset.open), places = (box.dataset.open.split(".")[1] || "").length;
      form.querySelectorAll("input[name^='share-']").forEach(function (i) { if (i !== share) { left -= fen(i.value); } });
      share.value = (open > 0 && left > 0 && left < open ? left : open).toFixed(places);
    }
    row.classList.toggle("picked", box.checked);
    share.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.addEventListener("change", function (e) { if (e.target.matches("[data-tick]")) { fill(e.target); } });
  document.addEventListener("input", function (e) {
    if (!e.target.matches("input[name^='share-']")) { return; }
    var row = e.target.closest("tr"), box = row.querySelector("[data-tick]"), on = Boolean(e.target.value.trim());
    if (box) { box.checked = on; } row.classList.toggle("picked", on);
  });
  /* Keys of this page: i goes to the items, s takes the shares as typed, c another customer; on a tick ↓ ↑ go on. */
  document.addEventListener("keydown", function (e) {
    var t = e.target, typing = t.matches("input:not([type=checkbox]), textarea, select");
    if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) { return; }
    if (t.matches("[data-tick]") && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      var all = Array.prototype.slice.call(document.querySelectorAll("[data-tick]")), next = all[all.indexOf(t) + (e.key === "ArrowDown" ? 1 : -1)];
      if (next) { next.focus(); } e.preventDefault(); return;
    }
    if (typing) { return; }
    var sel = { i: "[data-tick]", c: "[data-other]" }[e.key], found = sel && document.querySelector(sel);
    if (found) { found.focus(); e.preventDefault(); }
    else if (e.key === "s") { var b = document.querySelector("[data-shares]"); if (b && !b.disabled) { b.click(); e.preventDefault(); } }
    else if ({ r: 1, o: 1, q: 1 }[e.key]) { var w = document.querySelector("[data-way='" + e.key + "']"); if (w) { w.click(); e.preventDefault(); } }
  });
})();
