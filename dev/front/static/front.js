// The local run's page. It places and lists orders over the public API, and asks the run
// itself, below /development/, how the processes are and what a request caused.

const LOOKS_EVERY_MS = 2000;
const FOLLOWS_EVERY_MS = 300;
const FOLLOWS_FOR_MS = 60_000;
const BEFORE_EXPIRY_S = 30;
const ORDERS = 8;
const UNDER_WAY = ["PENDING", "CANCELLING"];
const LOOKS = { CONFIRMED: "good", FULFILLED: "good", CANCELLED: "bad" };

const at = (id) => document.getElementById(id);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Returns a new element, with properties and children: elements or text. */
function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Returns a table's row; a cell is text, an element, or a list of a class and either. */
function row(...cells) {
  const told = cells.map((cell) => (Array.isArray(cell) ? cell : ["", cell]));
  return made("tr", {}, ...told.map(([className, cell]) => made("td", { className }, cell)));
}

const link = (href, ...text) => made("a", { href }, ...text);
const code = (text) => made("code", {}, text);
const badge = (state) => made("span", { className: `badge ${LOOKS[state] ?? "warn"}` }, state.toLowerCase());
const stateOf = (order) => order.state.replace("ORDER_STATE_", "");
const said = (ms) => (ms < 1000 ? `${ms.toFixed(ms > 0 && ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`);

function money({ currency_code: currency, units = "0", nanos = 0 }) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(Number(units) + nanos / 1e9);
}

// ── the public API ──────────────────────────────────────────────────────────────────────

const tokens = new Map();
let accounts = [];

