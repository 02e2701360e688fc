(() => {
  "use strict";
  const ROW = 56;
  const $ = (id) => document.getElementById(id);
  const index = JSON.parse($("index").textContent);
  const rows = index.rows.map(([id, label, outcome, model, scenario, tags, said], n) => ({ n, id, label, outcome, model, scenario, tags, said }));
  const bodies = document.querySelectorAll("noscript.body");
  const byId = new Map(rows.map((row) => [row.id, row]));
  const root = document.documentElement;
  const list = $("rows"), inner = list.firstElementChild, view = $("view"), search = $("search");
  const overview = $("overview");
  let shown = rows, current = -1, words = [];

  root.classList.add("scripted");
  $("live").hidden = false;
  view.append(overview);
  const measure = () => root.style.setProperty("--top", `${document.querySelector(".top").offsetHeight}px`);
  addEventListener("resize", () => { measure(); draw(); });
  measure();

  const tone = (name) => index.tones[name] || "";
  const badge = (name) => { const span = document.createElement("span"); span.className = `badge ${tone(name)}`; span.textContent = name; return span; };

  // The list: only the rows that are on the screen are in the document.
  function draw() {
    inner.style.height = `${shown.length * ROW}px`;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 5);
    const last = Math.min(shown.length, first + Math.ceil(list.clientHeight / ROW) + 10);
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.n : undefined;
    inner.replaceChildren(...shown.slice(first, last).map((row, offset) => item(row, first + offset)));
    if (focused !== undefined) { const again = inner.querySelector(`a[data-n="${focused}"]`); if (again) again.focus({ preventScroll: true }); }
  }
  function item(row, place) {
    const li = document.createElement("li"), a = document.createElement("a");
    li.style.top = `${place * ROW}px`;
    li.setAttribute("aria-setsize", shown.length);
    li.setAttribute("aria-posinset", place + 1);
    a.href = `#${encodeURIComponent(row.id)}`;
    a.dataset.n = row.n;
    if (row.n === current) a.setAttribute("aria-current", "true");
    const name = document.createElement("span"), id = document.createElement("span"), said = document.createElement("span");
    name.className = "name"; id.textContent = row.id; said.className = "said"; said.textContent = row.said;
    name.append(id, ...(row.decision && row.decision !== "undecided" ? [badge(row.decision)] : []), badge(row.label || row.outcome));
    a.append(name, said); li.append(a);
    return li;
  }
  list.addEventListener("scroll", draw, { passive: true });

  // Filters and search. The text of a dialogue is looked through without its markup.
  const texts = new Map();
  function text(n) {
    if (!texts.has(n)) texts.set(n, bodies[n].textContent.replace(/<[^>]*>/g, " ").replace(/&(amp|lt|gt|#34|#39);/g, (_, e) => ({ amp: "&", lt: "<", gt: ">", "#34": '"', "#39": "'" })[e]).toLowerCase());
    return texts.get(n);
  }
  const selects = ["decision", "label", "outcome", "model", "scenario", "tag"].map((name) => $(`by-${name}`)).filter(Boolean);
  const hasLabel = (row, value) => value === "differs" ? [row.label, ...index.turns[row.n]].some((label) => label !== "same") : row.label === value || index.turns[row.n].includes(value);
  function takes(row) {
    for (const select of selects) {
      const value = select.value, name = select.id.slice(3);
      if (!value) continue;
      if (name === "tag" ? !row.tags.includes(value) : name === "label" ? !hasLabel(row, value) : row[name] !== value) return false;
    }
    return words.every((word) => row.id.toLowerCase().includes(word)) || words.every((word) => text(row.n).includes(word));
  }
  function filter() {
    words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = rows.filter(takes);
    const all = `${rows.length.toLocaleString("en")} dialogue${rows.length === 1 ? "" : "s"}`;
    $("found").textContent = shown.length === rows.length ? all : `${shown.length.toLocaleString("en")} of ${all}`;
    list.scrollTop = 0;
    draw();
  }
  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  selects.forEach((select) => select.addEventListener("change", filter));
  document.querySelectorAll("[data-label]").forEach((link) => link.addEventListener("click", (event) => {
    const select = $("by-label"); if (!select) return;
    event.preventDefault(); select.value = link.dataset.label; filter(); if (shown.length) go(shown[0].id);
  }));

  // One dialogue: its markup lies in a noscript element until it is looked at.
  function open(row, turn) {
    current = row.n;
    const page = new DOMParser().parseFromString(bodies[row.n].textContent, "text/html");
    view.replaceChildren(...page.body.childNodes);
    view.scrollTop = 0;
    root.classList.add("reading"); root.classList.remove("at-overview");
    document.title = `${row.id} – ${index.title}`;
    const place = shown.indexOf(row);
    if (place >= 0 && (place * ROW < list.scrollTop || (place + 1) * ROW > list.scrollTop + list.clientHeight)) list.scrollTop = place * ROW - list.clientHeight / 3;
    draw();
    const target = turn && view.querySelector(`[data-turn="${turn}"]`);
    if (target) reveal(target);
    document.dispatchEvent(new CustomEvent("dialogue", { detail: { row, view } }));
  }
  function reveal(section) {
    for (let fold = section.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    view.querySelectorAll(".here").forEach((other) => other.classList.remove("here"));
    section.classList.add("here");
    section.scrollIntoView({ block: "start" });
  }
  function home() {
    current = -1; view.replaceChildren(overview); root.classList.remove("reading"); root.classList.add("at-overview"); document.title = index.title; draw();
  }
  const go = (id, turn) => { location.hash = encodeURIComponent(id) + (turn ? `:${turn}` : ""); };
  function follow() {
    let hash = location.hash.slice(1), turn = "";
    const found = /:(\d+)$/.exec(hash);
    if (found) { turn = found[1]; hash = hash.slice(0, found.index); }
    let id; try { id = decodeURIComponent(hash); } catch { id = hash; }
    const row = byId.get(id);
    if (row) open(row, turn); else home();
  }
  addEventListener("hashchange", follow);
  function leave(reading) { history.pushState(null, "", location.pathname + location.search); home(); root.classList.toggle("reading", reading); }
  document.querySelector(".back").addEventListener("click", () => leave(false));
  $("home").addEventListener("click", () => leave(true)); // on a narrow screen in the place of the list
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.to-turn"); if (!link || current < 0) return;
    event.preventDefault(); go(rows[current].id, link.dataset.to);
  });

  // Keys.
  function step(by) {
    const place = shown.findIndex((row) => row.n === current);
    const next = shown[place < 0 ? (by > 0 ? 0 : shown.length - 1) : place + by];
    if (next) go(next.id);
  }
  function change(by) {
    const turns = [...view.querySelectorAll("[data-differs]")];
    const here = turns.indexOf(view.querySelector(".here[data-differs]"));
    const next = turns[here < 0 ? (by > 0 ? 0 : turns.length - 1) : here + by];
    if (next && current >= 0) return go(rows[current].id, next.dataset.turn);
    const place = shown.findIndex((row) => row.n === current);
    for (let at = place + by; at >= 0 && at < shown.length; at += by) {
      const differing = index.differing[shown[at].n];
      if (differing.length) return go(shown[at].id, differing[by > 0 ? 0 : differing.length - 1]);
    }
  }
  const help = $("help");
  $("help-button").addEventListener("click", () => help.showModal());
  const keys = { j: () => step(1), k: () => step(-1), n: () => change(1), p: () => change(-1), "/": () => { root.classList.remove("reading"); search.focus(); search.select(); }, "?": () => help.showModal(), o: () => leave(true) };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement === search) { search.blur(); return; }
    if (event.key === "Enter" && document.activeElement === search) { clearTimeout(waiting); filter(); search.blur(); if (shown.length) go(shown[0].id); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || help.open || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const act = keys[event.key]; if (act) { event.preventDefault(); act(); }
  });

  // For the program of a review, which decides on these rows.
  globalThis.dialogs = { rows, keys, go, draw, filter, follow, current: () => rows[current], shown: () => shown };

  filter();
  follow();
})();
