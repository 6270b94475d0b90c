/* What pages do in the browser: keys, selection, dialogs, search, charts. No inline code anywhere, so the CSP stays strict. */
(function () {
  "use strict";
  var doc = document, root = doc.documentElement;
  function one(sel, from) { return (from || doc).querySelector(sel); }
  function all(sel, from) { return Array.prototype.slice.call((from || doc).querySelectorAll(sel)); }
  function keep(name, value) { try { localStorage.setItem(name, value); } catch (e) { /* private window */ } }
  function words(name) { var t = one("#words"); return (t && t.dataset[name]) || ""; }

  function toast(text, kind) {
    var box = one("#toasts"), note = doc.createElement("div"), body = doc.createElement("div"), shut = doc.createElement("button");
    note.className = "note note-" + (kind || "error"); note.setAttribute("role", kind === "success" ? "status" : "alert");
    body.textContent = text; shut.className = "note-close"; shut.dataset.close = ""; shut.textContent = "×"; shut.setAttribute("aria-label", words("close"));
    note.append(body, shut); box.append(note);
    if (kind === "success") { setTimeout(function () { note.remove(); }, 6000); }
  }

  /* ---- htmx ---- */
  doc.addEventListener("htmx:configRequest", function (e) {
    if (e.detail.elt.closest && e.detail.elt.closest("[data-lean]") && e.detail.verb === "get") {
      var p = e.detail.parameters;
      Object.keys(p).forEach(function (k) { if (p[k] === "") { delete p[k]; } });
    }
  });
  doc.addEventListener("htmx:beforeSwap", function (e) {
    var xhr = e.detail.xhr;
    if (xhr.status >= 400) {
      if (xhr.getResponseHeader("X-Shown")) { e.detail.shouldSwap = true; e.detail.isError = false; }
      else if (e.detail.target.matches("[hx-trigger=load]")) { panelFailed(e.detail.target, xhr.status); }
      else { toast(words("broke") + " (" + xhr.status + " " + (xhr.getResponseHeader("X-Request-Id") || "") + ")"); }
    }
  });
  function panelFailed(box, status) {
    var note = doc.createElement("div"), again = doc.createElement("button");
    note.className = "inline-alert plain"; note.textContent = words("panel") + " (" + status + ") ";
    again.type = "button"; again.className = "btn btn-sm"; again.textContent = words("again");
    again.addEventListener("click", function () { window.htmx.ajax("GET", box.getAttribute("hx-get"), { target: box, swap: "innerHTML" }); });
    note.append(again); box.replaceChildren(note);
  }
  doc.addEventListener("htmx:sendError", function () { toast(words("offline")); });
  doc.addEventListener("htmx:afterSwap", function (e) {
    if (e.detail.target.id === "dialog-body") { openDialog(); }
    if (e.detail.target.id === "search-hits") { mark(all(".hit"), 0); }
    ready(e.detail.target);
  });

  function openDialog() {
    var d = one("#dialog");
    if (!d.open) { d.showModal(); }
    var first = one("[autofocus], .dialog-body input:not([type=hidden]), .dialog-body select, .dialog-body textarea", d);
    if (first) { first.focus(); }
  }

  /* ---- clicks ---- */
  doc.addEventListener("click", function (e) {
    var t = e.target;
    if (t.closest("[data-close]")) { t.closest(".note").remove(); return; }
    if (t.closest("[data-close-dialog]")) { t.closest("dialog").close(); return; }
    if (t.tagName === "DIALOG") { t.close(); return; }
    if (t.closest("[data-search]")) { openSearch(); return; }
    if (t.closest("[data-keys]")) { one("#keys").showModal(); return; }
    if (t.closest("[data-rail]")) { doc.body.classList.toggle("rail-open"); return; }
    if (doc.body.classList.contains("rail-open") && !t.closest(".rail")) { doc.body.classList.remove("rail-open"); e.preventDefault(); return; }
    if (t.closest("[data-theme-switch]")) {
      var dark = root.getAttribute("data-bs-theme") !== "dark";
      root.setAttribute("data-bs-theme", dark ? "dark" : "light"); keep("theme", dark ? "dark" : "light"); all("[data-chart]").forEach(draw); return;
    }
    if (t.closest("button[data-density]")) {
      var steps = ["usual", "dense", "roomy"], next = steps[(steps.indexOf(root.getAttribute("data-density")) + 1) % 3];
      root.setAttribute("data-density", next); keep("density", next); return;
    }
    if (t.closest("[data-back]")) { e.preventDefault(); history.length > 1 ? history.back() : location.assign("/"); return; }
    all("details.drop[open], details.facet[open]").forEach(function (d) { if (!d.contains(t)) { d.open = false; } });
    var tab = t.closest("[data-tabs] a");
    if (tab) { all("a", tab.parentNode).forEach(function (a) { a.removeAttribute("aria-current"); }); tab.setAttribute("aria-current", "page"); }
    var item = t.closest("[data-worklist] a");
    if (item) { all("[data-worklist] a").forEach(function (a) { a.removeAttribute("aria-current"); }); item.setAttribute("aria-current", "true"); }
    var row = t.closest("tr[data-url]");
    if (row && !t.closest("a, button, input, label, select") && !String(getSelection())) {
      if (e.ctrlKey || e.metaKey) { window.open(row.dataset.url, "_blank", "noopener"); } else { location.assign(row.dataset.url); }
    }
  });

  /* ---- columns: the order of the boxes is the order of the table ---- */
  doc.addEventListener("submit", function (e) {
    if (e.target.matches("[data-columns]")) {
      e.preventDefault();
      var keys = all("input:checked", e.target).map(function (i) { return i.value; });
      var url = new URL(location.href);
      keys.length ? url.searchParams.set("cols", keys.join(",")) : url.searchParams.delete("cols");
      ["after", "before"].forEach(function (k) { url.searchParams.delete(k); });
      location.assign(url);
    }
  });

  /* ---- selection ---- */
  function count() {
    var bar = one(".bulk-bar"); if (!bar) { return; }
    var picked = all("input[name=pick]:checked"), whole = one("[data-pick-all]");
    all("input[name=pick]").forEach(function (i) { i.closest("tr").classList.toggle("picked", i.checked); });
    bar.hidden = !picked.length && !(whole && whole.checked);
    one("[data-bulk-count]").textContent = words("chosen").replace("#", picked.length);
  }
  doc.addEventListener("change", function (e) {
    if (e.target.matches("[data-pick-page]")) { all("input[name=pick]").forEach(function (i) { i.checked = e.target.checked; }); }
    if (e.target.matches("[data-pick-page], input[name=pick], [data-pick-all]")) { count(); }
  });

  /* ---- keys ---- */
  function mark(things, at, css) {
    css = css || "at";
    things.forEach(function (x, i) { x.classList.toggle(css, i === at); });
    if (things[at]) { things[at].scrollIntoView({ block: "nearest" }); }
    return at;
  }
  function step(by) {
    var cases = all("[data-worklist] a");
    if (cases.length) {
      var here = cases.findIndex(function (a) { return a.hasAttribute("aria-current"); });
      var next = cases[Math.max(0, Math.min(cases.length - 1, here + by))];
      if (next) { next.click(); next.scrollIntoView({ block: "nearest" }); }
      return;
    }
    var rows = all("table[data-list] tbody tr"); if (!rows.length) { return; }
    var now = rows.findIndex(function (r) { return r.classList.contains("at"); });
    mark(rows, Math.max(0, Math.min(rows.length - 1, now + by)));
  }
  function press(sel) { var b = one(sel); if (b && !b.disabled) { b.click(); return true; } return false; }
  doc.addEventListener("keydown", function (e) {
    var t = e.target, typing = t.matches && t.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { if (one("#search")) { e.preventDefault(); openSearch(); } return; }
    if (t.id === "search-text") {
      var hits = all(".hit"), at = hits.findIndex(function (h) { return h.classList.contains("at"); });
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); mark(hits, Math.max(0, Math.min(hits.length - 1, at + (e.key === "ArrowDown" ? 1 : -1)))); }
      if (e.key === "Enter" && hits.length) { e.preventDefault(); location.assign((hits[at] || hits[0]).href); }
      return;
    }
    if (typing || e.ctrlKey || e.metaKey || e.altKey || one("dialog[open]")) { return; }
    var row = one("table[data-list] tbody tr.at"), done = true;
    switch (e.key) {
      case "j": step(1); break;
      case "k": step(-1); break;
      case "x": { var box = row && one("input[name=pick]", row); if (box) { box.checked = !box.checked; count(); } else { done = press("[data-skip]"); } break; }
      case "Enter": if (t.closest && t.closest("a, button, summary, label")) { done = false; } else if (row && row.dataset.url) { location.assign(row.dataset.url); } else { done = press("[data-accept]"); } break;
      case "e": { var field = one("[data-edit]"); if (field && !field.disabled && field.select) { field.focus(); field.select(); } else { done = press("[data-edit]"); } break; }
      case "a": done = press("[data-assign]"); break;
      case "u": done = press("[data-undo]"); break;
      case "n": done = press(".pager [rel=next]"); break;
      case "p": done = press(".pager [rel=prev]"); break;
      case "f": { var q = one("#filters input[type=search], #filters summary"); if (q) { q.focus(); } else { done = false; } break; }
      case "/": if (one("#search")) { openSearch(); } break;
      case "?": if (one("#keys")) { one("#keys").showModal(); } break;
      case "Escape": all("details.drop[open], details.facet[open]").forEach(function (d) { d.open = false; }); doc.body.classList.remove("rail-open"); break;
      default: done = false;
    }
    if (done) { e.preventDefault(); }
  });
  function openSearch() { var d = one("#search"); if (!d.open) { d.showModal(); } var i = one("#search-text"); i.focus(); i.select(); }

  /* ---- counts of live work beside the rail ---- */
  function counts() {
    var rail = one("[data-counts]");
    if (!rail || !one("[data-count]", rail)) { return; }
    fetch(rail.dataset.counts, { headers: { Accept: "application/json" }, credentials: "same-origin" }).then(function (r) { return r.ok ? r.json() : {}; }).then(function (found) {
      all("[data-count]", rail).forEach(function (b) { var n = found[b.dataset.count]; b.textContent = n ? (n > 9999 ? "10,000+" : n) : ""; });
    }).catch(function () { /* the rail works without them */ });
  }

  /* ---- charts ---- */
  var loading = null;
  function echarts() {
    if (window.echarts) { return Promise.resolve(window.echarts); }
    loading = loading || new Promise(function (done, fail) {
      var s = doc.createElement("script"); s.src = doc.body.dataset.echarts; s.onload = function () { done(window.echarts); }; s.onerror = fail; doc.head.append(s);
    });
    return loading;
  }
  function css(name) { return getComputedStyle(root).getPropertyValue("--" + name).trim(); }
  function mix(a, b, t) {
    function rgb(h) { h = h.replace("#", ""); return [0, 2, 4].map(function (i) { return parseInt(h.substr(i, 2), 16); }); }
    var x = rgb(a), y = rgb(b);
    return "#" + x.map(function (v, i) { return Math.round(v + (y[i] - v) * t).toString(16).padStart(2, "0"); }).join("");
  }
  function shade(i, n) {
    var dark = root.getAttribute("data-bs-theme") === "dark";
    return n < 2 ? css("accent") : mix(dark ? "#2b5552" : "#a9d3cf", dark ? "#8ad5cf" : "#0a4242", i / (n - 1));
  }
  function axisText(v, unit) { return plainText(v, unit).replace("-", "−"); }
  function plainText(v, unit) {
    if (unit === "percent") { return v + " %"; }
    var zh = root.lang.indexOf("zh") === 0, m = Math.abs(v);
    if (zh) { return m >= 1e8 ? +(v / 1e8).toFixed(2) + " 亿" : m >= 1e4 ? +(v / 1e4).toFixed(2) + " 万" : String(+v.toFixed(2)); }
    return m >= 1e9 ? +(v / 1e9).toFixed(2) + " B" : m >= 1e6 ? +(v / 1e6).toFixed(2) + " M" : m >= 1e3 ? +(v / 1e3).toFixed(1) + " k" : String(+v.toFixed(2));
  }
  function options(d) {
    var ink = css("ink-2"), line = css("line"), font = getComputedStyle(doc.body).fontFamily, lying = d.kind === "rows", many = d.series.length > 1;
    function say(s, i) { return d.series[s].texts[i]; }
    var base = {
      animation: false, textStyle: { fontFamily: font, color: ink },
      tooltip: { trigger: d.kind === "funnel" || d.kind === "donut" ? "item" : "axis", axisPointer: { type: "shadow" }, backgroundColor: css("paper"), borderColor: css("line-2"), textStyle: { color: css("ink"), fontSize: 12 }, confine: true,
        formatter: function (p) {
          var list = Array.isArray(p) ? p : [p], box = doc.createElement("div"), head = doc.createElement("b"); head.textContent = list[0].name; box.append(head);
          list.forEach(function (x) { var s = d.kind === "funnel" || d.kind === "donut" ? 0 : x.seriesIndex; if (d.series[s] && say(s, x.dataIndex) !== "" && x.seriesName !== "_base") { var l = doc.createElement("div"); l.textContent = (many ? d.series[s].name + "  " : "") + say(s, x.dataIndex) + (d.currency ? " " + d.currency : ""); box.append(l); } });
          return box;
        } },
      grid: { left: 8, right: 16, top: many ? 30 : 18, bottom: 4, containLabel: true }
    };
    if (many && d.kind !== "band") { base.legend = { top: 0, right: 0, itemWidth: 10, itemHeight: 10, textStyle: { color: ink, fontSize: 12 }, icon: "roundRect" }; }
    var tones = { good: css("good"), attention: css("attention"), late: css("late"), blocked: css("blocked") };
    if (d.kind === "funnel" || d.kind === "donut") {
      base.series = [{ type: d.kind === "funnel" ? "funnel" : "pie", radius: ["52%", "78%"], left: 8, right: 8, top: 8, bottom: 8, gap: 2, sort: d.kind === "funnel" ? "none" : undefined, minSize: "18%", label: { color: ink, position: d.kind === "funnel" ? "inside" : "outside", formatter: "{b}" },
        data: d.labels.map(function (l, i) { return { name: l, value: d.series[0].values[i], itemStyle: { color: shade(i, d.labels.length), borderWidth: 0 } }; }) }];
      if (d.kind === "funnel") { base.series[0].label = { color: css("ink"), position: "inside", formatter: function (p) { return p.name + "  " + say(0, p.dataIndex); }, textBorderColor: css("paper"), textBorderWidth: 3 }; }
      return base;
    }
    var cat = { type: "category", data: d.labels, axisLine: { lineStyle: { color: css("line-2") } }, axisTick: { show: false }, axisLabel: { color: ink, fontSize: 12, interval: d.labels.length > 14 ? "auto" : 0, hideOverlap: true }, inverse: lying };
    var val = { type: "value", min: d.kind === "line" || d.kind === "band" ? null : undefined, scale: d.kind === "line", axisLabel: { color: css("ink-3"), fontSize: 11, formatter: function (v) { return axisText(v, d.unit); } }, splitLine: { lineStyle: { color: line } }, splitNumber: 4 };
    base.xAxis = lying ? val : cat; base.yAxis = lying ? cat : val;
    if (d.kind === "waterfall") {
      var sum = 0, lows = [], last = d.labels.length - 1;
      d.series[0].values.forEach(function (v, i) { if (i === 0 || i === last) { lows.push(Math.min(0, v)); sum = v; } else { lows.push(Math.min(sum, sum + v)); sum += v; } });
      base.series = [{ name: d.series[0].name, type: "bar", stack: "w", data: d.series[0].values.map(function (v, i) { return { value: Math.abs(v), itemStyle: { color: i === 0 || i === last ? css("accent") : v < 0 ? css("ink-3") : shade(1, 3) } }; }), label: { show: true, position: "top", fontSize: 11, color: ink, formatter: function (p) { return axisText(d.series[0].values[p.dataIndex], d.unit); } }, barMaxWidth: 46 }];
      base.series.unshift({ name: "_base", type: "bar", stack: "w", silent: true, data: lows, itemStyle: { color: "transparent" }, tooltip: { show: false } });
      base.tooltip.formatter = function (p) { var x = p[p.length - 1], b = doc.createElement("div"); b.textContent = x.name + "  " + say(0, x.dataIndex); return b; };
      return base;
    }
    base.series = d.series.map(function (s, n) {
      var isLine = d.kind === "line" || d.kind === "band" || s.kind === "line" || s.kind === "target";
      var colour = tones[s.tone] || (s.kind === "target" ? css("ink-3") : shade(many ? n : 1, many ? d.series.length : 1));
      var x = { name: s.name, type: isLine ? "line" : "bar", stack: d.kind === "stack" && !isLine ? "s" : undefined, itemStyle: { color: colour }, barMaxWidth: 46,
        data: s.values.map(function (v, i) { return d.shades && !isLine ? { value: v, itemStyle: { color: shade(i, s.values.length) } } : v; }) };
      if (isLine) { x.lineStyle = { color: colour, width: s.kind === "target" ? 1.5 : 2, type: s.kind === "target" ? "dashed" : "solid" }; x.symbol = s.kind === "target" ? "none" : "circle"; x.symbolSize = 5; }
      if (!many && !isLine && s.values.length <= 12) { x.label = { show: true, position: lying ? "right" : "top", color: ink, fontSize: 11, formatter: function (p) { var v = s.values[p.dataIndex]; return v ? axisText(v, d.unit) : ""; } }; }
      if (d.kind === "band" && n < 2) { x.areaStyle = n === 1 ? { color: css("accent-soft") } : undefined; x.lineStyle = { opacity: .35, color: css("accent") }; x.symbol = "none"; }
      return x;
    });
    return base;
  }
  function draw(box) {
    var source = doc.getElementById(box.dataset.chart), canvas = one(".chart-canvas", box);
    if (!source || !canvas) { return; }
    echarts().then(function (lib) {
      var d = JSON.parse(source.textContent), old = lib.getInstanceByDom(canvas);
      if (old) { old.dispose(); }
      var chart = lib.init(canvas, null, { renderer: "svg" });
      chart.setOption(options(d));
      canvas.dataset.drawn = "yes";
      chart.on("click", function (p) {
        var s = d.kind === "funnel" || d.kind === "donut" || d.kind === "waterfall" ? 0 : p.seriesIndex, url = d.series[s] && d.series[s].urls[p.dataIndex];
        if (url) { location.assign(url); }
      });
      if (d.series.some(function (s) { return s.urls.length; })) { canvas.style.cursor = "pointer"; }
    }).catch(function () { var t = one(".chart-table", box); if (t) { t.open = true; } });
  }
  var resize = null;
  window.addEventListener("resize", function () { clearTimeout(resize); resize = setTimeout(function () { if (window.echarts) { all(".chart-canvas").forEach(function (c) { var x = window.echarts.getInstanceByDom(c); if (x) { x.resize(); } }); } }, 120); });

  /* ---- 万 / 亿: sums on tiles, reports and total rows in larger units; the exact amount on hover, exports never scaled ---- */
  var SCALED = ".tile .amt, .figure .amt, .facts .amt, tfoot .amt, .report-main .grid .amt";
  var STEPS = { "1": [0, ""], "w": [4, "万"], "y": [8, "亿"], "k": [3, "k"], "m": [6, "M"] };
  function scaledText(exact, zeros) { /* half up on the digits themselves: no float touches an amount */
    var minus = exact[0] === "−", plain = exact.replace(/[−,]/g, ""), dot = plain.indexOf("."), places = dot < 0 ? 0 : plain.length - dot - 1;
    var n = BigInt(plain.replace(".", "")), by = 10n ** BigInt(zeros + places), hundred = (n * 100n * 2n + by) / (by * 2n), text = String(hundred).padStart(3, "0");
    var whole = text.slice(0, -2).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    return (minus && hundred ? "−" : "") + whole + "." + text.slice(-2);
  }
  function scale(from) {
    var way = STEPS[root.getAttribute("data-scale")] || STEPS["1"];
    all(SCALED, from).forEach(function (a) {
      var node = a.firstChild; if (!node || node.nodeType !== 3) { return; }
      if (a.dataset.exact === undefined) { if (!way[0]) { return; } a.dataset.exact = node.data; }
      if (!/^−?[\d,]+(\.\d+)?$/.test(a.dataset.exact)) { return; }
      node.data = way[0] ? scaledText(a.dataset.exact, way[0]) + " " + way[1] : a.dataset.exact;
      if (way[0]) { a.title = a.dataset.exact; } else { a.removeAttribute("title"); }
    });
    all("[data-scale-to]").forEach(function (b) { b.setAttribute("aria-pressed", b.dataset.scaleTo === root.getAttribute("data-scale") ? "true" : "false"); });
  }
  doc.addEventListener("click", function (e) {
    var b = e.target.closest("[data-scale-to]"); if (!b) { return; }
    root.setAttribute("data-scale", b.dataset.scaleTo); keep("scale", b.dataset.scaleTo); scale(doc);
  });
  doc.addEventListener("htmx:oobAfterSwap", function (e) { scale(e.detail.target.parentNode || doc); });

  /* ---- pick: a field that names a customer or an item finds it by number, name or initials (input[data-pick=address]) ---- */
  var picks = doc.createElement("div"), picking = null, asked = null, askedFor = "";
  picks.className = "pick-list"; picks.id = "pick-list"; picks.setAttribute("role", "listbox"); picks.hidden = true;
  function shut() { picks.hidden = true; if (picking) { picking.setAttribute("aria-expanded", "false"); picking.removeAttribute("aria-activedescendant"); } }
  function place() {
    var r = picking.getBoundingClientRect(), home = picking.closest("dialog") || doc.body;
    if (picks.parentNode !== home) { home.append(picks); }
    picks.style.left = Math.max(8, Math.min(r.left, innerWidth - 328)) + "px"; picks.style.top = r.bottom + 2 + "px"; picks.style.minWidth = Math.max(r.width, 300) + "px";
    picks.hidden = false; picking.setAttribute("aria-expanded", "true");
  }
  function point(at) {
    var hits = all("[role=option]", picks); mark(hits, at);
    hits.forEach(function (h, i) { h.setAttribute("aria-selected", i === at ? "true" : "false"); });
    if (hits[at]) { picking.setAttribute("aria-activedescendant", hits[at].id); }
  }
  function find(input) {
    var text = input.value.trim(); picking = input;
    if (!text) { shut(); return; }
    askedFor = text;
    fetch(input.dataset.pick + (input.dataset.pick.indexOf("?") < 0 ? "?" : "&") + "q=" + encodeURIComponent(text), { headers: { "HX-Request": "true" }, credentials: "same-origin" })
      .then(function (r) { return r.ok ? r.text() : ""; }).then(function (html) {
        if (picking !== input || askedFor !== text || doc.activeElement !== input) { return; }
        picks.innerHTML = html; if (!html) { shut(); return; } place(); point(0);
      }).catch(shut);
  }
  function named(input, name) {
    var note = input.nextElementSibling;
    if (!note || !note.classList.contains("pick-name")) { note = doc.createElement("span"); note.className = "pick-name"; input.after(note); }
    note.textContent = name || ""; input.title = name || "";
  }
  function choose(option) {
    var input = picking; input.value = option.dataset.value; named(input, option.dataset.name); shut(); input.focus();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  doc.addEventListener("input", function (e) {
    if (!e.target.matches || !e.target.matches("input[data-pick]")) { return; }
    e.target.setAttribute("role", "combobox"); e.target.setAttribute("aria-autocomplete", "list"); e.target.setAttribute("aria-controls", "pick-list");
    named(e.target, ""); clearTimeout(asked); asked = setTimeout(find, 160, e.target);
  });
  doc.addEventListener("keydown", function (e) {
    if (!e.target.matches || !e.target.matches("input[data-pick]")) { return; }
    if (picks.hidden) { if (e.key === "ArrowDown" && e.target.value) { e.preventDefault(); find(e.target); } return; }
    var hits = all("[role=option]", picks), at = hits.findIndex(function (h) { return h.classList.contains("at"); });
    if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); point(Math.max(0, Math.min(hits.length - 1, at + (e.key === "ArrowDown" ? 1 : -1)))); }
    else if (e.key === "Enter" && hits[at]) { e.preventDefault(); e.stopPropagation(); choose(hits[at]); }
    else if (e.key === "Escape") { e.preventDefault(); e.stopPropagation(); shut(); }
    else if (e.key === "Tab") { if (hits[at] && hits.length === 1) { choose(hits[at]); } else { shut(); } }
  }, true);
  picks.addEventListener("mousedown", function (e) { var o = e.target.closest("[role=option]"); if (o) { e.preventDefault(); choose(o); } });
  doc.addEventListener("focusout", function (e) { if (e.target === picking) { setTimeout(function () { if (doc.activeElement !== picking) { shut(); } }, 120); } });
  doc.addEventListener("scroll", function () { if (!picks.hidden) { place(); } }, true);

  function ready(from) {
    scale(from === doc ? doc : from.parentNode || doc);
    all("[data-chart]", from).forEach(draw);
    if (from.matches && from.matches("[data-chart]")) { draw(from); }
    all("[data-fade]", from).forEach(function (n) { setTimeout(function () { n.remove(); }, 7000); });
    count();
  }
  ready(doc); counts();
})();
