// The table of machines, and what filters it. Texts of reports come from strangers: they are only ever set as
// textContent, or as the value of a control.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const { words, findings, certificates, machines } = data;
  const NAME = 0, STATE = 1, TIME = 2, KIND = 3, VERSION = 4, MODE = 5, FINDINGS = 6, CERTIFICATES = 7, FILE = 8;
  const CODE = 0, SEVERITY = 1, SUBJECT = 2, MESSAGE = 3, REMEDY = 4;
  const SEVERITIES = ["info", "warning", "error"];
  const states = [
    { value: "NonCompliant", text: "not compliant", kind: "bad" },
    { value: "Unknown", text: "unknown", kind: "warn" },
    { value: "Compliant", text: "compliant", kind: "good" },
    { value: "NotApplicable", text: "not applicable", kind: "calm" },
  ];
  const byId = (id) => document.getElementById(id);
  const isSilent = (machine) => data.now - machine[TIME] > data.silentAfter;

  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "text") element.textContent = value;
      else if (name === "class") element.className = value;
      else if (name === "onclick") element.addEventListener("click", value);
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };
  const button = (text, classes, onclick) => make("button", { type: "button", class: classes, text, onclick });
  const time = (seconds) => {
    const date = new Date(seconds * 1000);
    return Number.isNaN(date.getTime()) ? "" : date.toISOString().replace("T", " ").replace(".000Z", " UTC");
  };
  const age = (seconds) => {
    const units = [[86400, "day"], [3600, "hour"], [60, "minute"]];
    for (const [length, unit] of units) {
      const count = Math.floor((data.now - seconds) / length);
      if (count >= 1) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
    }
    return "just now";
  };

  // What is shown: filters narrow, sorting orders, a page is cut out.
  const filter = { words: [], state: "", reason: null, certificate: null, version: null, silent: false };
  const sorting = { column: "state", descending: false };
  let shown = [];
  let page = 0;
  const open = new Set();

  const ranks = new Map([...words.keys()].sort((a, b) =>
    words[a].localeCompare(words[b], "en", { numeric: true })).map((word, rank) => [word, rank]));
  const severities = (machine) => {
    let errors = 0, warnings = 0;
    for (const index of machine[FINDINGS]) {
      if (findings[index][SEVERITY] === 2) ++errors;
      if (findings[index][SEVERITY] === 1) ++warnings;
    }
    return errors * 1e4 + warnings;
  };
  const columns = [
    { id: "name", text: "Machine", key: (machine, index) => index },
    { id: "state", text: "State", key: (machine) => machine[STATE] },
    { id: "reasons", text: "Reasons", key: severities },
    { id: "version", text: "Version", key: (machine) => ranks.get(machine[VERSION]) },
    { id: "time", text: "Last report", key: (machine) => machine[TIME] },
  ];

  // For each word typed, which of the shared texts have it: then no machine's texts are searched but its name.
  const matcher = () => {
    const tests = filter.words.map((word) => {
      const has = (text) => text.toLowerCase().includes(word);
      return {
        word,
        words: words.map(has),
        findings: findings.map((finding) => has(finding[CODE]) || has(finding[SUBJECT]) || has(finding[MESSAGE])),
        certificates: certificates.map((certificate) => certificate.some(has)),
      };
    });
    const code = filter.reason;
    const reasons = code === null ? null : findings.map((finding) => finding[CODE] === code);
    return (machine) =>
      (filter.state === "" || states[machine[STATE]].value === filter.state) &&
      (!filter.silent || isSilent(machine)) &&
      (filter.version === null || words[machine[VERSION]] === filter.version) &&
      (filter.certificate === null || machine[CERTIFICATES].some(([index]) => certificates[index][0] === filter.certificate)) &&
      (reasons === null || machine[FINDINGS].some((index) => reasons[index])) &&
      tests.every((test) =>
        machine[NAME].toLowerCase().includes(test.word) || test.words[machine[VERSION]] || test.words[machine[KIND]] ||
        machine[FINDINGS].some((index) => test.findings[index]) ||
        machine[CERTIFICATES].some(([index]) => test.certificates[index]));
  };

  const update = () => {
    const matches = matcher();
    const { key } = columns.find((column) => column.id === sorting.column);
    const keys = new Float64Array(machines.length);
    shown = [];
    machines.forEach((machine, index) => {
      if (!matches(machine)) return;
      keys[index] = key(machine, index);
      shown.push(index);
    });
    const sign = sorting.descending ? -1 : 1;
    shown.sort((a, b) => sign * (keys[a] - keys[b]) || a - b);
    page = 0;
    open.clear();
    draw();
  };

  const certificateText = ([index, trust, places]) =>
    `${words[trust]}; ${words[places] || "in none of Root, TrustedPublisher, Disallowed"}`;

  const describe = (machine) => {
    const box = make("div", { class: "details" });
    const list = make("dl");
    const add = (name, text) => { if (text) list.append(make("dt", { text: name }), make("dd", { text })); };
    add("Kind", words[machine[KIND]]);
    add("Mode", words[machine[MODE]]);
    add("Last report", `${time(machine[TIME])} (${age(machine[TIME])})`);
    add("File", machine[FILE]);
    box.append(list);
    if (machine[FINDINGS].length > 0) box.append(make("h3", { text: "Findings" }));
    for (const index of machine[FINDINGS]) {
      const finding = findings[index];
      box.append(make("div", { class: `finding ${SEVERITIES[finding[SEVERITY]]}` },
        make("p", {}, make("code", { text: finding[CODE] }), ` ${SEVERITIES[finding[SEVERITY]]}: ${finding[MESSAGE]}`),
        make("p", { class: "quiet", text: finding[SUBJECT] }),
        make("p", { text: `Do: ${finding[REMEDY]}` })));
    }
    if (machine[CERTIFICATES].length > 0) box.append(make("h3", { text: "Certificates" }));
    for (const held of machine[CERTIFICATES]) {
      const [sha256, subject] = certificates[held[0]];
      box.append(make("div", { class: "finding" },
        make("p", { text: `${subject || "not known"} (${certificateText(held)})` }),
        make("p", { class: "quiet mono", text: sha256 })));
    }
    return box;
  };

  const reasonsCell = (machine) => {
    const cell = make("td");
    const codes = new Map();
    for (const index of machine[FINDINGS]) {
      const finding = findings[index];
      if (finding[SEVERITY] > 0) codes.set(finding[CODE], Math.max(codes.get(finding[CODE]) || 0, finding[SEVERITY]));
    }
    for (const [code, severity] of codes)
      cell.append(make("span", { class: `badge ${severity === 2 ? "bad" : "warn"}`, text: code }), " ");
    return cell;
  };

  const draw = () => {
    const size = Number(byId("size").value);
    const pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(page, pages - 1);
    const rows = [];
    for (const index of shown.slice(page * size, (page + 1) * size)) {
      const machine = machines[index];
      const expanded = open.has(index);
      const toggle = make("button", { type: "button", class: "link open-row", id: `row-${index}`, "aria-expanded": String(expanded) });
      if (expanded) toggle.setAttribute("aria-controls", `details-${index}`);
      toggle.append(make("span", { class: "name", text: machine[NAME] }));
      toggle.addEventListener("click", () => {
        if (!open.delete(index)) open.add(index);
        draw();
        byId(`row-${index}`).focus();
      });
      const state = states[machine[STATE]];
      const last = make("td", {}, make("span", { text: time(machine[TIME]) }), " ");
      if (isSilent(machine)) last.append(make("span", { class: "badge warn", text: `silent, ${age(machine[TIME])}` }));
      rows.push(make("tr", { class: expanded ? "row open" : "row" },
        make("td", {}, toggle),
        make("td", {}, make("span", { class: `badge ${state.kind}`, text: state.text })),
        reasonsCell(machine),
        make("td", { class: "mono", text: words[machine[VERSION]] }),
        last));
      if (expanded)
        rows.push(make("tr", { id: `details-${index}` }, make("td", { colspan: String(columns.length) }, describe(machine))));
    }
    byId("table").tBodies[0].replaceChildren(...rows);
    byId("page").textContent = `Page ${page + 1} of ${pages}`;
    byId("first").disabled = byId("previous").disabled = page === 0;
    byId("next").disabled = byId("last").disabled = page === pages - 1;
    byId("count").textContent = shown.length === machines.length
      ? `${machines.length} machine${machines.length === 1 ? "" : "s"}`
      : `${shown.length} of ${machines.length} machines match`;
    for (const column of columns) {
      if (column.id === sorting.column) column.cell.setAttribute("aria-sort", sorting.descending ? "descending" : "ascending");
      else column.cell.removeAttribute("aria-sort");
    }
    drawChips();
  };

  const drawChips = () => {
    const chips = [];
    const add = (text, clear) => chips.push(make("li", {}, make("button", { type: "button", text: `${text} \u00d7`,
      "aria-label": `${text}: show all again`, onclick: () => { clear(); update(); byId("search").focus(); } })));
    if (filter.silent) add("silent", () => { filter.silent = false; });
    if (filter.reason !== null) add(`reason ${filter.reason}`, () => { filter.reason = null; });
    if (filter.version !== null) add(`version ${filter.version || "not known"}`, () => { filter.version = null; });
    if (filter.certificate !== null) add(`certificate ${filter.certificate.slice(0, 12)}\u2026`, () => { filter.certificate = null; });
    byId("chips").replaceChildren(...chips);
    byId("chips").hidden = chips.length === 0;
  };

  // A number or a word of the page that shows the machines behind it.
  const show = (kind, value) => {
    Object.assign(filter, { state: "", reason: null, certificate: null, version: null, silent: false });
    if (kind === "silent") filter.silent = true;
    else if (kind !== "all") filter[kind] = value;
    byId("state").value = filter.state;
    update();
    byId("machines").scrollIntoView();
    byId("machines").focus({ preventScroll: true });
  };

  for (const element of document.querySelectorAll("[data-show]")) {
    const tile = element.classList.contains("tile");
    const control = make("button", { type: "button", class: tile ? element.className : "link" });
    control.append(...element.childNodes);
    const { show: kind, value } = element.dataset;
    control.addEventListener("click", () => show(kind, value));
    if (tile) element.replaceWith(control);
    else element.replaceChildren(control);
  }

  for (const column of columns) {
    column.cell = make("th", { scope: "col" }, button(column.text, "", () => {
      sorting.descending = sorting.column === column.id ? !sorting.descending : false;
      sorting.column = column.id;
      update();
    }));
    byId("table").tHead.rows[0].append(column.cell);
  }
  for (const state of states) byId("state").append(make("option", { value: state.value, text: state.text }));

  let waiting = 0;
  byId("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      filter.words = byId("search").value.toLowerCase().split(/\s+/).filter((word) => word !== "");
      update();
    }, 120);
  });
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  byId("state").addEventListener("change", () => { filter.state = byId("state").value; update(); });
  byId("size").addEventListener("change", () => { page = 0; draw(); });
  const turn = (to) => () => { page = to(); draw(); byId("table").scrollIntoView({ block: "nearest" }); };
  byId("first").addEventListener("click", turn(() => 0));
  byId("previous").addEventListener("click", turn(() => page - 1));
  byId("next").addEventListener("click", turn(() => page + 1));
  byId("last").addEventListener("click", turn(() => Infinity));
  for (const id of ["tools", "table", "pager"]) byId(id).hidden = false;
  update();
})();
