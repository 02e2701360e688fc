(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const { rows, keys, go, draw, filter, follow, current, shown } = globalThis.dialogs;
  const { revision, choices } = JSON.parse($("review").textContent);
  const view = $("view"), problem = $("problem");
  const undoable = [];
  let busy = false;

  history.replaceState(null, "", location.pathname + location.hash); // the token stays out of what is copied and kept
  rows.forEach((row) => { [row.verb, row.reason] = choices[row.n]; row.decision = "undecided"; });

  function take(state) {
    if (state.revision !== revision || state.is_stale) return complain("The baseline was changed by somebody else.", true);
    rows.forEach((row) => { row.decision = state.decisions[row.n]; });
    const able = rows.filter((row) => row.verb), decided = able.filter((row) => row.decision !== "undecided").length;
    $("progress").textContent = `${decided.toLocaleString("en")} of ${able.length.toLocaleString("en")} decided`;
    if ($("by-decision").value) filter(); else draw();
  }
  function complain(text, again) {
    problem.hidden = false;
    problem.querySelector("span").textContent = text;
    problem.querySelector("button").hidden = !again;
  }
  problem.querySelector("button").addEventListener("click", () => location.reload());

  async function ask(path, options) {
    try {
      const response = await fetch(path, { ...options, credentials: "same-origin" });
      if (response.status === 403) { complain("This page is of a review that has ended; open the address of the new one.", false); return null; }
      const answer = await response.json();
      if (response.ok) { problem.hidden = true; take(answer); return answer; }
      complain(answer.error, response.status === 409);
    } catch {
      complain("The review has ended: its server does not answer.", false);
    }
    return null;
  }
  const look = () => ask("state");

  async function decide(row, action) {
    if (busy || !row || (action === "accept" && row.verb === null)) return;
    busy = true;
    const before = row.decision;
    const next = following(row);
    const answer = await ask("decisions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ number: row.n, action, revision }) });
    busy = false;
    if (!answer) return;
    if (action === "undo") { undoable.splice(undoable.lastIndexOf(row) >>> 0, 1); return show(row); }
    if (before === "undecided") undoable.push(row);
    if (next) go(next.id); else show(row);
  }
  function show(row) { if (current() === row) controls(row); else go(row.id); }

  // The next dialogue that waits for a decision, in the list as it is filtered.
  function following(row) {
    const list = shown(), place = list.indexOf(row);
    const waits = (one) => one !== row && one.verb && one.decision === "undecided";
    return list.slice(place + 1).find(waits) || list.slice(0, Math.max(place, 0)).find(waits);
  }
  function undo() {
    const here = current();
    decide(here && here.decision !== "undecided" ? here : undoable.at(-1), "undo");
  }

  function controls(row) {
    const bar = document.createElement("div");
    bar.className = "decide";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Decision");
    const button = (text, key, pressed, act) => {
      const one = document.createElement("button");
      one.type = "button"; one.textContent = text; one.dataset.act = key;
      one.setAttribute("aria-keyshortcuts", key);
      if (pressed !== null) one.setAttribute("aria-pressed", pressed);
      one.addEventListener("click", act);
      return one;
    };
    if (row.verb) {
      const name = row.verb[0].toUpperCase() + row.verb.slice(1);
      bar.append(button(name, "a", row.decision === "accepted", () => decide(row, "accept")), button("Skip", "s", row.decision === "skipped", () => decide(row, "skip")));
      if (row.decision !== "undecided") bar.append(button("Undo", "u", null, () => decide(row, "undo")));
    } else {
      const why = document.createElement("p");
      why.className = "faint"; why.textContent = `Nothing to decide: ${row.reason}`;
      bar.append(why);
    }
    const old = view.querySelector(".decide"), focused = old && old.contains(document.activeElement);
    if (old) old.replaceWith(bar); else view.prepend(bar);
    if (focused) (bar.querySelector("button") || view).focus();
  }
  document.addEventListener("dialogue", (event) => controls(event.detail.row));
  keys.a = () => { const row = current(); if (row && row.verb) decide(row, "accept"); };
  keys.s = () => { const row = current(); if (row && row.verb) decide(row, "skip"); };
  keys.u = undo;
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

  look().then(() => follow());
})();
