// The page of all operations: Scalar shows them, and sends requests as who is signed in above.

import { Session } from "/api/docs/static/edge_api/session.js";

const SAMPLES = ["shell/curl", "python/requests", "js/fetch", "go/native"];

const form = document.getElementById("sign-in");
const told = document.getElementById("told");
const is = document.getElementById("signed-in");
const out = document.getElementById("sign-out");

// ── signing in, and staying so ──────────────────────────────────────────────────────────

const session = new Session(form, {
  changed(username) {
    form.hidden = Boolean(username);
    is.hidden = !username;
    is.querySelector("b").textContent = username;
    if (username) out.focus();
  },
  failed(error) {
    told.textContent = error?.message ?? "";
  },
});
out.addEventListener("click", () => session.end());

/** Sends a request as who is signed in, unless it has a token already: Scalar's may be empty. */
function send(input, options) {
  const request = new Request(input, options);
  if (session.token && !/^\S+ \S/.test(request.headers.get("Authorization") ?? "")) {
    request.headers.set("Authorization", `Bearer ${session.token}`);
  }
  return fetch(request);
}

// ── the operations ──────────────────────────────────────────────────────────────────────

const content = await (await fetch("/api/openapi.json")).json();
delete content.info.contact.url; // which Scalar shows as a link without a name

Scalar.createApiReference("#api", {
  content,
  customFetch: send,
  featuredClients: SAMPLES,
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  operationTitleSource: "summary",
  documentDownloadType: "json",
  withDefaultFonts: false,
  hideClientButton: true,
  hideDarkModeToggle: true,
  showDeveloperTools: "never",
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
});