/** Sends a request as an account, if any; returns the response. Throws what a problem says. */
async function send(path, { as, body, headers = {}, ...options } = {}) {
  const token = as && (await tokenOf(as));
  const response = await fetch(path, {
    ...options,
    method: body ? "POST" : "GET",
    body: body && JSON.stringify(body),
    headers: {
      ...(body && { "Content-Type": "application/json" }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  if (response.ok) return response;
  const problem = await response.json();
  throw new Error(`${problem.code ?? response.status}: ${problem.detail}`);
}

/** Returns the access token of an account, signing in when there is none, or none that lasts. */
async function tokenOf(username) {
  const kept = tokens.get(username);
  if (kept && kept.until > Date.now()) return kept.token;
  const { password } = accounts.find((account) => account.username === username);
  const answer = await (await send("/api/auth/token/", { body: { username, password } })).json();
  const until = Date.now() + (answer.expires_in - BEFORE_EXPIRY_S) * 1000;
  tokens.set(username, { token: answer.access_token, until });
  return answer.access_token;
}

/** Yields an order's events, as they are pushed. */
async function* eventsOf(order, signal) {
  const response = await send(`/api/orders/${order.id}/events/`, {
    as: "ada", headers: { Accept: "text/event-stream" }, signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const lines = text.split("\n");
    text = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data: ")) yield JSON.parse(line.slice(6));
    }
  }
}

// ── a test order ────────────────────────────────────────────────────────────────────────

async function place(event) {
  event.preventDefault();
  at("button").disabled = true;
  for (const hop of at("hops").children) {
    hop.className = "";
    hop.querySelector("output").textContent = "";
  }
  try {
    const response = await send("/api/orders/", {
      as: "ada",
      body: { items: [{ sku: at("product").value, quantity: 1 }], payment_method: at("method").value },
      headers: { "Idempotency-Key": crypto.randomUUID() },
    });
    const order = await response.json();
    await Promise.all([watch(order), follow(response.headers.get("X-Request-Id"))]);
  } catch (error) {
    at("told").replaceChildren(made("span", { className: "bad" }, error.message));
  } finally {
    at("button").disabled = false;
  }
}

/** Returns an id as the pages for staff show it; how ids begin, those of a minute have in common. */
const short = (id) => `${id.slice(0, 8)}…${id.slice(-4)}`;

/** Shows the states of an order until nothing is under way with it. */
async function watch(order) {
  const told = at("told");
  told.replaceChildren("Order ", code(short(order.id)), ` of ${money(order.total)}`, badge(stateOf(order)));
  const enough = new AbortController();
  let last = stateOf(order);
  for await (const event of eventsOf(order, enough.signal)) {
    if (stateOf(event) !== last) told.append(" → ", badge((last = stateOf(event))));
    showOrders();
    if (!UNDER_WAY.includes(last)) break;
  }
  enough.abort();
}

/** Shows what a request caused, until the mail about it is sent. */
async function follow(requestId) {
  at("trace").hidden = false;
  at("command").textContent = `make logs REQUEST=${requestId}`;
  const until = performance.now() + FOLLOWS_FOR_MS;
  while (performance.now() < until) {
    const hops = await (await send(`/development/hops?request_id=${requestId}`)).json();
    showHops(hops);
    if (hops.some(isMail)) return;
    await wait(FOLLOWS_EVERY_MS);
  }
}

const isMail = (hop) => hop.kind === "send_mail" && hop.took_ms !== null;

function showHops(hops) {
  for (const box of at("hops").children) {
    const name = box.dataset.hop;
    const seen = hops.filter((hop) => (name === "mail" ? isMail(hop) : hop.process === name && !isMail(hop)));
    if (!seen.length) continue;
    box.className = seen.at(-1).failed ? "failed" : "seen";
    box.querySelector("output").textContent = `after ${said(Math.max(0, seen[0].start_ms))}`;
  }
  at("events").replaceChildren(...hops.map((hop) => {
    const what = made("span", { className: hop.failed ? "what bad" : "what" }, hop.text);
    what.style.setProperty("--depth", hop.depth);
    return row(["mono", `+${said(Math.max(0, hop.start_ms))}`], hop.process, what, ["number", hop.took_ms === null ? "" : said(hop.took_ms)]);
  }));
}

// ── how all is ──────────────────────────────────────────────────────────────────────────

let staffPages = "";

async function showOrders() {
  const { orders = [] } = await (await send(`/api/orders/?page_size=${ORDERS}`, { as: "staff" })).json();
  const states = Object.fromEntries([...at("orders").children].map((one) => [one.dataset.id, one.dataset.state]));
  const rows = orders.map((order) => {
    const items = order.items.map((item) => `${item.quantity} × ${item.sku}`).join(", ");
    const page = link(`${staffPages}orders/order/${order.id}/change/`, code(short(order.id)));
    const shown = row(page, items, ["number", money(order.total)], badge(stateOf(order)));
    Object.assign(shown.dataset, { id: order.id, state: order.state });
    if (states[order.id] !== order.state) shown.className = "new";
    return shown;
  });
  at("orders").replaceChildren(...(rows.length ? rows : [row("none yet: place one", "", "", "")]));
}

async function showStatus() {
  const told = await (await send("/development/status")).json();
  accounts = told.accounts;
  staffPages = told.addresses.find(({ title }) => title === "Staff: orders").url;
  const ill = told.processes.filter((one) => !one.ready);
  summary(ill.length ? `not ready: ${ill.map((one) => one.name).join(", ")}` : "all is ready", ill.length ? "bad" : "good");
  at("processes").replaceChildren(...told.processes.map((one) => {
    const name = made("span", {}, made("span", { className: `dot ${one.ready ? "good" : "bad"}` }), made("span", {}, one.name));
    if (!one.ready) name.append(made("div", { className: "bad" }, one.says));
    const address = one.address.startsWith("http") ? link(one.address, one.address.slice(7)) : one.address.replace("grpc ", "");
    return row(name, ["address mono", address], ["number", one.up]);
  }));
  at("steps").replaceChildren(...told.steps.map(({ service, pending, oldest_s: oldest, parked }) => {
    if (pending === null) return row(service, ["number", "?"], ["number", "?"], ["number", "?"]);
    return row(service, ["number", `${pending}`], ["number", oldest ? said(oldest * 1000) : "–"], [`number ${parked ? "bad" : ""}`, `${parked}`]);
  }));
  once("addresses", () => told.addresses.map(({ title, url }) => made("li", {}, link(url, title))));
  once("accounts", () => accounts.map(({ username, password, role }) => row(code(username), code(password), role)));
  once("versions", () => Object.entries(told.versions).map(([name, version]) => `${name} ${version}`).join(" · "));
}

/** Fills an element that does not change, unless it is filled. */
function once(id, content) {
  if (!at(id).childNodes.length) at(id).append(...[content()].flat());
}

function summary(text, look) {
  if (at("summary").textContent === text) return;
  at("summary").textContent = text;
  at("summary").className = `badge ${look}`;
}

async function showProducts() {
  const { products } = await (await send("/api/products/?page_size=50")).json();
  at("product").replaceChildren(...products.map((one) => made("option", { value: one.sku }, `${one.title}, ${money(one.price)}`)));
}

/** Keeps the page true while somebody looks at it, through outages too. */
async function look() {
  for (;;) {
    if (!document.hidden) {
      try {
        await showStatus();
        if (!at("product").length) await showProducts();
        await showOrders();
      } catch (error) {
        summary(error.message, "bad");
      }
    }
    await wait(LOOKS_EVERY_MS);
  }
}

at("place").addEventListener("submit", place);
look();
