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
    else if ({ r: 1, o: 1, p: 1, q: 1, m: 1 }[e.key]) { var w = document.querySelector("[data-way='" + e.key + "']"); if (w) { w.click(); e.preventDefault(); } }
  });

  /* The line after this one is fetched while this one is read. After a decision it shows at once; the queue, the counts
     and what can be undone are fetched behind it. Where the server goes on to another line, the page loads as ever. */
  var ahead = { pk: "", html: "" };
  function one(sel, of) { return (of || document).querySelector(sel); }
  function fetchAhead() {
    var all = Array.prototype.slice.call(document.querySelectorAll("[data-worklist] a"));
    var here = all.findIndex(function (a) { return a.hasAttribute("aria-current"); }), next = all[here + 1] || (here > 0 ? all[0] : null);
    if (!next) { ahead = { pk: "", html: "" }; return; }
    var pk = next.dataset.case;
    if (ahead.pk === pk) { return; }
    ahead = { pk: pk, html: "" };
    fetch(next.href, { headers: { "HX-Request": "true", "HX-Target": "case", "HX-Current-URL": location.href } }).then(function (r) {
      return r.ok ? r.text() : "";
    }).then(function (html) { if (ahead.pk === pk) { ahead.html = html; one("[data-worklist]").dataset.ahead = pk; } }, function () { return null; });
  }
  function put(into, html) { into.innerHTML = html; window.htmx.process(into); }
  /* What a page says without its one-time keys: the same words mean the same state. */
  function words(of) { return of ? of.textContent.replace(/\s+/g, " ").trim() + (one("[name=version]", of) || {}).value : ""; }
  function catchUp(url, pk) {
    fetch(url).then(function (r) { return r.text(); }).then(function (html) {
      var page = new DOMParser().parseFromString(html, "text/html"), open = one("[data-worklist] a[aria-current]");
      [".cash-tools", ".page-title .count", "#toasts"].forEach(function (sel) {
        var old = one(sel), now = one(sel, page);
        if (old && now) { put(old, now.innerHTML); }
      });
      if (!open || open.dataset.case !== pk) { return; }  /* someone went on meanwhile */
      var queue = one("[data-worklist]"), fresh = one("[data-worklist]", page);
      if (queue && fresh) { put(queue, fresh.innerHTML); }
      var box = one("#case"), there = one("#case", page), typing = box && box.contains(document.activeElement);
      if (box && there && !typing && words(box) !== words(there)) { put(box, there.innerHTML); }
      ahead = { pk: "", html: "" };
      fetchAhead();
    }, function () { location.assign(url); });
  }
  document.addEventListener("htmx:beforeOnLoad", function (e) {
    var to = e.detail.xhr.getResponseHeader("HX-Redirect"), box = one("#case");
    if (!to || !box || e.detail.target !== box) { return; }
    var url = new URL(to, location.href), pk = url.searchParams.get("case"), link = one("[data-worklist] a[data-case='" + pk + "']");
    if (url.pathname !== location.pathname || !link || ahead.pk !== pk || !ahead.html) { return; }
    e.preventDefault();
    var done = one("[data-worklist] a[aria-current]");
    if (done && done !== link) { done.closest("li").remove(); }
    link.setAttribute("aria-current", "true");
    link.scrollIntoView({ block: "nearest" });
    put(box, ahead.html);
    history.pushState({}, "", url.pathname + url.search);
    catchUp(url.href, pk);
  });
  document.addEventListener("htmx:afterSettle", function (e) { if (e.detail.target && e.detail.target.id === "case") { fetchAhead(); } });
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", fetchAhead); } else { fetchAhead(); }
})();
